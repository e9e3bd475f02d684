package pipeline_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/pipeline"
)

// letters is a loader of texts that begin with their encoding and a colon, or
// with several, parted by bars, which they leave open.
type letters struct{}

func (letters) Fingerprint() string { return "letters" }

func (letters) Load(_ context.Context, it loaders.Item, r io.Reader) iter.Seq2[*groundwork.Document, error] {
	return func(yield func(*groundwork.Document, error) bool) {
		data, err := io.ReadAll(r)
		if err != nil {
			yield(nil, err)
			return
		}
		names, text, _ := strings.Cut(string(data), ":")
		open, by := strings.Split(names, "|"), loaders.ByLetters
		if len(open) > 1 {
			if !slices.Contains(open, it.Prefer) {
				yield(nil, &loaders.FileError{URI: it.URI, Stage: "decode", Err: &loaders.DoubtError{Encodings: open}, Remedy: "name it"})
				return
			}
			names, by = it.Prefer, loaders.ByMajority
		}
		doc := document(it.Source, it.URI, names+" "+text)
		doc.Metadata = groundwork.Metadata{loaders.MetaEncoding: names, loaders.MetaEncodingBy: string(by)}
		yield(doc, nil)
	}
}

func (b *bench) wantRow(uri, encoding string, by loaders.Basis) {
	b.t.Helper()
	items, err := pipeline.Items(b.t.Context(), b.store)
	if err != nil {
		b.t.Fatal(err)
	}
	row := items[groundwork.DocumentID("tree", uri)]
	if row == nil || row.Encoding != encoding || row.EncodingBy != string(by) {
		b.t.Errorf("%s: row %+v, want %s by %s", uri, row, encoding, by)
	}
}

func TestMajorityDecidesWhereLettersLeaveADoubt(t *testing.T) {
	b := newBench(t, newTree("a.txt", "ko|zh:?", "m.txt", "ko:one", "n.txt", "ko:two", "o.txt", "zh:three", "z.txt", "ja|zh:?"), newStore(t))
	b.reopen(&pipeline.IndexerOptions{Loader: letters{}})
	if r := b.index(); r.Added != 5 || r.FailedItems != 0 {
		t.Errorf("report %+v", r)
	}
	b.wantRow("a.txt", "ko", loaders.ByMajority)
	b.wantRow("m.txt", "ko", loaders.ByLetters)
	b.wantRow("z.txt", "zh", loaders.ByMajority) // of those that come into question
	b.wantTexts("a.txt: ko ?", "m.txt: ko one", "n.txt: ko two", "o.txt: zh three", "z.txt: zh ?")

	// A later run with one new file uses what is stored, and opens no other.
	b.tree.set("new.txt", "zh|ko:new")
	b.tree.opened = nil
	if r := b.index(); r.Added != 1 || r.Unchanged != 5 {
		t.Errorf("report %+v", r)
	}
	b.wantRow("new.txt", "ko", loaders.ByMajority)
	if slices.ContainsFunc(b.tree.opened, func(uri string) bool { return uri != "new.txt" }) {
		t.Errorf("opened %q", b.tree.opened)
	}
	b.wantClean()
}

func TestChangedMajorityReadsOnlyTheDoubtfulAgain(t *testing.T) {
	b := newBench(t, newTree("a.txt", "ko|zh:?", "m.txt", "ko:one", "n.txt", "ja:two"), newStore(t))
	b.reopen(&pipeline.IndexerOptions{Loader: letters{}})
	b.index()
	b.wantRow("a.txt", "ko", loaders.ByMajority)
	b.tree.set("o.txt", "zh:three")
	b.tree.set("p.txt", "zh:four")
	b.tree.opened = nil
	if r := b.index(); r.Added != 2 || r.Changed != 1 || r.Unchanged != 2 {
		t.Errorf("report %+v", r)
	}
	b.wantRow("a.txt", "zh", loaders.ByMajority)
	slices.Sort(b.tree.opened)
	if got := slices.Compact(b.tree.opened); !slices.Equal(got, []string{"a.txt", "o.txt", "p.txt"}) {
		t.Errorf("opened %q", got)
	}
	b.tree.opened = nil
	if b.index(); len(b.tree.opened) != 0 {
		t.Errorf("a run without news opened %q", b.tree.opened)
	}
	b.tree.set("a.txt", "ko|zh:?") // touched
	if r := b.index(); r.Touched != 1 || r.Changed != 0 || r.Unchanged != 5 {
		t.Errorf("report %+v", r)
	}
	b.wantRow("a.txt", "zh", loaders.ByMajority)
	// Without a majority what was decided stays.
	delete(b.tree.files, "p.txt")
	if r := b.index(); r.Removed != 1 || r.Changed+r.FailedItems != 0 {
		t.Errorf("report %+v", r)
	}
	b.wantRow("a.txt", "zh", loaders.ByMajority)
	b.wantClean()
}

func TestDoubtWithoutAMajorityIsAFailureUntilThereIsOne(t *testing.T) {
	b := newBench(t, newTree("a.txt", "ko|zh:?", "m.txt", "ko:one", "n.txt", "zh:two"), newStore(t))
	b.reopen(&pipeline.IndexerOptions{Loader: letters{}})
	r := b.index()
	if r.FailedItems != 1 || r.Added != 2 || !strings.Contains(r.Files[0].Reason, "ko or of zh") {
		t.Errorf("report %+v", r)
	}
	b.wantRow("a.txt", "", "")
	b.tree.opened = nil
	if b.index(); len(b.tree.opened) != 0 {
		t.Errorf("a run without news opened %q", b.tree.opened)
	}
	b.tree.set("o.txt", "zh:three")
	if r := b.index(); r.FailedItems != 0 || r.Added != 2 {
		t.Errorf("report %+v", r)
	}
	b.wantRow("a.txt", "zh", loaders.ByMajority)

	// A file that was edited and is in doubt now keeps its old version.
	b.tree.set("o.txt", "fr|de:three")
	if r := b.index(); r.StaleItems != 1 {
		t.Errorf("report %+v", r)
	}
	b.wantTexts("a.txt: zh ?", "m.txt: ko one", "n.txt: zh two", "o.txt: zh three")
	b.wantClean()
}

