package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork"
)

// environment returns a getenv of lines NAME=value.
func environment(lines ...string) func(string) string {
	return func(name string) string {
		for _, l := range lines {
			if v, ok := strings.CutPrefix(l, name+"="); ok {
				return v
			}
		}
		return ""
	}
}

func TestOnlyTerminalsThatKnowLinksGetThem(t *testing.T) {
	for _, tt := range []struct {
		env  string
		want bool
	}{
		{"TERM=xterm-256color", false},
		{"TERM=xterm-256color VTE_VERSION=7600", true},
		{"TERM=xterm-256color VTE_VERSION=4900", false},
		{"TERM=xterm-256color VTE_VERSION=7600 NO_COLOR=1", false},
		{"TERM=dumb VTE_VERSION=7600", false},
		{"TERM=xterm-256color VTE_VERSION=7600 CI=true", false},
		{"TERM=xterm-kitty", true},
		{"TERM=alacritty", true},
		{"TERM=xterm-256color WT_SESSION=1", true},
		{"TERM=xterm-256color KONSOLE_VERSION=230800", true},
		{"TERM=xterm-256color TERM_PROGRAM=iTerm.app TERM_PROGRAM_VERSION=3.5.0", true},
		{"TERM=xterm-256color TERM_PROGRAM=iTerm.app TERM_PROGRAM_VERSION=2.9", false},
		{"TERM=xterm-256color TERM_PROGRAM=vscode", true},
		{"TERM=xterm-256color TERM_PROGRAM=Apple_Terminal", false},
		{"TERM=tmux-256color TMUX=x VTE_VERSION=7600", false},
		{"TERM=screen-256color VTE_VERSION=7600", false},
		{"TERM=tmux-256color TMUX=x TERM_PROGRAM=tmux TERM_PROGRAM_VERSION=3.4", true},
		{"TERM=tmux-256color TMUX=x TERM_PROGRAM=tmux TERM_PROGRAM_VERSION=3.3a", false},
		{"TERM=xterm-kitty FORCE_HYPERLINK=0", false},
		{"TERM=dumb NO_COLOR=1 FORCE_HYPERLINK=1", true},
		{"", false},
	} {
		if got := knowsLinks(environment(strings.Fields(tt.env)...)); got != tt.want {
			t.Errorf("%s: got %v", tt.env, got)
		}
	}
}

func TestLinksLeadToTheLine(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Skip("this host has no name")
	}
	for _, tt := range []struct {
		file string
		line int
		env  string
		want string
	}{
		{"/docs/a.md", 7, "", "file://" + host + "/docs/a.md"},
		{"/docs/a.md", 7, "TERM=xterm-kitty", "file://" + host + "/docs/a.md#7"},
		{"/docs/a.md", 0, "TERM=xterm-kitty", "file://" + host + "/docs/a.md"},
		{"/docs/a.md", 7, "TERM_PROGRAM=vscode", "vscode://file/docs/a.md:7"},
		{"/docs/a.md", 7, "TERM_PROGRAM=vscode SSH_CONNECTION=x", "file://" + host + "/docs/a.md"},
		{"/docs/꿀 #1;?.md", 0, "", "file://" + host + "/docs/%EA%BF%80%20%231;%3F.md"},
		{"/docs/\x1b]0;x\a\xff.md", 0, "", "file://" + host + "/docs/%1B%5D0;x%07%FF.md"},
		{"C:/docs/a.md", 0, "", "file:///C:/docs/a.md"},
		{"C:/docs/a.md", 3, "TERM_PROGRAM=vscode", "vscode://file/C:/docs/a.md:3"},
		{"//server/share/a.md", 0, "", "file://server/share/a.md"},
	} {
		if got := linkTo(tt.file, tt.line, environment(strings.Fields(tt.env)...)); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.file, got, tt.want)
		}
	}
}

func TestLinkHoldsEveryLine(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a%20b.md"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	s := &stack{app: &app{}, corpus: &corpus{root: dir}}
	got := s.link(screen{links: true}, "a%20b.md", groundwork.Position{}, "a\n  b")
	if strings.Count(got, "\x1b]8;;file://") != 2 || strings.Count(got, "\x1b]8;;\x1b\\") != 2 || !strings.Contains(got, "\n  \x1b]8;;") || !strings.Contains(got, "a%2520b.md") {
		t.Errorf("got %q", got)
	}
	if got := s.link(screen{links: true}, "gone.md", groundwork.Position{}, "a"); got != "a" {
		t.Errorf("a file that is gone is linked: %q", got)
	}
	if got := s.link(screen{}, "a%20b.md", groundwork.Position{}, "a"); got != "a" {
		t.Errorf("linked where no links are shown: %q", got)
	}
	if runtime.GOOS == "linux" { // where names may be any bytes
		if err := os.WriteFile(filepath.Join(dir, "\xb0\xa1.md"), nil, 0o666); err != nil {
			t.Skip(err)
		}
		if got := s.link(screen{links: true}, "%B0%A1.md", groundwork.Position{}, "a"); !strings.Contains(got, "/%B0%A1.md\x1b") {
			t.Errorf("got %q", got)
		}
	}
}
