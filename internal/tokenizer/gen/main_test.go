package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestTablesAreWhatTheGeneratorWrites(t *testing.T) {
	got, err := Generate("properties.txt")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("..", "tables.go"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("tables.go differs from the generator's output; run go generate ./internal/tokenizer")
	}
}

func TestParseRefusesWhatIsNoProperty(t *testing.T) {
	for _, text := range []string{"drop: x", "drop: 5-4", "drop: -", "nfd: 41=zz", "ccc: 300=high", "spacing: 903\nconjunct_linker: 903"} {
		if _, err := parse(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
