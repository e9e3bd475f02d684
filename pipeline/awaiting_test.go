package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/retriever"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// textFirst runs Index so that nothing is embedded.
func (b *bench) textFirst() *pipeline.Report {
	b.t.Helper()
	r, err := b.x.Index(b.t.Context(), b.tree, &pipeline.IndexOptions{TextFirst: 1, AllowMassRemoval: true, Source: "tree"})
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// wantAwaiting checks that the ledger, the store and Verify agree that so many
// chunks have no vector yet, and on nothing else being amiss.
func (b *bench) wantAwaiting(want int) {
	b.t.Helper()
	c, err := pipeline.ReadCoverage(b.t.Context(), b.store)
	if err != nil {
		b.t.Fatal(err)
	}
	audit, err := b.x.Verify(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	if c.Awaiting != want || audit.Awaiting != want || !audit.OK() {
		b.t.Errorf("%d chunks await vectors, verify says %d and %v; want %d", c.Awaiting, audit.Awaiting, audit.Findings, want)
	}
}

// wantLikeClean checks that the store is what a clean build makes it.
func (b *bench) wantLikeClean() {
	b.t.Helper()
	clean := newBench(b.t, b.tree, newStore(b.t))
	if len(b.tree.files) > 0 {
		clean.index()
	}
	if got, want := dump(b.t, b.store), dump(b.t, clean.store); got != want {
		b.t.Errorf("the store differs from a clean build:\n got %s\nwant %s", got, want)
	}
	b.wantClean()
}

// found returns the URIs that words find.
func (b *bench) found(words string) []string {
	b.t.Helper()
	results, err := b.store.Search(b.t.Context(), vectorstore.Query{Text: words, K: 10, Load: vectorstore.LoadText})
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, h := range results[0].Hits {
		out = append(out, h.URI)
	}
	return out
}

func TestTextFirstIsFoundByItsWordsAtOnceAndEmbeddedByTheNextRun(t *testing.T) {
	b := newBench(t, newTree("a.txt", "heron\n\nshared", "b.txt", "otter\n\nshared"), newStore(t))
	r := b.textFirst()
	if r.Added != 2 || r.Embedded != 0 || r.Chunks != 4 || !r.TextFirst || r.Coverage.Awaiting != 4 || r.Coverage.Indexed != 2 {
		t.Errorf("first run: %+v", r)
	}
	b.wantEmbedded(0)
	b.wantAwaiting(4)
	if got := b.found("otter"); len(got) != 1 || got[0] != "b.txt" {
		t.Errorf("found %q by words, want b.txt", got)
	}
	b.tree.opened = nil
	b.reopen(&pipeline.IndexerOptions{})
	r = b.index()
	if r.Unchanged != 2 || r.Changed != 0 || r.Completed != 2 || r.TextFirst || r.Embedded != 3 || r.Reused != 1 || r.Coverage.Awaiting != 0 {
		t.Errorf("second run: %+v", r)
	}
	if len(b.tree.opened) > 0 {
		t.Errorf("second run opened %q", b.tree.opened)
	}
	b.wantEmbedded(3)
	b.wantAwaiting(0)
	b.wantLikeClean()
	if r = b.index(); r.Completed != 0 || r.Unchanged != 2 {
		t.Errorf("third run: %+v", r)
	}
}

func TestTextFirstChangesNothingWhereThereIsLittleToDo(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one\n\ntwo", "b.txt", "three"), newStore(t))
	o := &pipeline.IndexOptions{TextFirst: 13} // the files have as many bytes
	if _, err := b.x.Index(t.Context(), b.tree, o); err != nil {
		t.Fatal(err)
	}
	b.wantEmbedded(3)
	b.wantAwaiting(0)
	for _, first := range []int64{7, 6} { // of 15 bytes one half awaits vectors
		b := newBench(t, newTree("a.txt", "one\n\nmany"), newStore(t))
		b.index()
		b.words.count()
		b.tree.set("a.txt", "one\n\nmany\n\n2\n\n3")
		b.textFirst()
		if _, err := b.x.Index(t.Context(), b.tree, &pipeline.IndexOptions{TextFirst: first}); err != nil {
			t.Fatal(err)
		}
		b.wantEmbedded(map[int64]int{7: 2, 6: 0}[first])
	}
}

func TestTextFirstIsRefusedWhereItCannotBe(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one"), newStore(t))
	if _, err := b.x.Index(t.Context(), b.tree, &pipeline.IndexOptions{TextFirst: -1}); err == nil {
		t.Error("a number below 0 was taken")
	}
	b = newBench(t, newTree("a.txt", "one"), &wordless{newStore(t)})
	if _, err := b.x.Index(t.Context(), b.tree, &pipeline.IndexOptions{TextFirst: 1}); !errors.Is(err, vectorstore.ErrUnsupported) {
		t.Errorf("a store without text search: error %v, want ErrUnsupported", err)
	}
	b.wantEmbedded(0)
}

// wordless is a store that cannot search by words.
type wordless struct{ vectorstore.Store }

func (w *wordless) Info() vectorstore.Info {
	info := w.Store.Info()
	info.Features = []vectorstore.Feature{vectorstore.FeatureDense, vectorstore.FeatureState}
	return info
}

func (w *wordless) ReadState(ctx context.Context, s vectorstore.StateScan) iter.Seq2[vectorstore.Entry, error] {
	return vectorstore.State(ctx, w.Store, s)
}

func TestChangesWhileVectorsAreAwaited(t *testing.T) {
	changes := map[string]struct {
		do       func(*tree)
		awaiting int // after a second run of text first
		embedded int
	}{
		"nothing":              {func(*tree) {}, 4, 4},
		"a touch":              {func(tr *tree) { tr.set("a.txt", tr.files["a.txt"].text) }, 4, 4},
		"an edit":              {func(tr *tree) { tr.set("a.txt", "one\n\nnew") }, 4, 4},
		"a rename":             {func(tr *tree) { tr.set("z.txt", tr.files["a.txt"].text); delete(tr.files, "a.txt") }, 4, 4},
		"a removal":            {func(tr *tree) { delete(tr.files, "a.txt") }, 2, 2},
		"a copy":               {func(tr *tree) { tr.set("z.txt", tr.files["a.txt"].text) }, 6, 4},
		"a file without words": {func(tr *tree) { tr.set("a.txt", "-") }, 2, 2},
		"a broken file":        {func(tr *tree) { tr.set("a.txt", "!") }, 4, 4},
	}
	for name, c := range changes {
		for _, twice := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", text first twice: ", twice), func(t *testing.T) {
				b := newBench(t, newTree("a.txt", "one\n\ntwo", "b.txt", "three\n\nfour"), newStore(t))
				b.textFirst()
				c.do(b.tree)
				if twice {
					b.textFirst()
					b.wantEmbedded(0)
					b.wantAwaiting(c.awaiting)
				}
				b.reopen(&pipeline.IndexerOptions{})
				b.index()
				b.wantEmbedded(c.embedded)
				b.wantAwaiting(0)
				if name != "a broken file" { // which keeps the version before, and a clean build has none
					b.wantLikeClean()
				}
			})
		}
	}
}

