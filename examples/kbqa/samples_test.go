package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestSamples indexes a folder of documents easy and nasty, asks one question
// over each that was indexed, and checks every citation against the stored
// text and, where that is the file's own, against the file.
//
// By default it takes the files up to 16 KiB and the faster model;
// GROUNDWORK_SAMPLES=all takes every file and the default model, which is a few
// minutes' work.
func TestSamples(t *testing.T) {
	slow(t, "it indexes a hundred files")
	samples := shared(t, "data/loader-samples")
	p := newProgram(t, samples)
	switch os.Getenv("GROUNDWORK_SAMPLES") {
	case "all":
		p.model = defaultModel
	case "":
		p.docs = smallCopy(t, samples, 16<<10)
	default:
		t.Fatal("GROUNDWORK_SAMPLES: want all, or nothing")
	}
	start := time.Now()
	peak := p.indexWatched()
	t.Logf("indexed in %v; peak memory %d MiB", time.Since(start).Round(time.Second), peak>>20)
	if peak > 1<<30 {
		t.Errorf("the program took %d MiB, want less than 1024", peak>>20)
	}
	p.must("verify", p.docs)
	indexed := p.checkAccounts()
	p.checkAnswers(indexed)
}

// smallCopy copies the files up to limit bytes to a folder of its own.
func smallCopy(t *testing.T, from string, limit int64) string {
	t.Helper()
	to := t.TempDir()
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil || info.Size() > limit {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, rel)), 0o777); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// indexWatched indexes the folder and returns the peak resident memory of the
// program itself, in bytes, where the system tells.
func (p *program) indexWatched() (peak int64) {
	p.t.Helper()
	cmd := p.command("index", "--model", p.model, p.docs)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	done := make(chan struct{})
	watched := make(chan int64)
	go func() {
		var high int64
		for {
			select {
			case <-done:
				watched <- high
				return
			case <-time.After(20 * time.Millisecond):
				high = max(high, peakMemory(cmd.Process.Pid))
			}
		}
	}()
	err := cmd.Wait()
	close(done)
	if peak = <-watched; err != nil {
		p.t.Fatalf("kbqa index: %v\n%s", err, errs.String())
	}
	if runtime.GOOS == "linux" && peak == 0 {
		p.t.Error("the peak memory was not measured")
	}
	return peak
}

// peakMemory returns the highest resident memory of a process so far, or 0.
func peakMemory(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kib int64
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kib); err == nil {
			return kib << 10
		}
	}
	return 0
}

// checkAccounts checks that every file of the folder is listed with what
// became of it, and returns those that were indexed.
func (p *program) checkAccounts() (indexed []string) {
	p.t.Helper()
	listed := map[string]problemFile{}
	for _, f := range decode[statusOutput](p.t, p.must("status", "--json", "--files", p.docs)).Files {
		listed[f.Path] = f
	}
	failed := map[string]bool{}
	for line := range strings.Lines(p.must("status", "--files=failed", p.docs)) {
		f := strings.Split(line, "\t")
		if len(f) != 5 || f[2] == "" || f[3] == "" {
			p.t.Errorf("a failure without stage or reason: %q", line)
		}
		failed[f[0]] = true
	}
	err := fs.WalkDir(os.DirFS(p.docs), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, ok := listed[name]
		switch {
		case !ok:
			p.t.Errorf("%s is not accounted for", name)
		case f.Status == "indexed":
			indexed = append(indexed, name)
		case f.Stage == nil || f.Reason == nil:
			p.t.Errorf("%s: %s, and nobody knows why", name, f.Status)
		case f.Status == "failed" && !failed[name]:
			p.t.Errorf("%s failed and --files=failed does not list it", name)
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(indexed) < 40 || len(failed) < 4 {
		p.t.Errorf("%d files were indexed and %d failed; the samples have more", len(indexed), len(failed))
	}
	return indexed
}

// checkAnswers asks for a phrase of each file's own text.
func (p *program) checkAnswers(files []string) {
	p.t.Helper()
	var batch bytes.Buffer
	for _, name := range files {
		q, err := json.Marshal(map[string]string{"id": name, "question": phraseOf(p.get(name))})
		if err != nil {
			p.t.Fatal(err)
		}
		fmt.Fprintf(&batch, "%s\n", q)
	}
	questions := filepath.Join(p.t.TempDir(), "questions.jsonl")
	if err := os.WriteFile(questions, batch.Bytes(), 0o666); err != nil {
		p.t.Fatal(err)
	}
	code, out, errs := p.run("ask", "--batch", questions, p.docs)
	if code != 0 && (code != exitIndex || p.model == defaultModel) { // 4: a question in a script that the model does not know
		p.t.Fatalf("kbqa ask: exit code %d\n%s", code, errs)
	}
	answers, citations, verbatim := 0, 0, 0
	lines := bufio.NewScanner(strings.NewReader(out))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		a := decode[askOutput](p.t, lines.Text())
		answers++
		for _, c := range a.Citations {
			citations++
			if p.checkCitation(c) {
				verbatim++
			}
		}
	}
	p.t.Logf("%d questions, %d citations, %d of them of text and Markdown", answers, citations, verbatim)
	if answers != len(files) || citations < len(files)/2 || verbatim == 0 {
		p.t.Errorf("%d answers to %d questions with %d citations, %d of text and Markdown: too few to mean anything", answers, len(files), citations, verbatim)
	}
}

// get returns the stored text of a document, or the part that flags ask for.
// It runs in this process: there are hundreds.
func (p *program) get(uri string, flags ...string) string {
	p.t.Helper()
	var out, errs bytes.Buffer
	args := append([]string{"get", "--index", p.index, p.docs, uri}, flags...)
	if code := run(nil, args, nil, &out, &errs); code != 0 {
		p.t.Fatalf("kbqa %q: exit code %d: %s", args, code, errs.String())
	}
	return out.String()
}

// checkCitation compares a citation with the stored text, and with the file
// where that is UTF-8 text or Markdown; then it returns true.
func (p *program) checkCitation(c citationOutput) bool {
	p.t.Helper()
	if got := p.get(c.URI, "--start", fmt.Sprint(c.Start), "--end", fmt.Sprint(c.End)); got != c.Quote {
		p.t.Errorf("%s [%d, %d): kbqa get prints %q, the quote is %q", c.URI, c.Start, c.End, got, c.Quote)
	}
	if c.Status != "verified" {
		p.t.Errorf("%s [%d, %d) is %s", c.URI, c.Start, c.End, c.Status)
	}
	data, err := os.ReadFile(filepath.Join(p.docs, filepath.FromSlash(c.URI)))
	if err != nil {
		p.t.Fatal(err)
	}
	if ext := path.Ext(c.URI); ext != ".txt" && ext != ".md" || !utf8.Valid(data) {
		return false
	}
	if err := checkSource(data, c); err != nil {
		p.t.Error(err)
	}
	return true
}

// phraseOf returns a line of text to ask about, from the middle if that has
// words.
func phraseOf(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\f' })
	best := ""
	for i := range lines {
		l := strings.Join(strings.Fields(strings.ToValidUTF8(lines[(len(lines)/2+i)%len(lines)], " ")), " ")
		if n := len(strings.Fields(l)); n >= 5 && len(l) < 300 {
			return l
		}
		if len(l) > len(best) {
			best = l
		}
	}
	return excerpt(best, 300)
}
