package retriever_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/retriever"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
)

// letters embeds a text as the counts of its letter pairs, so that similar
// spellings are close.
type letters struct{ scripts []string }

const lettersDim = 64

func (l letters) Model() embed.Model {
	return embed.Model{ID: "letters", Fingerprint: "letters/1", Dim: lettersDim, Scripts: l.scripts}
}

func (l letters) Embed(_ context.Context, _ embed.Role, texts []string) (*embed.Batch, error) {
	b := &embed.Batch{Dim: lettersDim}
	for _, t := range texts {
		b.Data = append(b.Data, pairs(t)...)
	}
	return b, nil
}

func pairs(text string) []float32 {
	v := make([]float32, lettersDim)
	v[0] = 0.01
	r := []rune(strings.ToLower(text))
	for i := range len(r) - 1 {
		h := fnv.New32a()
		fmt.Fprint(h, string(r[i:i+2]))
		v[h.Sum32()%lettersDim]++
	}
	var sum float64
	for _, x := range v {
		sum += float64(x * x)
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func record(n int, title, text string) vectorstore.Record {
	doc := &groundwork.Document{ID: groundwork.DocumentID("test", title), URI: title + ".txt", Title: title, Text: text, Revision: "r1",
		Metadata: groundwork.Metadata{"n": float64(n)}}
	c := groundwork.NewChunk(doc, groundwork.Span{End: len(text)}, nil, nil)
	chunks := []groundwork.Chunk{c}
	groundwork.AssignIDs(chunks)
	return vectorstore.Record{Chunk: chunks[0], Vector: pairs(groundwork.EmbedText(doc, &c)), Version: 1}
}

func newStore(t *testing.T, records ...vectorstore.Record) vectorstore.Store {
	t.Helper()
	return newStoreBy(t, vectorstore.Cosine, records...)
}

func newStoreBy(t *testing.T, m vectorstore.Metric, records ...vectorstore.Record) vectorstore.Store {
	t.Helper()
	db := memory.Open(nil)
	t.Cleanup(func() { db.Close() })
	s, err := db.Open(t.Context(), "test", vectorstore.Space{Model: "letters/1", Dim: lettersDim, Metric: m, Analyzer: lexical.Standard().Fingerprint()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(t.Context(), vectorstore.Batch{Upserts: records}); err != nil {
		t.Fatal(err)
	}
	return s
}

func animals() []vectorstore.Record {
	var out []vectorstore.Record
	for i, text := range []string{
		"The heron waits at the edge of the water.",
		"A kingfisher dives for minnows.",
		"The otter cracks shells on its belly.",
		"Swifts sleep on the wing.",
		"물총새는 물속의 작은 물고기를 잡는다.",
		"An owl turns its head without a sound.",
	} {
		out = append(out, record(i, fmt.Sprintf("note %d", i), text))
	}
	return out
}

func titles(hits []groundwork.Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Title)
	}
	return out
}

func TestHybridFindsByWordsAndByVector(t *testing.T) {
	h := &retriever.Hybrid{Store: newStore(t, animals()...), Embedder: letters{}}
	r, err := h.Retrieve(t.Context(), retriever.Query{Text: "Where does the kingfisher dive?", K: 3})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Hits) != 3 || r.Hits[0].Title != "note 1" {
		t.Fatalf("hits %q, want note 1 first of 3", titles(r.Hits))
	}
	first := r.Hits[0]
	if first.Text == "" || first.Metadata["n"] != 1.0 {
		t.Errorf("hit was not loaded: %+v", first)
	}
	dense, okD := first.Leg(retriever.LegDense)
	lex, okL := first.Leg(retriever.LegLexical)
	if !okD || !okL || lex.Rank != 1 || dense.Rank < 1 || dense.Score <= 0 || lex.Score <= 0 {
		t.Errorf("legs %+v", first.Legs)
	}
	if !slices.IsSortedFunc(r.Hits, func(a, b groundwork.Hit) int { return cmpFloat(b.Score, a.Score) }) {
		t.Errorf("hits are not ordered by score")
	}
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestSingleLegsKeepTheStoresScores(t *testing.T) {
	store := newStore(t, animals()...)
	for _, r := range []retriever.Retriever{&retriever.Dense{Store: store, Embedder: letters{}}, &retriever.Lexical{Store: store}} {
		got, err := r.Retrieve(t.Context(), retriever.Query{Text: "otter shells", K: 2})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Hits) == 0 || got.Hits[0].Title != "note 2" || got.Hits[0].Score != got.Hits[0].Legs[0].Score {
			t.Errorf("%T: %+v", r, got.Hits)
		}
	}
}

func TestModelThatDoesNotKnowTheScriptDropsOut(t *testing.T) {
	store := newStore(t, animals()...)
	latin := letters{scripts: []string{"Latin"}}
	h := &retriever.Hybrid{Store: store, Embedder: latin}
	r, err := h.Retrieve(t.Context(), retriever.Query{Text: "물총새는 무엇을 잡는가"})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Hits) == 0 || r.Hits[0].Title != "note 4" {
		t.Errorf("hits %q, want note 4 by its words", titles(r.Hits))
	}
	if !errors.Is(r.Legs[0].Dropped, retriever.ErrScript) || len(r.Warnings) != 1 || r.Warnings[0].Code != groundwork.Script {
		t.Errorf("legs %+v, warnings %+v", r.Legs, r.Warnings)
	}
	if r, err = h.Retrieve(t.Context(), retriever.Query{Text: "the kingfisher 물총새 dives"}); err != nil || r.Legs[0].Dropped != nil {
		t.Errorf("a foreign name dropped the leg: %+v, %v", r.Legs, err)
	}
	d := &retriever.Dense{Store: store, Embedder: latin}
	if _, err := d.Retrieve(t.Context(), retriever.Query{Text: "물총새"}); !errors.Is(err, retriever.ErrScript) {
		t.Errorf("dense: error %v, want ErrScript", err)
	}
}

