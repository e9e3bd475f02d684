package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRepairMendsADamagedLog damages the file that everything else is derived
// from, and expects verify to say so, and repair with the next index to end in
// an index that holds what it held.
func TestRepairMendsADamagedLog(t *testing.T) {
	t.Parallel()
	p := newProgram(t, t.TempDir())
	for i := range 6 {
		name := fmt.Sprintf("%c.md", 'a'+i)
		p.write(name, fmt.Sprintf("# Topic %d\n\n%s", i, sentences(name, 8)))
	}
	p.must("index", "--model", "minilm", p.docs)
	segment := filepath.Join(p.index, "store", "000001.seg")
	whole, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	flip := func(part float64) func([]byte) []byte {
		return func(b []byte) []byte {
			b[int(part*float64(len(b)))] ^= 0x10
			return b
		}
	}
	for _, c := range []struct {
		name   string
		damage func([]byte) []byte
	}{
		{"a bit near the start", flip(0.1)}, {"a bit in the middle", flip(0.5)}, {"a bit near the end", flip(0.9)},
		{"the second half is gone", func(b []byte) []byte { return b[:len(b)/2] }},
		{"all is gone", func([]byte) []byte { return nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &program{t: t, docs: p.docs, index: filepath.Join(t.TempDir(), "index")}
			if err := os.CopyFS(p.index, os.DirFS(filepath.Dir(filepath.Dir(segment)))); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(p.index, "store", "000001.seg"), c.damage(append([]byte{}, whole...)), 0o600); err != nil {
				t.Fatal(err)
			}
			if code, out, errs := p.run("verify", p.docs); code != exitIndex {
				t.Fatalf("verify: exit code %d, want %d\n%s%s", code, exitIndex, out, errs)
			}
			if code, out, errs := p.run("verify", "--repair", p.docs); code != 0 && code != exitIndex {
				t.Fatalf("repair: exit code %d\n%s%s", code, out, errs)
			}
			p.must("index", p.docs)
			p.must("verify", p.docs)
			if s := decode[statusOutput](t, p.must("status", "--json", p.docs)); s.Documents != 6 {
				t.Errorf("%d documents, want 6", s.Documents)
			}
		})
	}
}

// TestRepairMakesALostManifestAnew loses the file that names all others.
func TestRepairMakesALostManifestAnew(t *testing.T) {
	p := newProgram(t, t.TempDir())
	for i := range 3 {
		name := fmt.Sprintf("%c.md", 'a'+i)
		p.write(name, fmt.Sprintf("# Topic %d\n\n%s", i, sentences(name, 8)))
	}
	p.must("index", "--model", "minilm", p.docs)
	manifest := filepath.Join(p.index, "store", "MANIFEST")
	hits := func() string {
		found, _, _ := strings.Cut(p.must("search", "--json", p.docs, "topic"), `"coverage"`) // times follow
		return found
	}
	before := hits()
	for name, lose := range map[string]func() error{
		"gone":      func() error { return os.Remove(manifest) },
		"empty":     func() error { return os.Truncate(manifest, 0) },
		"cut short": func() error { return os.Truncate(manifest, 90) },
	} {
		if err := lose(); err != nil {
			t.Fatal(err)
		}
		for _, verb := range []string{"verify", "index"} {
			if code, out, errs := p.run(verb, p.docs); code != exitIndex {
				t.Errorf("%s: %s: exit code %d\n%s%s", name, verb, code, out, errs)
			}
		}
		p.must("verify", "--repair", p.docs)
		p.must("verify", p.docs)
		if n := p.reindex().Embedded; n != 0 {
			t.Errorf("%s: %d passages embedded again", name, n)
		}
		if after := hits(); after != before {
			t.Errorf("%s: found\n%s\nbefore\n%s", name, after, before)
		}
	}
}

// TestFullOutputIsNoFaultOfTheIndex writes to a device that is always full.
func TestFullOutputIsNoFaultOfTheIndex(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no device is always full here")
	}
	defer full.Close()
	p := newProgram(t, t.TempDir())
	p.write("a.md", "# Honey\n\nHoney keeps for years.\n")
	p.must("index", "--model", "minilm", p.docs)
	cmd := p.command("search", p.docs, "honey")
	cmd.Stdout = full
	if cmd.Run(); cmd.ProcessState.ExitCode() != exitInternal {
		t.Errorf("exit code %d, want %d", cmd.ProcessState.ExitCode(), exitInternal)
	}
}
