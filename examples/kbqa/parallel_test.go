package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"testing"
)

// rounds is how often many processes use an index at once, and how many files
// change in every round. The whole proof takes GROUNDWORK_PARALLEL=50.
func rounds(t *testing.T) (n, files int) {
	s := os.Getenv("GROUNDWORK_PARALLEL")
	if s == "" {
		return 2, 12 // one commit a round
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("GROUNDWORK_PARALLEL=%s: want a number above 0", s)
	}
	return n, 120
}

// TestManyReadersAndAWriter starts eight searches and questions and one index
// at once: first over a folder that has no index yet, then again and again over
// one whose files have all changed. All end with 0, and what a reader sees of a
// file is one version of it, whole: the one committed before it started, or the
// one that is being written.
func TestManyReadersAndAWriter(t *testing.T) {
	slow(t, "it starts many processes")
	t.Parallel()
	p := newProgram(t, t.TempDir())
	p.index = t.TempDir() + "/index" // one place for all
	n, files := rounds(t)
	for round := 1; round <= n; round++ {
		for i := range files {
			name := fmt.Sprintf("note%03d.md", i)
			p.write(name, fmt.Sprintf("# Note %d\n\nThe lantern of %s has the number %d.\n\n## More\n\n%s", i, name, round, sentences(name, 12)))
		}
		outs := p.together(
			[]string{"index", "--json", "--model", "minilm"}, []string{"search"}, []string{"search"}, []string{"search"}, []string{"search"},
			[]string{"search"}, []string{"search"}, []string{"ask"}, []string{"ask"})
		for _, out := range outs {
			if got := p.versions(out, round-1, round); round > 1 && got >= 0 && got != files {
				t.Errorf("%d files were found, want %d", got, files)
			}
		}
		if got := p.versions(p.must("search", "--json", "--no-refresh", "-k", "1000", p.docs, "lantern number"), round, round); got != files {
			t.Errorf("%d files were found after round %d, want %d", got, round, files)
		}
	}
	p.must("verify", p.docs)
}

// together runs the commands at once and returns what they print.
func (p *program) together(commands ...[]string) []string {
	p.t.Helper()
	outs := make([]string, len(commands))
	var wg sync.WaitGroup
	for i, c := range commands {
		args := append(c[1:], p.docs)
		if c[0] != "index" {
			args = append(args, "--json", "--model", "minilm", "-k", "1000", "What number has the lantern of note003.md?")
		}
		cmd := p.command(c[0], args...)
		wg.Go(func() {
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			err := cmd.Run()
			if code := exitCode(cmd); code != exitOK && !(code == exitNothing && c[0] == "ask") { // an early state may hold no answer
				p.t.Errorf("kbqa %q: %v\n%s%s", c, err, out.String(), errs.String())
			}
			outs[i] = out.String()
		})
	}
	wg.Wait()
	return outs
}

func exitCode(cmd *exec.Cmd) int {
	if cmd.ProcessState == nil {
		return -2
	}
	return cmd.ProcessState.ExitCode()
}

var numbered = regexp.MustCompile(`The lantern of (note\d+\.md) has the number (\d+)\.`)

// versions checks the versions of the files in the hits or citations of an
// output: every file has one, from least to most. It returns how many files are
// among the hits of a search, or -1 for other outputs.
func (p *program) versions(out string, least, most int) int {
	p.t.Helper()
	var o struct {
		Schema string
		Hits   []hitOutput
		Cited  []citationOutput `json:"citations"`
	}
	if err := json.Unmarshal([]byte(out), &o); err != nil {
		p.t.Errorf("%v in %q", err, out)
		return -1
	}
	found := map[string]int{}
	note := func(uri, text string) {
		for _, m := range numbered.FindAllStringSubmatch(text, -1) {
			n, _ := strconv.Atoi(m[2])
			if old, ok := found[m[1]]; ok && old != n || m[1] != uri {
				p.t.Errorf("%s is there in the versions %d and %d", m[1], old, n)
			}
			if n < least || n > most {
				p.t.Errorf("%s: version %d, want %d to %d", m[1], n, least, most)
			}
			found[m[1]] = n
		}
	}
	for _, h := range o.Hits {
		note(h.URI, h.Text)
	}
	for _, c := range o.Cited {
		note(c.URI, c.Quote)
	}
	if o.Schema != "kbqa.search/1" {
		return -1
	}
	return len(found)
}
