package retriever

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// markMissing says in out how many records the store has no vector for yet: a
// search by vector cannot find them.
func markMissing(out *Result, info vectorstore.Info, computed int) {
	missing := info.Records - info.Vectors
	if missing <= 0 {
		return
	}
	out.Complete = min(out.Complete, float64(info.Vectors)/float64(info.Records))
	w := groundwork.Warning{Code: groundwork.Pending, Stage: "retrieve",
		Detail: fmt.Sprintf("%d of %d passages have no vector yet and are found by their words only", missing, info.Records)}
	if computed > 0 {
		w.Detail += fmt.Sprintf("; %d vectors were computed on the spot", computed)
	}
	out.Warnings = append(out.Warnings, w)
}

// complete adds to the results, lexical first, what the dense leg lacks where
// the store, which was as info says before the search, has vectors missing, and
// marks out. It returns how many vectors it computed.
func (h *Hybrid) complete(ctx context.Context, out *Result, info vectorstore.Info, query []float32, results []vectorstore.Result) (int, error) {
	if info.Vectors >= info.Records {
		return 0, nil
	}
	computed, err := 0, error(nil)
	if h.EmbedMissing > 0 {
		computed, err = h.addMissing(ctx, query, &results[1], results[0].Hits)
	}
	markMissing(out, info, computed)
	return computed, err
}

// A candidate is a hit by words that the dense leg has not found.
type candidate struct {
	hit    groundwork.Hit
	vector []float32 // nil where the store has none
	text   string    // that one is computed from
}

// addMissing puts hits by words in their place among those of the dense leg:
// those whose vector has come since the search, and the best h.EmbedMissing of
// those that have none. It returns how many vectors it computed.
func (h *Hybrid) addMissing(ctx context.Context, query []float32, dense *vectorstore.Result, words []groundwork.Hit) (int, error) {
	list, err := h.candidates(ctx, dense.Hits, words)
	if err != nil {
		return 0, err
	}
	computed, err := h.embedMissing(ctx, list)
	if err != nil {
		return 0, err
	}
	metric := h.Store.Info().Space.Metric
	for i := range list {
		if c := &list[i]; c.vector != nil {
			score := likeness(metric, query, c.vector)
			c.hit.Score, c.hit.Legs = score, []groundwork.Leg{{Name: LegDense, Score: score}}
			dense.Hits = append(dense.Hits, c.hit)
		}
	}
	slices.SortFunc(dense.Hits, func(a, b groundwork.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	for i := range dense.Hits {
		dense.Hits[i].Legs[0].Rank = i + 1
	}
	return computed, nil
}

// candidates returns the hits by words that are not in dense, best first.
func (h *Hybrid) candidates(ctx context.Context, dense, words []groundwork.Hit) ([]candidate, error) {
	have := make(map[string]bool, len(dense))
	for i := range dense {
		have[dense[i].ID] = true
	}
	var list []candidate
	ids, at := []string{}, map[string]int{}
	for i := range words {
		if id := words[i].ID; !have[id] {
			at[id] = len(list)
			ids, list = append(ids, id), append(list, candidate{hit: words[i]})
		}
	}
	for r, err := range h.Store.Scan(ctx, vectorstore.Scan{IDs: ids, Load: vectorstore.LoadText | vectorstore.LoadVector}) {
		if err != nil && !errors.Is(err, vectorstore.ErrDamaged) {
			return nil, fmt.Errorf("load: %w", err)
		}
		if err != nil {
			continue
		}
		r.Lead = nil // it stands in the document, which is not at hand; the vector to come has it
		c := &list[at[r.ID]]
		c.vector, c.text = r.Vector, groundwork.EmbedText(&groundwork.Document{}, &r.Chunk)
	}
	return list, nil
}

// embedMissing gives the best h.EmbedMissing candidates without a vector theirs
// and returns how many they were. What cannot be embedded stays without.
func (h *Hybrid) embedMissing(ctx context.Context, list []candidate) (int, error) {
	var open []*candidate
	for i := range list {
		if c := &list[i]; c.vector == nil && c.text != "" && len(open) < h.EmbedMissing {
			open = append(open, c)
		}
	}
	for len(open) > 0 {
		texts := make([]string, len(open))
		for i, c := range open {
			texts[i] = c.text
		}
		batch, err := h.Embedder.Embed(ctx, embed.Passage, texts)
		var bad *embed.TextError
		switch {
		case errors.As(err, &bad) && bad.Index >= 0 && bad.Index < len(open):
			open = slices.Delete(open, bad.Index, bad.Index+1)
			continue
		case err != nil:
			return 0, err
		case batch.Len() != len(open):
			return 0, fmt.Errorf("%w: %d vectors for %d texts", vectorstore.ErrDimension, batch.Len(), len(open))
		}
		for i, c := range open {
			c.vector = batch.Vector(i)
		}
		break
	}
	return len(open), nil
}

// likeness scores two vectors of one length as a store of that metric does.
func likeness(m vectorstore.Metric, a, b []float32) float64 {
	var dot, aa, bb, apart float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		dot, aa, bb, apart = dot+x*y, aa+x*x, bb+y*y, apart+(x-y)*(x-y)
	}
	switch m {
	case vectorstore.Dot:
		return dot
	case vectorstore.L2:
		return -math.Sqrt(apart)
	}
	return max(-1, min(1, dot/math.Sqrt(aa*bb)))
}
