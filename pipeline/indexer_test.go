package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

func TestSecondRunOpensAndEmbedsNothing(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one\n\ntwo", "b.txt", "three"), newStore(t))
	r := b.index()
	if r.Added != 2 || r.Chunks != 3 || r.Embedded != 3 {
		t.Errorf("first run: %+v", r)
	}
	b.wantTexts("a.txt: one", "a.txt: two", "b.txt: three")
	b.wantEmbedded(3)
	b.tree.opened = nil
	b.reopen(&pipeline.IndexerOptions{})
	r = b.index()
	if r.Unchanged != 2 || r.Added+r.Changed+r.Removed != 0 {
		t.Errorf("second run: %+v", r)
	}
	b.wantEmbedded(0)
	if len(b.tree.opened) > 0 {
		t.Errorf("second run opened %q", b.tree.opened)
	}
	b.wantClean()
}

func TestTouchedFileIsReadAndNotEmbedded(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one\n\ntwo", "b.txt", "three"), newStore(t))
	b.index()
	b.words.count()
	b.tree.set("a.txt", "one\n\ntwo")
	r := b.index()
	if r.Touched != 1 || r.Unchanged != 2 || r.Chunks != 0 {
		t.Errorf("report %+v, want one touched and nothing written", r)
	}
	b.wantEmbedded(0)
	b.tree.opened = nil
	b.index()
	if len(b.tree.opened) > 0 {
		t.Errorf("the new time was not kept: opened %q", b.tree.opened)
	}
}

func TestFileWrittenAsItWasReadIsReadAgain(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one"), newStore(t))
	f := b.tree.files["a.txt"]
	f.mod = time.Now()
	b.tree.files["a.txt"] = f
	b.index()
	b.tree.opened = nil
	f.text = "two" // same size, same time
	b.tree.files["a.txt"] = f
	b.index()
	b.wantTexts("a.txt: two")
}

func TestEditEmbedsOnlyWhatChanged(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one\n\ntwo\n\nthree", "b.txt", "four"), newStore(t))
	b.index()
	b.words.count()
	b.tree.set("a.txt", "zero\n\none\n\ntwo\n\nthree")
	r := b.index()
	if r.Changed != 1 || r.Reused != 3 || r.Embedded != 1 {
		t.Errorf("report %+v", r)
	}
	b.wantEmbedded(1)
	b.wantTexts("a.txt: zero", "a.txt: one", "a.txt: two", "a.txt: three", "b.txt: four")
	b.wantClean()
}

func TestRenameEmbedsNothing(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one\n\ntwo", "b.txt", "three"), newStore(t))
	b.index()
	b.words.count()
	b.tree.set("z.txt", b.tree.files["a.txt"].text)
	delete(b.tree.files, "a.txt")
	r := b.index()
	if r.Added != 1 || r.Removed != 1 || r.Reused != 2 {
		t.Errorf("report %+v", r)
	}
	b.wantEmbedded(0)
	b.wantTexts("z.txt: one", "z.txt: two", "b.txt: three")
	b.wantClean()
}

func TestRemovedFileLosesItsChunks(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one", "b.txt", "two", "c.txt", "three"), newStore(t))
	b.index()
	delete(b.tree.files, "b.txt")
	if r := b.index(); r.Removed != 1 || r.Deleted != 1 {
		t.Errorf("report %+v", r)
	}
	b.wantTexts("a.txt: one", "c.txt: three")
	b.wantClean()
}

