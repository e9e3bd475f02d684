package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A program runs kbqa with an index of its own.
type program struct {
	t     testing.TB
	docs  string
	index string
	model string
}

func newProgram(t testing.TB, docs string) *program {
	return &program{t: t, docs: docs, index: filepath.Join(t.TempDir(), "index"), model: "minilm"}
}

// command returns kbqa VERB --index INDEX ARGS.
func (p *program) command(verb string, args ...string) *exec.Cmd {
	return exec.Command("kbqa", append([]string{verb, "--index", p.index}, args...)...)
}

// run runs kbqa and returns its exit code and output.
func (p *program) run(verb string, args ...string) (code int, stdout, stderr string) {
	p.t.Helper()
	var out, errs bytes.Buffer
	cmd := p.command(verb, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// must runs kbqa, which has to end with code 0, and returns its stdout.
func (p *program) must(verb string, args ...string) string {
	p.t.Helper()
	code, out, errs := p.run(verb, args...)
	if code != 0 {
		p.t.Fatalf("kbqa %s %q: exit code %d\n%s%s", verb, args, code, out, errs)
	}
	return out
}

// decode decodes JSON that kbqa printed.
func decode[T any](t testing.TB, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %.200q", err, text)
	}
	return v
}

// reindex brings the index in step and returns what that took.
func (p *program) reindex() indexOutput {
	p.t.Helper()
	return decode[indexOutput](p.t, p.must("index", "--json", "--model", p.model, p.docs))
}

// write writes a file of the folder.
func (p *program) write(name, text string) {
	p.t.Helper()
	full := filepath.Join(p.docs, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o666); err != nil {
		p.t.Fatal(err)
	}
}

// shared returns the folder of evaluation data, or skips the test.
func shared(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("GROUNDWORK_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no evaluation data (%v); GROUNDWORK_SHARED names its folder", err)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

// sentences returns text of n sentences that tell what they are by number.
func sentences(topic string, n int) string {
	things := []string{"the lantern", "a ferry", "the orchard", "an engine", "the harbour", "a violin", "the glacier", "a printing press"}
	does := []string{"needs oil before", "was painted after", "stands idle during", "is repaired in", "was sold before", "is counted in"}
	seasons := []string{"spring", "the first frost", "the summer fair", "the long winter", "harvest", "the storm season", "the census"}
	var b strings.Builder
	for i := range n {
		h := len(topic)*7 + i*13
		for _, c := range topic {
			h = (h*31 + int(c)) & 0xffff
		}
		b.WriteString("In " + topic + " " + things[h%len(things)] + " " + does[(h/8)%len(does)] + " " + seasons[(h/48+i)%len(seasons)] + ".\n")
		if i%6 == 5 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}