func TestVectorsAreReusedAcrossTextFirst(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one\n\ntwo", "b.txt", "three"), newStore(t))
	b.index()
	b.words.count()
	b.tree.set("a.txt", "zero\n\none\n\ntwo") // keeps two vectors
	b.tree.set("c.txt", "three\n\ntwo")       // has both by its texts
	b.textFirst()
	b.wantAwaiting(1)
	delete(b.tree.files, "b.txt")
	b.tree.set("a.txt", "three\n\nfour\n\ntwo")
	b.textFirst()
	b.wantEmbedded(0)
	b.wantAwaiting(1)
	b.index()
	b.wantEmbedded(1) // four
	b.wantLikeClean()
}

func TestTextThatCannotBeEmbeddedStaysFoundByItsWords(t *testing.T) {
	b := newBench(t, newTree("a.txt", "heron", "b.txt", "otter"), newStore(t))
	b.textFirst()
	b.words.fail = func(text string) error {
		if strings.Contains(text, "otter") {
			return errors.New("too wild")
		}
		return nil
	}
	for range 2 {
		r := b.index()
		if r.FailedItems != 1 || len(r.Files) != 1 || r.Files[0].URI != "b.txt" || r.Files[0].Stage != "embed" {
			t.Errorf("report %+v, want b.txt as failed", r)
		}
		b.wantAwaiting(1)
		if got := b.found("otter"); len(got) != 1 {
			t.Errorf("found %q by words, want b.txt", got)
		}
	}
	b.words.fail = nil
	b.index()
	b.wantLikeClean()
}

