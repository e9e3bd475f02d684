package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// writeLarge writes n different notes, and so much more that nobody would want
// to wait for it: the same text again and again, which is embedded once.
func (p *program) writeLarge(n int) {
	p.t.Helper()
	for i := range n {
		p.write(noteName(i), "# Note "+fmt.Sprint(i)+"\n\n"+sentences(fmt.Sprintf("village %d", i), 2))
	}
	padding := sentences("a chronicle", 15)
	for i := range textFirst/len(padding) + 1 {
		p.write(fmt.Sprintf("rest/%03d.txt", i), padding) // the last to be embedded
	}
}

// vectors reads the index as it lies on disk: its different texts, and those
// that have a vector, of their own or staged.
func (p *program) vectors() (texts, have map[groundwork.Key]bool) {
	p.t.Helper()
	ctx := context.Background()
	texts, have = map[groundwork.Key]bool{}, map[groundwork.Key]bool{}
	db, store := p.committed()
	if store == nil {
		return texts, have
	}
	defer db.Close()
	for rec, err := range store.Scan(ctx, vectorstore.Scan{Load: vectorstore.LoadText | vectorstore.LoadVector}) {
		if err != nil {
			p.t.Fatal(err)
		}
		texts[rec.Key] = true
		if rec.Vector != nil {
			have[rec.Key] = true
		}
	}
	for e, err := range vectorstore.State(ctx, store, vectorstore.StateScan{Prefix: "vector/"}) {
		var k groundwork.Key
		if err = errors.Join(err, k.UnmarshalText([]byte(strings.TrimPrefix(e.Key, "vector/")))); err != nil {
			p.t.Fatal(err)
		}
		have[k] = true
	}
	return texts, have
}

// wantIndex checks what an answer says of its index.
func wantIndex(t *testing.T, what string, answer askOutput, index string) {
	t.Helper()
	pending := strings.Contains(strings.Join(answer.Warnings, "\n"), string(groundwork.Pending))
	partial := index == "partial"
	if answer.Index != index || partial != (answer.Coverage.Awaiting > 0) || partial != pending {
		t.Errorf("%s: index %s, %d passages await vectors, warnings %q; want it %s", what, answer.Index, answer.Coverage.Awaiting, answer.Warnings, index)
	}
	if len(answer.Citations) == 0 || !strings.HasPrefix(answer.Citations[0].URI, "part") {
		t.Errorf("%s: %q cites %+v, want a note", what, answer.Answer, answer.Citations)
	}
}

const aboutVillage = "When is the lantern of village 3 counted or repaired?"

func TestPartialAnswersBeforeVectorsAreThere(t *testing.T) {
	slow(t, "it embeds passages for every question")
	p := newProgram(t, t.TempDir())
	p.writeLarge(20)
	args := func(more ...string) []string { return append([]string{"--model", p.model, p.docs}, more...) }

	answer := decode[askOutput](t, p.must("ask", args("--json", "--partial", aboutVillage)...))
	wantIndex(t, "--partial", answer, "partial")
	texts, have := p.vectors()
	if len(texts) < 20 || len(have) > 0 {
		t.Errorf("%d texts and %d vectors are stored, want no vector", len(texts), len(have))
	}
	if _, out, _ := p.run("ask", args("--partial", aboutVillage)...); !strings.Contains(out, "\nindex: partial; ") {
		t.Errorf("the answer is not marked: %q", out)
	}
	found := decode[searchOutput](t, p.must("search", args("--json", "--partial", aboutVillage)...))
	if found.Index != "partial" || len(found.Hits) == 0 || found.Hits[0].Legs.Dense == nil || found.Hits[0].Legs.Lexical == nil {
		t.Errorf("search: index %s, hits %+v; want both legs", found.Index, found.Hits)
	}
	wantIndex(t, "--no-refresh", decode[askOutput](t, p.must("ask", args("--json", "--no-refresh", aboutVillage)...)), "partial")

	if s := decode[statusOutput](t, p.must("status", "--json", p.docs)); s.Awaiting != s.Chunks || s.Chunks == 0 {
		t.Errorf("status says that %d of %d passages await vectors, want all", s.Awaiting, s.Chunks)
	}
	if code, _, errs := p.run("verify", p.docs); code != 0 || !strings.Contains(errs, "await their vectors") {
		t.Errorf("verify: exit code %d, %q", code, errs)
	}
	if code, _, errs := p.run("ask", args("--partial", "--no-refresh", aboutVillage)...); code != exitUsage {
		t.Errorf("--partial --no-refresh: exit code %d, %q", code, errs)
	}

	wantIndex(t, "without --partial", decode[askOutput](t, p.must("ask", args("--json", aboutVillage)...)), "complete")
	p.write("part0/new.md", "# New\n\nIn village 99 the lantern is repaired in harvest.")
	wantIndex(t, "--partial over a small change", decode[askOutput](t, p.must("ask", args("--json", "--partial", aboutVillage)...)), "complete")
	if s := decode[statusOutput](t, p.must("status", "--json", p.docs)); s.Awaiting != 0 {
		t.Errorf("%d passages still await vectors", s.Awaiting)
	}
	if r := p.reindex(); r.Embedded != 0 || r.Unchanged == 0 {
		t.Errorf("the next run embedded %d", r.Embedded)
	}
}

