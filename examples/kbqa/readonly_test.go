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
	p, ready := newNobodysProgram(t)
	p.write("a.md", "# Honey\n\nHoney keeps for years.\n")
	kbqa := ready()
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