func TestRepairLeavesWhatIsAwaited(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one\n\ntwo", "b.txt", "three"), newStore(t))
	b.textFirst()
	if audit, err := b.x.Repair(t.Context()); err != nil || !audit.OK() || audit.Awaiting != 3 {
		t.Errorf("repair: %+v, %v; want nothing to do and 3 awaited", audit, err)
	}
	b.wantEmbedded(0)
	tamper(t, b, func(r vectorstore.Record) vectorstore.Batch {
		return vectorstore.Batch{Deletes: []vectorstore.Tombstone{{ID: r.ID, Version: r.Version}}}
	})
	if _, err := b.x.Repair(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.wantEmbedded(2) // those of the item that was mended
	b.wantAwaiting(1)
	b.index()
	b.wantLikeClean()
}

// missing returns how many texts of the tree have no vector in the store:
// neither in a chunk nor staged.
func (b *bench) missing() int {
	b.t.Helper()
	have := map[groundwork.Key]bool{}
	for r, err := range b.store.Scan(b.t.Context(), vectorstore.Scan{Load: vectorstore.LoadAll}) {
		if err != nil {
			b.t.Fatal(err)
		}
		have[r.Key] = have[r.Key] || r.Vector != nil
	}
	for e, err := range vectorstore.State(b.t.Context(), b.store, vectorstore.StateScan{Prefix: "vector/"}) {
		var k groundwork.Key
		if err = errors.Join(err, k.UnmarshalText([]byte(strings.TrimPrefix(e.Key, "vector/")))); err != nil {
			b.t.Fatal(err)
		}
		have[k] = true
	}
	clean := newBench(b.t, b.tree, newStore(b.t))
	clean.textFirst()
	n, counted := 0, map[groundwork.Key]bool{}
	for r, err := range clean.store.Scan(b.t.Context(), vectorstore.Scan{Load: vectorstore.LoadAll}) {
		if err != nil {
			b.t.Fatal(err)
		}
		if !have[r.Key] && !counted[r.Key] {
			counted[r.Key] = true
			n++
		}
	}
	return n
}

// TestRandomHistoriesWithTextFirstEndLikeACleanBuild edits between runs with
// and without TextFirst, many of which fail at a random write, and checks that
// the last one embeds what has no vector and nothing else.
func TestRandomHistoriesWithTextFirstEndLikeACleanBuild(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		store := &flaky{Store: newStore(t), stepwise: seed%2 == 1}
		b := newBench(t, newTree("f0.txt", "text 1"), store)
		for n := range 12 {
			b.edit(rnd, 1+n)
			store.calls, store.failAt, store.after = 0, rnd.IntN(6), rnd.IntN(2) == 0
			b.reopen(&pipeline.IndexerOptions{BatchTexts: 1 + rnd.IntN(4)})
			o := &pipeline.IndexOptions{AllowMassRemoval: true, Source: "tree", TextFirst: int64(rnd.IntN(2) * (1 + rnd.IntN(40)))}
			if _, err := b.x.Index(t.Context(), b.tree, o); err != nil && !errors.Is(err, errInjected) {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		store.failAt = 0
		b.textFirst()
		store.calls, store.failAt = 0, rnd.IntN(6)
		if _, err := b.x.Index(t.Context(), b.tree, &pipeline.IndexOptions{AllowMassRemoval: true, Source: "tree"}); err != nil && !errors.Is(err, errInjected) {
			t.Fatalf("seed %d: %v", seed, err)
		}
		store.failAt = 0
		missing := b.missing()
		b.words.count()
		if _, err := b.x.Index(t.Context(), b.tree, &pipeline.IndexOptions{AllowMassRemoval: true, Source: "tree"}); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		lost := 0 // by an interrupted write, where the store does not commit at once
		if store.stepwise {
			lost = 4
		}
		if got := b.words.count(); got < missing || got > missing+lost {
			t.Errorf("seed %d: embedded %d texts, %d had no vector", seed, got, missing)
		}
		b.wantLikeClean()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// edit changes a file of the tree, the n-th time. No two versions have the same
// time: sizes are often equal.
func (b *bench) edit(rnd *rand.Rand, n int) {
	uri := fmt.Sprintf("f%d.txt", rnd.IntN(6))
	switch rnd.IntN(5) {
	case 0:
		delete(b.tree.files, uri)
	case 1:
		if f, ok := b.tree.files[uri]; ok {
			delete(b.tree.files, uri)
			b.tree.files["renamed-"+uri] = f
		}
	default:
		var s strings.Builder
		for range 1 + rnd.IntN(5) {
			fmt.Fprintf(&s, "text %d\n\n", rnd.IntN(12))
		}
		b.tree.files[uri] = file{s.String(), longAgo.Add(time.Duration(n) * time.Hour)}
	}
}

// TestQuestionsWhileVectorsCome asks all the time while an index is completed:
// every answer finds the passage, and only the last ones are complete.
func TestQuestionsWhileVectorsCome(t *testing.T) {
	b := newBench(t, bigTree(), newStore(t))
	b.tree.set("heron.txt", "the heron waits")
	b.textFirst()
	b.reopen(&pipeline.IndexerOptions{BatchTexts: 4})
	h := &retriever.Hybrid{Store: b.store, Embedder: b.words, EmbedMissing: 3}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			last := 0.0
			for ended := false; !ended; {
				select {
				case <-done:
					ended = true
				default:
				}
				r, err := h.Retrieve(t.Context(), retriever.Query{Text: "heron", K: 1})
				if err != nil || len(r.Hits) != 1 || r.Hits[0].URI != "heron.txt" || len(r.Hits[0].Legs) != 2 {
					t.Errorf("found %+v, %v", r, err)
					return
				}
				if r.Complete < last {
					t.Errorf("complete %v after %v", r.Complete, last)
				}
				last = r.Complete
			}
			if last != 1 {
				t.Errorf("complete %v at the end", last)
			}
		})
	}
	b.index()
	close(done)
	wg.Wait()
	b.wantLikeClean()
}