func TestBrokenListingsLoseNothing(t *testing.T) {
	all := []string{"a.txt: one", "b.txt: two", "d/c.txt: three", "d/e.txt: four"}
	start := func(t *testing.T) *bench {
		b := newBench(t, newTree("a.txt", "one", "b.txt", "two", "d/c.txt", "three", "d/e.txt", "four"), newStore(t))
		b.index()
		return b
	}
	t.Run("a folder cannot be listed", func(t *testing.T) {
		b := start(t)
		delete(b.tree.files, "d/c.txt")
		delete(b.tree.files, "d/e.txt")
		b.tree.listErr = &loaders.ListError{Prefix: "d", Err: fs.ErrPermission}
		if r := b.index(); len(r.Lists) != 1 {
			t.Errorf("list errors %v, want one", r.Lists)
		}
		b.wantTexts(all...)
	})
	t.Run("a sibling of an unknown folder is removed", func(t *testing.T) {
		b := start(t)
		delete(b.tree.files, "b.txt")
		b.tree.listErr = &loaders.ListError{Prefix: "d", Err: fs.ErrPermission}
		b.index()
		b.wantTexts("a.txt: one", "d/c.txt: three", "d/e.txt: four")
	})
	t.Run("the listing ends half-way", func(t *testing.T) {
		b := start(t)
		b.tree.set("a.txt", "new")
		b.tree.listErr = errInjected
		_, err := b.x.Index(t.Context(), b.tree, nil)
		if !errors.Is(err, errInjected) {
			t.Errorf("error %v, want the listing's", err)
		}
		b.wantTexts("a.txt: new", "b.txt: two", "d/c.txt: three", "d/e.txt: four")
	})
	t.Run("the root is empty", func(t *testing.T) {
		b := start(t)
		clear(b.tree.files)
		_, err := b.x.Index(t.Context(), b.tree, nil)
		if !errors.Is(err, pipeline.ErrMassRemoval) {
			t.Errorf("error %v, want ErrMassRemoval", err)
		}
		b.wantTexts(all...)
	})
	t.Run("most files are gone", func(t *testing.T) {
		b := start(t)
		for _, uri := range []string{"a.txt", "b.txt", "d/c.txt"} {
			delete(b.tree.files, uri)
		}
		_, err := b.x.Index(t.Context(), b.tree, nil)
		if !errors.Is(err, pipeline.ErrMassRemoval) {
			t.Errorf("error %v, want ErrMassRemoval", err)
		}
		b.wantTexts(all...)
		if _, err := b.x.Index(t.Context(), b.tree, &pipeline.IndexOptions{AllowMassRemoval: true}); err != nil {
			t.Fatal(err)
		}
		b.wantTexts("d/e.txt: four")
	})
	t.Run("most files are renamed", func(t *testing.T) {
		b := start(t)
		for _, uri := range []string{"a.txt", "b.txt", "d/c.txt"} {
			b.tree.files["new/"+uri] = b.tree.files[uri]
			delete(b.tree.files, uri)
		}
		b.words.count()
		if r := b.index(); r.Removed != 3 || r.Added != 3 {
			t.Errorf("report %+v, want three files under new names", r)
		}
		b.wantEmbedded(0)
		b.wantTexts("new/a.txt: one", "new/b.txt: two", "d/e.txt: four", "new/d/c.txt: three")
	})
	t.Run("most files are gone and one is new", func(t *testing.T) {
		b := start(t)
		for _, uri := range []string{"a.txt", "b.txt", "d/c.txt"} {
			delete(b.tree.files, uri)
		}
		b.tree.set("z.txt", "nothing like them")
		_, err := b.x.Index(t.Context(), b.tree, nil)
		if !errors.Is(err, pipeline.ErrMassRemoval) {
			t.Errorf("error %v, want ErrMassRemoval", err)
		}
		b.wantTexts(all...)
	})
	t.Run("all gone and allowed", func(t *testing.T) {
		b := start(t)
		clear(b.tree.files)
		if _, err := b.x.Index(t.Context(), b.tree, &pipeline.IndexOptions{AllowMassRemoval: true, Source: "tree"}); err != nil {
			t.Fatal(err)
		}
		b.wantTexts()
	})
}