// Whatever the order of names and however the workers race, and however a
// corpus came to be, the same files are read alike.
func TestMajorityDoesNotDependOnTheOrderOfReading(t *testing.T) {
	compared := 0
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		kinds := []string{"ko:%d", "ko:%d", "ko:%d", "ja:%d", "zh:%d", "ko|zh:%d", "zh|ja:%d", "ja|zh|ko:%d"}
		once, steps := newTree(), newTree()
		stepwise := newBench(t, steps, newStore(t))
		for i, n := range rng.Perm(40) {
			name, text := fmt.Sprintf("%02d.txt", n), fmt.Sprintf(kinds[rng.IntN(len(kinds))], i)
			once.set(name, text)
			steps.set(name, text)
			if i%10 == 9 {
				stepwise.reopen(&pipeline.IndexerOptions{Loader: letters{}, Workers: 1 + rng.IntN(4)})
				stepwise.index()
			}
		}
		clean := newBench(t, once, newStore(t))
		clean.reopen(&pipeline.IndexerOptions{Loader: letters{}, Workers: 1 + rng.IntN(4)})
		if clean.index().FailedItems > 0 {
			continue // no majority: what was decided before stays
		}
		compared++
		if got, want := stepwise.texts(), clean.texts(); !slices.Equal(got, want) || dump(t, stepwise.store) != dump(t, clean.store) {
			t.Errorf("seed %d: in steps\n%q\nat once\n%q", seed, got, want)
		}
	}
	if compared < 10 {
		t.Errorf("only %d histories had a majority at their end", compared)
	}
}

// A text that leans to an encoding is not turned by a small majority.
func TestLeaningTextsNeedALargeMajority(t *testing.T) {
	b := newBench(t, newTree("a.txt", "leans", "k.txt", "ko:one", "l.txt", "zh:two", "m.txt", "zh:three"), newStore(t))
	b.reopen(&pipeline.IndexerOptions{Loader: leaning{}})
	b.index()
	b.wantRow("a.txt", "ko", loaders.ByLetters)
	for i := range 3 {
		b.tree.set(fmt.Sprintf("n%d.txt", i), fmt.Sprintf("zh:more %d", i))
	}
	if r := b.index(); r.Added != 3 || r.Changed != 1 {
		t.Errorf("report %+v", r)
	}
	b.wantRow("a.txt", "zh", loaders.ByMajority)
	b.wantClean()
}

// leaning reads "leans" as ko that may be zh, and all else as letters does.
type leaning struct{ letters }

func (l leaning) Load(ctx context.Context, it loaders.Item, r io.Reader) iter.Seq2[*groundwork.Document, error] {
	if it.URI != "a.txt" {
		return l.letters.Load(ctx, it, r)
	}
	return func(yield func(*groundwork.Document, error) bool) {
		doc := document(it.Source, it.URI, "leans")
		doc.Metadata = groundwork.Metadata{loaders.MetaEncoding: "ko", loaders.MetaEncodingBy: "statistics", loaders.MetaEncodingOr: []string{"zh"}}
		if it.Prefer != "" {
			doc.Metadata = groundwork.Metadata{loaders.MetaEncoding: it.Prefer, loaders.MetaEncodingBy: "majority"}
		}
		yield(doc, nil)
	}
}

// stubborn reads everything as ko and says that it may be zh, whatever is asked
// for.
type stubborn struct{ letters }

func (stubborn) Load(_ context.Context, it loaders.Item, r io.Reader) iter.Seq2[*groundwork.Document, error] {
	return func(yield func(*groundwork.Document, error) bool) {
		data, _ := io.ReadAll(r)
		doc := document(it.Source, it.URI, string(data))
		doc.Metadata = groundwork.Metadata{loaders.MetaEncoding: "ko", loaders.MetaEncodingBy: "statistics"}
		if it.URI == "a.txt" {
			doc.Metadata[loaders.MetaEncodingOr] = []string{"zh"}
		} else {
			doc.Metadata[loaders.MetaEncoding] = "zh"
		}
		yield(doc, nil)
	}
}

func TestLoaderThatDoesNotHeedTheMajorityIsAskedOnce(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one", "b.txt", "two"), newStore(t))
	b.reopen(&pipeline.IndexerOptions{Loader: stubborn{}})
	b.index()
	b.wantRow("a.txt", "ko", loaders.ByLetters)
	for range 2 {
		b.tree.opened = nil
		if b.index(); len(b.tree.opened) != 0 {
			t.Errorf("opened %q", b.tree.opened)
		}
	}
}

func TestPutTakesADocumentAsItIs(t *testing.T) {
	b := newBench(t, newTree(), newStore(t))
	doc := document(pipeline.PutSource, "a", "short")
	doc.Metadata = groundwork.Metadata{loaders.MetaEncoding: "ko", loaders.MetaEncodingBy: "statistics", loaders.MetaEncodingOr: []string{"zh"}}
	if r, err := b.x.Put(t.Context(), doc); err != nil || r.Added != 1 {
		t.Errorf("report %+v, %v", r, err)
	}
	b.wantTexts("a: short")
}