func TestLegThatFoundNothingDropsOut(t *testing.T) {
	h := &retriever.Hybrid{Store: newStore(t, animals()...), Embedder: letters{}}
	r, err := h.Retrieve(t.Context(), retriever.Query{Text: "zzyzx", K: 2})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Hits) != 2 || !errors.Is(r.Legs[1].Dropped, retriever.ErrNothing) || len(r.Warnings) != 0 {
		t.Errorf("hits %q, legs %+v, warnings %v", titles(r.Hits), r.Legs, r.Warnings)
	}
}

func TestFilterHoldsForBothLegs(t *testing.T) {
	h := &retriever.Hybrid{Store: newStore(t, animals()...), Embedder: letters{}}
	r, err := h.Retrieve(t.Context(), retriever.Query{Text: "kingfisher heron otter", Filter: filter.Ge("n", 2)})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Hits) != 4 {
		t.Errorf("hits %q, want the four that pass", titles(r.Hits))
	}
	for _, hit := range r.Hits {
		if hit.Metadata["n"].(float64) < 2 {
			t.Errorf("hit %q does not pass", hit.Title)
		}
	}
}

func TestInvalidQueriesAreRefused(t *testing.T) {
	h := &retriever.Hybrid{Store: newStore(t), Embedder: letters{}}
	for _, q := range []retriever.Query{{}, {Text: " \n"}, {Text: "x", K: -1}, {Text: "x", K: vectorstore.MaxK + 1}} {
		if _, err := h.Retrieve(t.Context(), q); !errors.Is(err, vectorstore.ErrQuery) {
			t.Errorf("%+v: error %v, want ErrQuery", q, err)
		}
	}
	if r, err := h.Retrieve(t.Context(), retriever.Query{Text: "bad \xff bytes"}); err != nil || len(r.Hits) != 0 {
		t.Errorf("invalid UTF-8: %v, %v", r, err)
	}
}

// vanishing loses records between search and load.
type vanishing struct {
	vectorstore.Store
	gone []string // titles
}

func (v vanishing) Scan(ctx context.Context, s vectorstore.Scan) iter.Seq2[vectorstore.Record, error] {
	return func(yield func(vectorstore.Record, error) bool) {
		for r, err := range v.Store.Scan(ctx, s) {
			if err == nil && slices.Contains(v.gone, r.Title) {
				continue
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func TestVanishedHitsAreReplacedByTheNext(t *testing.T) {
	store := vanishing{newStore(t, animals()...), []string{"note 1", "note 0"}}
	h := &retriever.Hybrid{Store: store, Embedder: letters{}}
	r, err := h.Retrieve(t.Context(), retriever.Query{Text: "kingfisher and heron", K: 4})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Hits) != 4 {
		t.Errorf("hits %q, want the four that are left", titles(r.Hits))
	}
}

// stepwise says that a document is not replaced at once.
type stepwise struct{ vectorstore.Store }

func (s stepwise) Info() vectorstore.Info {
	info := s.Store.Info()
	info.Transactional = false
	return info
}

func TestOnlyTheNewestRevisionOfADocumentIsShown(t *testing.T) {
	old, fresh := record(1, "note", "The heron waits."), record(2, "note", "The heron flies.")
	fresh.Revision, fresh.Version = "r2", 2
	other := record(3, "other", "A heron again.")
	h := &retriever.Hybrid{Store: stepwise{newStore(t, old, fresh, other)}, Embedder: letters{}}
	for _, text := range []string{"heron waits", "heron flies"} {
		r, err := h.Retrieve(t.Context(), retriever.Query{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		for _, hit := range r.Hits {
			if hit.Revision == "r1" && hit.Title == "note" {
				t.Errorf("%q: the old revision is shown", text)
			}
		}
		if len(r.Hits) != 2 {
			t.Errorf("%q: hits %q, want two", text, titles(r.Hits))
		}
	}
}

func TestTiesAreOrderedByID(t *testing.T) {
	var records []vectorstore.Record
	for i := range 20 {
		r := record(i, fmt.Sprintf("t%d", i), "same words")
		r.Title, r.Vector = "t", pairs("same words")
		records = append(records, r)
	}
	for _, f := range []retriever.Fusion{{}, {Method: retriever.RRF}} {
		h := &retriever.Hybrid{Store: newStore(t, records...), Embedder: letters{}, Fusion: f}
		var first []string
		for range 5 {
			r, err := h.Retrieve(t.Context(), retriever.Query{Text: "same words", K: 20})
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, hit := range r.Hits {
				ids = append(ids, hit.ID)
			}
			if first == nil {
				first = ids
			}
			if !slices.Equal(ids, first) {
				t.Fatalf("method %d: order changes between runs", f.Method)
			}
		}
	}
}