func TestFailedFileIsReadAgainOnlyWhereThatMayHelp(t *testing.T) {
	b := newBench(t, newTree("locked.txt", "*secret", "bad.txt", "!bad", "denied.txt", "one", "good.txt", "two"), newStore(t))
	b.tree.broken["denied.txt"] = fs.ErrPermission
	if r := b.index(); r.FailedItems != 3 {
		t.Fatalf("report %+v, want three failures", r)
	}
	b.tree.opened = nil
	r := b.index()
	if want := []string{"denied.txt"}; !slices.Equal(b.tree.opened, want) || r.FailedItems != 1 {
		t.Errorf("the second run opened %q and had %d failures; want %q: the others' bytes were read and did not change", b.tree.opened, r.FailedItems, want)
	}
	delete(b.tree.broken, "denied.txt")
	b.index()
	b.wantTexts("denied.txt: one", "good.txt: two")
	r, err := b.x.Index(t.Context(), b.tree, &pipeline.IndexOptions{RetryFailed: true})
	if err != nil || r.FailedItems != 2 {
		t.Errorf("retrying what failed: %+v, %v; want two failures", r, err)
	}
}

func TestFailingFileKeepsItsOldVersion(t *testing.T) {
	for name, breakIt := range map[string]func(*tree){
		"malformed":  func(tr *tree) { tr.set("a.txt", "!bad") },
		"panicking":  func(tr *tree) { tr.set("a.txt", "?bad") },
		"unreadable": func(tr *tree) { tr.set("a.txt", "new"); tr.broken["a.txt"] = fs.ErrPermission },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newTree("a.txt", "one", "b.txt", "two"), newStore(t))
			b.index()
			breakIt(b.tree)
			r := b.index()
			if r.FailedItems != 1 || r.StaleItems != 1 || len(r.Files) != 1 || r.Coverage.Stale != 1 {
				t.Errorf("report %+v, want one stale failure", r)
			}
			b.wantTexts("a.txt: one", "b.txt: two")
			delete(b.tree.broken, "a.txt")
			b.tree.set("a.txt", "mended")
			if r := b.index(); r.Coverage.Stale != 0 || r.Changed != 1 {
				t.Errorf("after mending: %+v", r)
			}
			b.wantTexts("a.txt: mended", "b.txt: two")
			b.wantClean()
		})
	}
}

func TestNewFailingFileIsReportedAndNotReadAgain(t *testing.T) {
	b := newBench(t, newTree("a.txt", "!bad", "b.txt", "two"), newStore(t))
	r := b.index()
	if r.FailedItems != 1 || r.Files[0].Stage != "parse" || r.Files[0].Remedy != "mend it" || r.Coverage.Failed["parse"] != 1 {
		t.Errorf("report %+v", r)
	}
	b.tree.opened = nil
	b.index()
	if len(b.tree.opened) > 0 {
		t.Errorf("an unchanged failure was read again: %q", b.tree.opened)
	}
	if _, err := b.x.Index(t.Context(), b.tree, &pipeline.IndexOptions{RetryFailed: true}); err != nil || len(b.tree.opened) != 1 {
		t.Errorf("RetryFailed opened %q, error %v", b.tree.opened, err)
	}
}

func TestTextThatCannotBeEmbeddedFailsItsFileOnly(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one\n\npoison", "b.txt", "two"), newStore(t))
	b.words.fail = func(text string) error {
		if strings.Contains(text, "poison") {
			return errInjected
		}
		return nil
	}
	r := b.index()
	if r.FailedItems != 1 || r.Files[0].Stage != "embed" {
		t.Errorf("report %+v", r)
	}
	b.wantTexts("b.txt: two")
	b.words.fail = nil
	b.index()
	b.wantTexts("a.txt: one", "a.txt: poison", "b.txt: two")
	b.wantClean()
}

func TestIgnoredFileLosesItsChunks(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one", "b.txt", "two", "c.txt", "-"), newStore(t))
	r := b.index()
	if r.Coverage.Skipped[string(loaders.SkipNoText)] != 1 {
		t.Errorf("coverage %+v", r.Coverage)
	}
	b.tree.skips = []string{"b.txt"}
	r = b.index()
	if r.Removed != 1 || r.Coverage.Skipped[string(loaders.SkipIgnored)] != 1 {
		t.Errorf("report %+v", r)
	}
	b.wantTexts("a.txt: one")
	b.wantClean()
}

