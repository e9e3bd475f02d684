package memory

import (
	"math"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// spaces cuts text at spaces, so that scores can be worked out by hand.
type spaces struct{}

func (spaces) Fingerprint() string { return "spaces" }

func (spaces) Analyze(dst []lexical.Token, text string) []lexical.Token {
	for _, w := range strings.Fields(text) {
		dst = append(dst, lexical.Token{Term: w})
	}
	return dst
}

var handSpace = vectorstore.Space{Model: "m", Dim: 2, Metric: vectorstore.Cosine, Analyzer: "spaces"}

func handRecord(name, title string, headings []string, text string) vectorstore.Record {
	return vectorstore.Record{
		Chunk: groundwork.Chunk{
			ID: groundwork.NewID(name), DocumentID: groundwork.NewID("document"), Title: title, Headings: headings,
			Text: text, Span: groundwork.Span{End: len(text)}, Metadata: groundwork.Metadata{"name": name},
		},
		Vector: []float32{1, 0}, Version: 1,
	}
}

func open(t *testing.T) vectorstore.Store {
	t.Helper()
	store, err := Open(&Options{Analyzer: spaces{}}).Open(t.Context(), "ns", handSpace)
	if err != nil {
		t.Fatal(err)
	}
	err = store.Apply(t.Context(), vectorstore.Batch{Upserts: []vectorstore.Record{
		handRecord("one", "x", nil, "x y z"),                    // 4 tokens, x twice
		handRecord("two", "", []string{"x"}, "y z y y z"),       // 6 tokens
		handRecord("three", "", nil, "w w"),                     // 2 tokens
		handRecord("gone", "x", []string{"x"}, "x x x x x x x"), // deleted below
	}})
	if err == nil {
		err = store.Apply(t.Context(), vectorstore.Batch{Deletes: []vectorstore.Tombstone{{ID: groundwork.NewID("gone"), Version: 2}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestTextScoresAreThoseWorkedOutByHand(t *testing.T) {
	// Three live records, 12 tokens, 4 on average.
	//   x: in 2 of 3, idf = ln(1 + 1.5/2.5) = 0.47000362924573563
	//   w: in 1 of 3, idf = ln(1 + 2.5/1.5) = 0.9808292530117262
	// one:   x twice in 4 tokens: idf·2·2.2/(2+1.2)             = 0.6462549902128865
	// two:   x once in 6 tokens:  idf·2.2/(1+1.2·(0.25+1.125))   = 0.39019169220400696
	// three: w twice in 2 tokens: idf·2·2.2/(2+1.2·(0.25+0.375)) = 1.569326804818762
	store := open(t)
	for _, c := range []struct {
		query string
		want  map[string]float64
	}{
		{"x", map[string]float64{"one": 0.6462549902128865, "two": 0.39019169220400696}},
		{"x x x", map[string]float64{"one": 0.6462549902128865, "two": 0.39019169220400696}},
		{"w", map[string]float64{"three": 1.569326804818762}},
		{"w x", map[string]float64{"one": 0.6462549902128865, "two": 0.39019169220400696, "three": 1.569326804818762}},
		{"absent", map[string]float64{}},
	} {
		res, err := store.Search(t.Context(), vectorstore.Query{Text: c.query, K: 10, Load: vectorstore.LoadMeta})
		if err != nil {
			t.Fatal(err)
		}
		if len(res[0].Hits) != len(c.want) {
			t.Errorf("%q: %d hits, want %d", c.query, len(res[0].Hits), len(c.want))
		}
		for _, h := range res[0].Hits {
			name := h.Metadata["name"].(string)
			if math.Abs(h.Score-c.want[name]) > 1e-15 {
				t.Errorf("%q: %s scores %v, want %v", c.query, name, h.Score, c.want[name])
			}
		}
	}
}

func TestFilterDoesNotChangeTextScores(t *testing.T) {
	store := open(t)
	q := vectorstore.Query{Text: "x", K: 10}
	filtered := q
	filtered.Filter = filter.Eq("name", "two")
	res, err := store.Search(t.Context(), q, filtered)
	if err != nil {
		t.Fatal(err)
	}
	if len(res[1].Hits) != 1 || res[1].Hits[0].Score != res[0].Hits[1].Score {
		t.Errorf("filtered: %+v; all: %+v", res[1].Hits, res[0].Hits)
	}
}
