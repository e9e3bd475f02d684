//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIndexThatCannotBeWrittenAnswers takes the right to write from an index,
// as a folder that is mounted read only does.
func TestIndexThatCannotBeWrittenAnswers(t *testing.T) {
	t.Parallel()
	home, err := os.MkdirTemp("", "kbqa") // others may not enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(home)
	chmod(t, home, 0o755)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(home, "kbqa")
	copyFile(t, self, binary)
	p := &program{t: t, docs: filepath.Join(home, "docs"), index: filepath.Join(home, "index")}
	p.write("a.md", "# Honey\n\nHoney keeps for years.\n")
	user := asNobody(t, home)
	kbqa := func(verb string, args ...string) (code int, stdout, stderr string) {
		t.Helper()
		cmd := p.command(verb, args...)
		cmd.Path, cmd.Err = binary, nil
		var out, errs strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &errs
		user(cmd)
		if err := cmd.Run(); cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), out.String(), errs.String()
	}
	if code, _, errs := kbqa("index", "--model", "minilm", p.docs); code != 0 {
		t.Fatalf("index: exit code %d: %s", code, errs)
	}
	store := filepath.Join(p.index, "store")
	chmod(t, filepath.Join(store, "LOCK"), 0o444)
	chmod(t, store, 0o555)
	defer os.Chmod(store, 0o755) // to be removed
	code, out, errs := kbqa("ask", p.docs, "How long does honey keep?")
	if code != 0 || !strings.Contains(out, "Honey keeps for years.") || !strings.Contains(errs, "using what is committed so far") {
		t.Errorf("ask: exit code %d\n%s%s", code, out, errs)
	}
	code, out, errs = kbqa("index", p.docs)
	if code != exitIndex || out != "" || !strings.Contains(errs, "cannot write to the index") {
		t.Errorf("index: exit code %d\n%s%s", code, out, errs)
	}
}