func TestAnotherLoaderReadsAgainAndReusesVectors(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one\n\ntwo"), newStore(t))
	b.index()
	b.words.count()
	b.reopen(&pipeline.IndexerOptions{Loader: textLoader{version: "2"}})
	if r := b.index(); r.Changed != 1 {
		t.Errorf("report %+v", r)
	}
	b.wantEmbedded(0)
}

func TestIndexerRefusesAStoreOfAnotherModel(t *testing.T) {
	store := &flaky{Store: newStore(t)}
	_, err := pipeline.NewIndexer(store, otherModel{}, paragraphs{}, nil)
	var space *vectorstore.SpaceError
	if !errors.As(err, &space) {
		t.Errorf("error %v, want a SpaceError", err)
	}
}

// bigTree has one file of many chunks and a few small ones.
func bigTree() *tree {
	var big strings.Builder
	for i := range 100 {
		fmt.Fprintf(&big, "paragraph number %d\n\n", i)
	}
	tr := newTree("big.txt", big.String())
	for i := range 10 {
		tr.set(fmt.Sprintf("small%d.txt", i), fmt.Sprintf("small %d\n\nshared", i))
	}
	return tr
}

// TestInterruptedRunsGoOnWhereTheyWere fails each write in turn, before and
// after its effect, on stores that commit at once and on stores that do not.
func TestInterruptedRunsGoOnWhereTheyWere(t *testing.T) {
	clean := newBench(t, bigTree(), newStore(t))
	clean.index()
	want := dump(t, clean.store)
	total := clean.words.count()
	for _, stepwise := range []bool{false, true} {
		for _, after := range []bool{false, true} {
			for n := 1; ; n++ {
				store := &flaky{Store: newStore(t), failAt: n, after: after, stepwise: stepwise}
				b := newBench(t, bigTree(), store)
				b.reopen(&pipeline.IndexerOptions{BatchTexts: 16, Workers: 1})
				_, err := b.x.Index(t.Context(), b.tree, nil)
				if err == nil {
					break
				}
				if !errors.Is(err, errInjected) {
					t.Fatalf("write %d: error %v", n, err)
				}
				first := b.words.count()
				b.reopen(&pipeline.IndexerOptions{BatchTexts: 16})
				b.index()
				if again := b.words.count(); first+again > total+2*16 {
					t.Errorf("stepwise %v, after %v, write %d: embedded %d and then %d of %d", stepwise, after, n, first, again, total)
				}
				if got := dump(t, b.store); got != want {
					t.Errorf("stepwise %v, after %v, write %d: the store differs from a clean build", stepwise, after, n)
				}
				b.wantClean()
			}
		}
	}
}

func TestEditBetweenInterruptionAndRestartLeavesNoMiddleVersion(t *testing.T) {
	for n := 1; n <= 6; n++ {
		store := &flaky{Store: newStore(t), failAt: n, stepwise: n%2 == 0}
		b := newBench(t, bigTree(), store)
		b.reopen(&pipeline.IndexerOptions{BatchTexts: 16})
		b.x.Index(t.Context(), b.tree, nil)
		b.tree.set("big.txt", "all new\n\nnothing of the old")
		b.reopen(&pipeline.IndexerOptions{BatchTexts: 16})
		b.index()
		for _, text := range b.texts() {
			if strings.Contains(text, "paragraph number") {
				t.Fatalf("failure at write %d: %q is left", n, text)
			}
		}
		b.wantClean()
	}
}

