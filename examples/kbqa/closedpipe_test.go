package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestClosedPipeEndsQuietly reads nothing of what every verb prints, as a head
// that has its lines.
func TestClosedPipeEndsQuietly(t *testing.T) {
	t.Parallel()
	p := newProgram(t, t.TempDir())
	p.write("a.md", "# Honey\n\nHoney keeps for years.\n")
	p.must("index", "--model", "minilm", p.docs)
	var batch strings.Builder
	for i := range 40 {
		fmt.Fprintf(&batch, "{\"id\": %d, \"question\": \"How long does honey keep?\"}\n", i)
	}
	questions := filepath.Join(t.TempDir(), "q.jsonl")
	if err := os.WriteFile(questions, []byte(batch.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"ask", p.docs, "How long does honey keep?"}, {"ask", "--batch", questions, p.docs},
		{"search", p.docs, "honey"}, {"index", "--json", p.docs}, {"get", p.docs, "a.md"}, {"status", "--files", p.docs},
		{"verify", "--json", p.docs}, {"embed", "--model", "minilm"}, {"completion", "bash"}, {"schema"}, {"version"}, {"help", "ask"}} {
		cmd := p.command(args[0], args[1:]...)
		if slices.Contains([]string{"embed", "completion", "schema", "version", "help"}, args[0]) { // they know no --index
			cmd.Args = append([]string{"kbqa"}, args...)
		}
		cmd.Stdin = strings.NewReader("honey\n")
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		var errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = w, &errs
		_ = cmd.Run()
		w.Close()
		told := strings.TrimPrefix(errs.String(), portableNote+"\n")
		if code := cmd.ProcessState.ExitCode(); code != 0 || told != "" {
			t.Errorf("kbqa %q: exit code %d, stderr %q; want quiet", args, code, told)
		}
	}
}
