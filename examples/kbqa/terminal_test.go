//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal returns both ends of a terminal: what is typed and shown, and what a
// program has as its streams.
func terminal(t *testing.T, columns, rows uint16) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no terminal can be made here: %v", err)
	}
	fd := int(person.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns})
	}
	if err == nil {
		program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Skipf("no terminal can be made here: %v", err)
	}
	return person, program
}

// inTerminal runs a command on a terminal, types input, and returns its exit
// code and all that was shown, with line ends as \n.
func inTerminal(t *testing.T, columns, rows uint16, input string, cmd *exec.Cmd) (code int, shown string) {
	t.Helper()
	person, program := terminal(t, columns, rows)
	defer person.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	program.Close()
	var out bytes.Buffer
	done := make(chan struct{})
	go func() {
		io.Copy(&out, person) // ends with an error when the program does
		close(done)
	}()
	if _, err := io.WriteString(person, input); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the terminal does not end")
	}
	return cmd.ProcessState.ExitCode(), strings.ReplaceAll(out.String(), "\r\n", "\n")
}

// plainEnv is an environment without what tells of a terminal's abilities.
func plainEnv(more ...string) []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "VTE_VERSION", "WT_SESSION", "KITTY_WINDOW_ID", "NO_COLOR", "FORCE_HYPERLINK", "TMUX", "CI":
		default:
			env = append(env, v)
		}
	}
	return append(env, append([]string{"TERM=xterm-256color"}, more...)...)
}

func TestRemovalAsksOnATerminal(t *testing.T) {
	p := newProgram(t, t.TempDir())
	p.write("a.md", "# Honey\n\nHoney keeps for years.\n")
	p.must("index", "--model", "minilm", p.docs)
	for _, tt := range []struct {
		input string
		code  int
		want  string
	}{{"n\n", exitNothing, "nothing was removed"}, {"\n", exitNothing, "nothing was removed"}, {"\x04", exitNothing, "nothing was removed"}, {"y\n", exitOK, "removed the index of "}} {
		code, shown := inTerminal(t, 80, 24, tt.input, p.command("rm", p.docs))
		if code != tt.code || !strings.Contains(shown, "Remove this index? [y/N] ") || !strings.Contains(shown, tt.want) {
			t.Errorf("typed %q: exit code %d, want %d; shown %q", tt.input, code, tt.code, shown)
		}
	}
	if code, _, _ := p.run("status", p.docs); code != exitIndex {
		t.Errorf("the index is still there: exit code %d", code)
	}
}

// TestIndexesFitTheTerminal looks at the list of indexes on wide and narrow
// terminals: no line but a path is longer than that.
func TestIndexesFitTheTerminal(t *testing.T) {
	home := t.TempDir()
	env := plainEnv("HOME="+home, "XDG_DATA_HOME="+home, "TZ=UTC", "NO_COLOR=1")
	for _, name := range []string{"documents", "우리 마을 문서"} {
		p := newProgram(t, home+"/"+name)
		p.write("a.md", "# Honey\n\nHoney keeps for years.\n")
		cmd := exec.Command("kbqa", "index", "--model", "minilm", p.docs)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if err := os.RemoveAll(home + "/documents"); err != nil {
		t.Fatal(err)
	}
	for _, columns := range []uint16{80, 40} {
		cmd := exec.Command("kbqa", "status")
		cmd.Env = env
		code, shown := inTerminal(t, columns, 24, "", cmd)
		for _, want := range []string{"documents (orphaned: it is gone)", "마을 문서", ", last used 20", "2 indexes, ", "kbqa rm --orphaned"} {
			if folded := strings.Join(strings.Fields(shown), " "); code != 0 || strings.Contains(shown, "\x1b") || !strings.Contains(folded, want) {
				t.Errorf("%d columns: exit code %d, want %q; shown:\n%s", columns, code, want, shown)
			}
		}
		for _, l := range strings.Split(shown, "\n") {
			if cells(l) > int(columns) && strings.Contains(strings.TrimLeft(l, " "), " ") {
				t.Errorf("%d columns: a line of %d: %s", columns, cells(l), l)
			}
		}
	}
}

// escapes are the only commands to a terminal that may be printed: bold, dim,
// the end of both, and links.
var escapes = regexp.MustCompile("\x1b\\[[012]m|\x1b\\]8;;[!-~]*\x1b\\\\")

// TestDocumentsDoNotSteerTheTerminal has commands to a terminal in a document,
// its headings and its name, and looks at what every verb shows of them.
func TestDocumentsDoNotSteerTheTerminal(t *testing.T) {
	p := newProgram(t, t.TempDir())
	evil := "\x1b]0;title\x07\x1b[31m\u009b2J\u202e"
	name := "ev" + evil + "il.md"
	p.write(name, "# Ho"+evil+"ney\n\nHoney"+evil+" keeps for years.\n")
	p.write("bad"+evil+".pdf", "%PDF-1.7\n")
	env := plainEnv("VTE_VERSION=7600")
	for _, c := range []struct {
		verb  string
		args  []string
		links bool
	}{
		{"index", []string{"--model", "minilm", p.docs}, false},
		{"ask", []string{p.docs, "How long does honey keep?"}, true},
		{"ask", []string{p.docs, "What is the capital of Mongolia?"}, true},
		{"ask", []string{"--hyperlinks", "never", p.docs, "How long does honey keep?"}, false},
		{"search", []string{p.docs, "honey"}, true},
		{"search", []string{"-l", p.docs, "honey"}, true},
		{"search", []string{"-0", p.docs, "honey"}, false},
		{"get", []string{p.docs, name}, false},
		{"get", []string{p.docs, "no" + evil}, false},
		{"status", []string{p.docs}, false},
		{"status", []string{"--files", p.docs}, false},
		{"verify", []string{p.docs}, false},
		{"search", []string{"--where", evil, p.docs, "x"}, false},
	} {
		cmd := p.command(c.verb, c.args...)
		cmd.Env = env
		_, shown := inTerminal(t, 80, 24, "", cmd)
		rest := escapes.ReplaceAllString(shown, "")
		if i := strings.IndexFunc(rest, func(r rune) bool { return r == '\x1b' || r == '\a' || r == '\u009b' || r == '\u202e' }); i >= 0 {
			t.Errorf("kbqa %s %q shows a command: %q", c.verb, c.args, rest[max(0, i-20):])
		}
		if strings.Contains(shown, "\x1b]8;;file://") != c.links {
			t.Errorf("kbqa %s %q: links are wanted: %v; shown %q", c.verb, c.args, c.links, shown)
		}
	}
	// For a pager links are shown without a terminal, and then text is as harmless.
	out := p.must("search", "--hyperlinks", "always", p.docs, "honey")
	if !strings.Contains(out, "\x1b]8;;file://") || strings.ContainsAny(escapes.ReplaceAllString(out, ""), "\x1b\a") {
		t.Errorf("for a pager: %q", out)
	}
}
