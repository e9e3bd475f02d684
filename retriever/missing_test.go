package retriever_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/retriever"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// counting is letters, and remembers the passages it embedded.
type counting struct {
	letters
	passages []string
	wild     string // a text with this cannot be embedded
	err      error
}

func (c *counting) Embed(ctx context.Context, role embed.Role, texts []string) (*embed.Batch, error) {
	if role == embed.Passage {
		if c.err != nil {
			return nil, c.err
		}
		for i, t := range texts {
			if c.wild != "" && strings.Contains(t, c.wild) {
				return nil, &embed.TextError{Index: i, Err: errors.New("too wild")}
			}
		}
		c.passages = append(c.passages, texts...)
	}
	return c.letters.Embed(ctx, role, texts)
}

// without returns records of which those named have no vector.
func without(records []vectorstore.Record, titles ...string) []vectorstore.Record {
	for i := range records {
		if slices.Contains(titles, records[i].Title) {
			records[i].Vector = nil
		}
	}
	return records
}

func allTitles(records []vectorstore.Record) []string {
	var out []string
	for _, r := range records {
		out = append(out, r.Title)
	}
	return out
}

func pendingWarning(ws []groundwork.Warning) bool {
	return slices.ContainsFunc(ws, func(w groundwork.Warning) bool { return w.Code == groundwork.Pending })
}

func TestMissingVectorsOfTheBestByWordsAreComputed(t *testing.T) {
	all := animals()
	whole := &retriever.Hybrid{Store: newStore(t, all...), Embedder: letters{}}
	q := retriever.Query{Text: "the kingfisher dives, the heron waits", K: 2}
	want, err := whole.Retrieve(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if want.Complete != 1 || pendingWarning(want.Warnings) || want.Legs[0].Computed != 0 {
		t.Errorf("a complete index: %+v", want)
	}
	e := &counting{}
	h := &retriever.Hybrid{Store: newStore(t, without(animals(), allTitles(all)...)...), Embedder: e, EmbedMissing: 2}
	got, err := h.Retrieve(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if got.Complete != 0 || !pendingWarning(got.Warnings) || got.Legs[0].Computed != 2 || got.Legs[0].Found != 2 {
		t.Errorf("complete %v, legs %+v, warnings %v; want two computed and a warning", got.Complete, got.Legs, got.Warnings)
	}
	if len(e.passages) != 2 {
		t.Errorf("embedded %q, want the best two", e.passages)
	}
	for _, w := range want.Hits {
		at := slices.IndexFunc(got.Hits, func(h groundwork.Hit) bool { return h.ID == w.ID })
		if at < 0 {
			t.Errorf("%s is not found", w.Title)
			continue
		}
		dense, _ := got.Hits[at].Leg(retriever.LegDense)
		exact, _ := w.Leg(retriever.LegDense)
		if math.Abs(dense.Score-exact.Score) > 1e-6 || dense.Rank != exact.Rank {
			t.Errorf("%s: %+v, want what the complete index says: %+v", w.Title, dense, exact)
		}
	}
}

func TestOnlyWhatHasNoVectorIsComputed(t *testing.T) {
	e := &counting{}
	h := &retriever.Hybrid{Store: newStore(t, without(animals(), "note 1", "note 4")...), Embedder: e, EmbedMissing: 10}
	got, err := h.Retrieve(t.Context(), retriever.Query{Text: "kingfisher heron otter", K: 6})
	if err != nil {
		t.Fatal(err)
	}
	if len(e.passages) != 1 || !strings.Contains(e.passages[0], "kingfisher") {
		t.Errorf("embedded %q, want the one about kingfishers", e.passages)
	}
	if got.Complete != 4.0/6 || got.Legs[0].Computed != 1 || got.Legs[0].Found != 5 || len(got.Hits) != 5 {
		t.Errorf("complete %v, legs %+v, %d hits; note 4 has neither word nor vector", got.Complete, got.Legs, len(got.Hits))
	}
	for i := 1; i < len(got.Hits); i++ {
		if got.Hits[i].Score > got.Hits[i-1].Score {
			t.Error("hits are not ordered by score")
		}
	}
}

func TestMissingVectorsAreToldWhereNoneIsComputed(t *testing.T) {
	store := newStore(t, without(animals(), "note 1")...)
	e := &counting{}
	for name, r := range map[string]retriever.Retriever{
		"hybrid": &retriever.Hybrid{Store: store, Embedder: e},
		"dense":  &retriever.Dense{Store: store, Embedder: e},
	} {
		got, err := r.Retrieve(t.Context(), retriever.Query{Text: "kingfisher"})
		if err != nil {
			t.Fatal(err)
		}
		if got.Complete != 5.0/6 || !pendingWarning(got.Warnings) || len(e.passages) > 0 {
			t.Errorf("%s: complete %v, warnings %v, embedded %q", name, got.Complete, got.Warnings, e.passages)
		}
	}
}

func TestTextThatCannotBeEmbeddedIsLeftToItsWords(t *testing.T) {
	records := animals()
	e := &counting{wild: "kingfisher"}
	h := &retriever.Hybrid{Store: newStore(t, without(records, allTitles(records)...)...), Embedder: e, EmbedMissing: 10}
	got, err := h.Retrieve(t.Context(), retriever.Query{Text: "kingfisher heron", K: 2})
	if err != nil || len(got.Hits) != 2 || got.Legs[0].Computed != 1 {
		t.Errorf("hits %q, legs %+v, error %v", titles(got.Hits), got.Legs, err)
	}
	e.wild, e.err = "", errors.New("out of service")
	if _, err := h.Retrieve(t.Context(), retriever.Query{Text: "kingfisher"}); !errors.Is(err, e.err) {
		t.Errorf("error %v, want that of the embedder", err)
	}
}

func TestComputedScoresAreThoseOfTheMetric(t *testing.T) {
	for _, m := range []vectorstore.Metric{vectorstore.Cosine, vectorstore.Dot, vectorstore.L2} {
		t.Run(fmt.Sprint(m), func(t *testing.T) {
			var scores [2]float64
			for i, missing := range []string{"", "note 1"} {
				h := &retriever.Hybrid{Store: newStoreBy(t, m, without(animals(), missing)...), Embedder: letters{}, EmbedMissing: 1}
				got, err := h.Retrieve(t.Context(), retriever.Query{Text: "the kingfisher dives", K: 1})
				if err != nil {
					t.Fatal(err)
				}
				leg, ok := got.Hits[0].Leg(retriever.LegDense)
				if !ok || got.Hits[0].Title != "note 1" {
					t.Fatalf("hit %+v", got.Hits[0])
				}
				scores[i] = leg.Score
			}
			if math.Abs(scores[0]-scores[1]) > 1e-6 {
				t.Errorf("the store scores %v, on the spot it is %v", scores[0], scores[1])
			}
		})
	}
}