func TestCancelledRunKeepsWhatWasCommitted(t *testing.T) {
	b := newBench(t, bigTree(), newStore(t))
	ctx, cancel := context.WithCancel(t.Context())
	commits := 0
	b.reopen(&pipeline.IndexerOptions{BatchTexts: 8, Observe: func(_ context.Context, e pipeline.Event) {
		if _, ok := e.(pipeline.Committed); ok {
			if commits++; commits == 4 {
				cancel()
			}
		}
	}})
	if _, err := b.x.Index(ctx, b.tree, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	first := b.words.count()
	b.index()
	if again := b.words.count(); first < 16 || first+again > 100+10+1+8 {
		t.Errorf("embedded %d and then %d", first, again)
	}
	b.wantClean()
}

// TestRandomHistoriesEndLikeACleanBuild edits, adds, removes, renames, breaks
// and mends files between runs, some of which are interrupted.
func TestRandomHistoriesEndLikeACleanBuild(t *testing.T) {
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		store := &flaky{Store: newStore(t), stepwise: seed%2 == 1}
		b := newBench(t, newTree(), store)
		text := func() string {
			var s strings.Builder
			for range 1 + rnd.IntN(5) {
				fmt.Fprintf(&s, "text %d\n\n", rnd.IntN(12))
			}
			return s.String()
		}
		for range 12 {
			uri := fmt.Sprintf("f%d.txt", rnd.IntN(6))
			switch rnd.IntN(5) {
			case 0:
				delete(b.tree.files, uri)
			case 1:
				if f, ok := b.tree.files[uri]; ok {
					delete(b.tree.files, uri)
					b.tree.set("renamed-"+uri, f.text)
				}
			default:
				b.tree.set(uri, text())
			}
			store.calls, store.failAt, store.after = 0, rnd.IntN(6), rnd.IntN(2) == 0
			b.reopen(&pipeline.IndexerOptions{BatchTexts: 1 + rnd.IntN(4)})
			_, err := b.x.Index(t.Context(), b.tree, &pipeline.IndexOptions{AllowMassRemoval: true, Source: "tree"})
			if err != nil && !errors.Is(err, errInjected) {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		store.failAt = 0
		if _, err := b.x.Index(t.Context(), b.tree, &pipeline.IndexOptions{AllowMassRemoval: true, Source: "tree"}); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		clean := newBench(t, b.tree, newStore(t))
		if len(b.tree.files) > 0 {
			clean.index()
		}
		if got, want := dump(t, b.store), dump(t, clean.store); got != want {
			t.Errorf("seed %d: the store differs from a clean build:\n got %s\nwant %s", seed, got, want)
		}
		b.wantClean()
	}
}

// A clash lists every item of a source twice, and skips its name as well: a
// name may stand for two files where one of them cannot be spelled.
type clash struct{ loaders.Source }

func (c clash) List(ctx context.Context) iter.Seq2[loaders.Item, error] {
	return func(yield func(loaders.Item, error) bool) {
		for it, err := range c.Source.List(ctx) {
			for range 2 {
				if !yield(it, err) {
					return
				}
			}
			if !yield(loaders.Item{}, &loaders.SkipError{URI: it.URI, Reason: loaders.SkipSpecial}) {
				return
			}
		}
	}
}

func TestNameThatIsListedTwiceIsIndexedOnce(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one", "b.txt", "two"), newStore(t))
	for range 3 {
		r, err := b.x.Index(t.Context(), clash{b.tree}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Coverage.Indexed != 2 {
			t.Errorf("coverage %v, want both indexed", r.Coverage)
		}
		b.wantTexts("a.txt: one", "b.txt: two")
		b.wantClean()
	}
}

func TestEveryChunkIsEmbeddedOrReused(t *testing.T) {
	tr := newTree()
	for i := range 50 { // many wait for the same few vectors
		tr.set(fmt.Sprint(i), fmt.Sprintf("shared %d\n\nall", i%3))
	}
	b := newBench(t, tr, newStore(t))
	r := b.index()
	if r.Embedded != 4 || r.Embedded+r.Reused != r.Chunks || r.Chunks != 100 {
		t.Errorf("%d embedded and %d reused of %d chunks, want 4 and the rest", r.Embedded, r.Reused, r.Chunks)
	}
}