func TestPartialBatchWaitsForNothing(t *testing.T) {
	slow(t, "it embeds passages for every question")
	p := newProgram(t, t.TempDir())
	p.writeLarge(5)
	batch := t.TempDir() + "/batch.jsonl"
	if err := os.WriteFile(batch, []byte(`{"id":1,"question":"village 3 lantern"}`+"\n"+`{"id":2,"question":"village 4 harbour"}`), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ flag, want string }{{"--partial", "partial"}, {"--quiet", "complete"}} {
		lines := strings.Split(strings.TrimSpace(p.must("ask", "--model", p.model, c.flag, "--batch", batch, p.docs)), "\n")
		if len(lines) != 2 {
			t.Fatalf("%s: %d lines", c.flag, len(lines))
		}
		for _, line := range lines {
			if a := decode[askOutput](t, line); a.Index != c.want {
				t.Errorf("%s: index %s, want %s", c.flag, a.Index, c.want)
			}
		}
	}
}

// TestKilledPartialRunsGoOn kills runs that commit text first and runs that
// complete them, at random moments, and compares what the next run makes of it
// with an index that was built in one go.
func TestKilledPartialRunsGoOn(t *testing.T) {
	slow(t, "it builds an index several times")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 3))
	docs := t.TempDir()
	clean := newProgram(t, docs)
	clean.writeLarge(notes)
	clean.write("long.txt", sentences("town", 90))
	start := time.Now()
	total := clean.reindex().Embedded
	took := time.Since(start)
	want := clean.contents()
	want.best = clean.bestTen()
	for i := range kills(t) {
		p := newProgram(t, docs)
		for range 1 + rng.IntN(2) {
			p.startAndKill(rng, 0, took/3, "search", "--partial", "--model", p.model, docs, "lantern")
			p.must("search", "--partial", "--model", p.model, docs, "lantern")
			p.startAndKill(rng, rng.IntN(total), took/16, "index", "--model", p.model, docs)
		}
		texts, have := p.vectors()
		r := p.reindex()
		t.Logf("%d: %d vectors of %d texts were there", i, len(have), len(texts))
		if r.Embedded != total-len(have) || len(texts) != total {
			t.Errorf("the last run embedded %d texts of %d; %d had vectors", r.Embedded, total, len(have))
		}
		p.wantSame(want)
	}
}

// startAndKill starts kbqa and ends it, hard or softly: within so much time
// after so many vectors are there.
func (p *program) startAndKill(rng *rand.Rand, vectors int, within time.Duration, verb string, args ...string) {
	p.t.Helper()
	cmd := p.command(verb, args...)
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	p.waitForVectors(vectors, done)
	time.Sleep(time.Duration(rng.Float64() * float64(within)))
	if rng.IntN(2) == 0 && runtime.GOOS != "windows" {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended already
	} else {
		_ = cmd.Process.Kill()
	}
	var exit *exec.ExitError
	if err := <-done; err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	if code := cmd.ProcessState.ExitCode(); code != exitOK && code != exitInterrupted && code != -1 {
		p.t.Errorf("kbqa %s: exit code %d", verb, code)
	}
}

// waitForVectors returns when so many texts have vectors, or the run is done.
func (p *program) waitForVectors(n int, done chan error) {
	p.t.Helper()
	for n > 0 {
		if _, have := p.vectors(); len(have) >= n {
			return
		}
		select {
		case err := <-done:
			done <- err
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}
