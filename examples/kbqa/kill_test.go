package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/hnsw"
)

// kills is at how many random points an index run is killed. The whole proof
// takes GROUNDWORK_KILLS=50.
func kills(t *testing.T) int {
	s := os.Getenv("GROUNDWORK_KILLS")
	if s == "" {
		return 3
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("GROUNDWORK_KILLS=%s: want a number above 0", s)
	}
	return n
}

// notes is how many short files the test has; they make several commits.
const notes = 90

func noteName(i int) string { return fmt.Sprintf("part%d/note%02d.md", i%3, i) }

// TestKilledRunsGoOn kills index runs at random points, with kill -9 and as
// Ctrl-C does, with and without an edit before the next run, and compares what
// the next run makes of it with an index that was built in one go.
func TestKilledRunsGoOn(t *testing.T) {
	slow(t, "it builds an index several times")
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	docs := t.TempDir()
	clean := newProgram(t, docs)
	for i := range notes {
		clean.write(noteName(i), "# Note "+fmt.Sprint(i)+"\n\n"+sentences(fmt.Sprintf("village %d", i), 2))
	}
	for i := range 3 {
		clean.write(fmt.Sprintf("long%d.txt", i), sentences(fmt.Sprintf("town %d", i), 60))
	}
	start := time.Now()
	total := clean.reindex().Embedded
	took := time.Since(start)
	want := clean.contents()
	want.best = clean.bestTen()
	if total < 100 || total != len(want.chunks) {
		t.Fatalf("the clean build embedded %d texts for %d chunks; the test needs 100 that differ", total, len(want.chunks))
	}
	t.Logf("a clean build embeds %d texts and takes %v", total, took)
	for i := range kills(t) {
		p := newProgram(t, docs)
		how := []string{"kill -9", "Ctrl-C"}[i%2]
		when := randomMoment(rng, took, total)
		code := p.indexAndKill(how, when)
		have := p.contents()
		t.Logf("%d: %s %v: exit code %d, %d chunks and %d vectors of %d", i, how, when, code, len(have.chunks), have.staged, total)
		if i%4 >= 2 {
			p.goOnEdited(rng, how, randomMoment(rng, took, total))
			continue
		}
		r := p.reindex()
		if missing := total - len(have.chunks) - have.staged; r.Embedded != missing {
			t.Errorf("%s %v: the next run embedded %d texts, but %d were not committed", how, when, r.Embedded, missing)
		}
		p.wantSame(want)
	}
}

// A moment is when a run is killed: once so many chunks are committed, and a
// while after.
type moment struct {
	chunks int
	after  time.Duration
}

func (m moment) String() string {
	return fmt.Sprintf("%v after %d chunks", m.after.Round(time.Millisecond), m.chunks)
}

// randomMoment returns a moment of a run that takes took and commits total
// chunks. Half of them go by the clock alone, which may hit what comes before
// the first commit.
func randomMoment(rng *rand.Rand, took time.Duration, total int) moment {
	if rng.IntN(2) == 0 {
		return moment{after: time.Duration(rng.Float64() * float64(took))}
	}
	return moment{chunks: 1 + rng.IntN(total*3/4), after: time.Duration(rng.Float64() * float64(took) / 6)}
}

// indexAndKill starts to index and ends that.
func (p *program) indexAndKill(how string, when moment) (code int) {
	p.t.Helper()
	cmd := p.command("index", "--model", p.model, p.docs)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	p.waitFor(when, done)
	if how == "Ctrl-C" && runtime.GOOS != "windows" {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended already
	} else {
		_ = cmd.Process.Kill()
	}
	err := <-done
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	code = cmd.ProcessState.ExitCode()
	switch code {
	case exitOK, -1: // -1: killed by a signal, before it could catch it
	case exitInterrupted:
		if !strings.Contains(errs.String(), "kbqa: interrupted") {
			p.t.Errorf("interrupted without a word: %q", errs.String())
		}
	default:
		p.t.Errorf("%s %v: exit code %d: %s", how, when, code, errs.String())
	}
	return code
}

