package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestClosedPipeEndsQuietly reads nothing of what every verb prints, as a head
// that has its lines.
func TestClosedPipeEndsQuietly(t *testing.T) {
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
	for _, args := range [][]string{{"ask", p.docs, "How long does honey keep?"}, {"ask", "--json", p.docs, "How long does honey keep?"},
		{"ask", "--batch", questions, p.docs}, {"search", p.docs, "honey"}, {"search", "--json", p.docs, "honey"},
		{"search", "--batch", questions, p.docs}, {"index", "--json", p.docs}, {"get", p.docs, "a.md"},
		{"status", p.docs}, {"status", "--json", p.docs}, {"status", "--files", p.docs}, {"verify", "--json", p.docs},
		{"embed", "--model", "minilm"}, {"schema"}, {"schema", "kbqa.ask/1"}, {"version"}, {"help"}, {"help", "ask"}} {
		cmd := p.command(args[0], args[1:]...)
		if args[0] == "embed" || args[0] == "schema" || args[0] == "version" || args[0] == "help" {
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
		if code := cmd.ProcessState.ExitCode(); code != 0 || errs.Len() > 0 {
			t.Errorf("kbqa %q: exit code %d, stderr %q; want quiet", args, code, errs.String())
		}
	}
}