// waitFor returns at the moment, or when the run is done.
func (p *program) waitFor(when moment, done chan error) {
	p.t.Helper()
	for when.chunks > 0 && len(p.contents().chunks) < when.chunks {
		select {
		case err := <-done:
			done <- err
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
	time.Sleep(when.after)
}

// goOnEdited edits a file, is killed again, edits it once more, and compares
// the end with a clean build of that.
func (p *program) goOnEdited(rng *rand.Rand, how string, when moment) {
	p.t.Helper()
	name := noteName(rng.IntN(notes))
	old, err := os.ReadFile(filepath.Join(p.docs, name))
	if err != nil {
		p.t.Fatal(err)
	}
	defer p.write(name, string(old))
	p.write(name, string(old)+"\n\n# Between\n\n"+sentences("an intermediate version", 30))
	p.indexAndKill(how, when)
	p.write(name, string(old)+"\n\n# After\n\n"+sentences("the last version", 30))
	p.reindex()
	clean := newProgram(p.t, p.docs)
	clean.reindex()
	want := clean.contents()
	want.best = clean.bestTen()
	p.wantSame(want)
	if code, out, _ := p.run("search", "--json", "--exact", p.docs, "an intermediate version"); code != 0 || strings.Contains(out, "In an intermediate version") {
		p.t.Errorf("text of the intermediate version remains: exit code %d, %s", code, out)
	}
}

// contents is what an index holds: its chunks by id, and the vectors that wait
// for their documents.
type contents struct {
	chunks map[string]string
	staged int
	best   [][]hitOutput // the ten best passages for a few questions, in exact mode; see bestTen
}

// contents reads the index as it lies on disk.
func (p *program) contents() contents {
	p.t.Helper()
	ctx := context.Background()
	c := contents{chunks: map[string]string{}}
	db, store := p.committed()
	if store == nil {
		return c
	}
	defer db.Close()
	for rec, err := range store.Scan(ctx, vectorstore.Scan{Load: vectorstore.LoadText}) {
		if err != nil {
			p.t.Fatal(err)
		}
		c.chunks[rec.ID] = fmt.Sprint(rec.URI, rec.Span, rec.Text)
	}
	for _, err := range vectorstore.State(ctx, store, vectorstore.StateScan{Prefix: "vector/"}) {
		if err != nil {
			p.t.Fatal(err)
		}
		c.staged++
	}
	return c
}

// committed opens the index as it lies on disk; nil if a run was killed before
// there was one.
func (p *program) committed() (*hnsw.DB, vectorstore.Store) {
	p.t.Helper()
	db, err := hnsw.Open(context.Background(), filepath.Join(p.index, "store"), &hnsw.Options{ReadOnly: true})
	if errors.Is(err, vectorstore.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		p.t.Fatal(err)
	}
	store, err := db.Open(context.Background(), namespace, vectorstore.Space{})
	if err != nil {
		db.Close()
		if !errors.Is(err, vectorstore.ErrNotFound) {
			p.t.Fatal(err)
		}
		return nil, nil
	}
	return db, store
}

// wantSame compares the index with want: ids, texts, the ten best passages in
// exact mode, and what verify says.
func (p *program) wantSame(want contents) {
	p.t.Helper()
	got := p.contents()
	if diff := cmp.Diff(want.chunks, got.chunks); diff != "" {
		p.t.Errorf("chunks differ from a clean build (-want +got):\n%s", diff)
	}
	if got.staged != 0 {
		p.t.Errorf("%d vectors are left over", got.staged)
	}
	if diff := cmp.Diff(want.best, p.bestTen()); diff != "" {
		p.t.Errorf("the ten best differ from a clean build's (-want +got):\n%s", diff)
	}
	p.must("verify", p.docs)
}

// bestTen returns the ten best passages in exact mode for a few questions.
func (p *program) bestTen() [][]hitOutput {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "questions.jsonl")
	questions := "{\"id\":1,\"question\":\"when is the lantern repaired in village 3\"}\n" +
		"{\"id\":2,\"question\":\"what was sold before the first frost\"}\n{\"id\":3,\"question\":\"violin\"}\n"
	if err := os.WriteFile(file, []byte(questions), 0o666); err != nil {
		p.t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(p.must("search", "--exact", "--batch", file, "-k", "10", p.docs)))
	var out [][]hitOutput
	for d.More() {
		var s searchOutput
		if err := d.Decode(&s); err != nil {
			p.t.Fatal(err)
		}
		if len(s.Hits) != 10 {
			p.t.Fatalf("%d hits, want 10", len(s.Hits))
		}
		out = append(out, s.Hits)
	}
	return out
}
