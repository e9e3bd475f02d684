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

// complete adds to the results, lexical first, what the store has no vectors
// for, as far as h.EmbedMissing says, and marks out where there is such. It
// returns how many hits it added.
func (h *Hybrid) complete(ctx context.Context, out *Result, query []float32, results []vectorstore.Result) (int, error) {
	info := h.Store.Info()
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

// A vectorless is a hit by words that has no vector in the store.
type vectorless struct {
	hit  groundwork.Hit
	text string // that its vector is computed from
}

// addMissing computes the vectors of the best h.EmbedMissing hits by words that
// have none in the store, puts the hits in their place among those of the dense
// leg, and returns how many they are.
func (h *Hybrid) addMissing(ctx context.Context, query []float32, dense *vectorstore.Result, words []groundwork.Hit) (int, error) {
	list, err := h.missing(ctx, dense.Hits, words)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	list, vectors, err := h.embedMissing(ctx, list)
	if err != nil {
		return 0, err
	}
	metric := h.Store.Info().Space.Metric
	for i, v := range list {
		score := likeness(metric, query, vectors.Vector(i))
		v.hit.Score, v.hit.Legs = score, []groundwork.Leg{{Name: LegDense, Score: score}}
		dense.Hits = append(dense.Hits, v.hit)
	}
	slices.SortFunc(dense.Hits, func(a, b groundwork.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	for i := range dense.Hits {
		dense.Hits[i].Legs[0].Rank = i + 1
	}
	return len(list), nil
}

// missing returns the best hits by words that have no vector.
func (h *Hybrid) missing(ctx context.Context, dense, words []groundwork.Hit) ([]vectorless, error) {
	have := make(map[string]bool, len(dense))
	for i := range dense {
		have[dense[i].ID] = true
	}
	ids := []string{}
	for i := range words {
		if !have[words[i].ID] {
			ids = append(ids, words[i].ID)
		}
	}
	texts := make(map[string]string, len(ids))
	for r, err := range h.Store.Scan(ctx, vectorstore.Scan{IDs: ids, Load: vectorstore.LoadText | vectorstore.LoadVector}) {
		if err != nil && !errors.Is(err, vectorstore.ErrDamaged) {
			return nil, fmt.Errorf("load: %w", err)
		}
		if err == nil && r.Vector == nil {
			r.Lead = nil // it stands in the document, which is not at hand; the vector to come has it
			texts[r.ID] = groundwork.EmbedText(&groundwork.Document{}, &r.Chunk)
		}
	}
	var list []vectorless
	for i := range words {
		if text, ok := texts[words[i].ID]; ok && len(list) < h.EmbedMissing {
			list = append(list, vectorless{words[i], text})
		}
	}
	return list, nil
}

// embedMissing returns the vectors of list, and list without what cannot be
// embedded.
func (h *Hybrid) embedMissing(ctx context.Context, list []vectorless) ([]vectorless, *embed.Batch, error) {
	for {
		texts := make([]string, len(list))
		for i := range list {
			texts[i] = list[i].text
		}
		batch, err := h.Embedder.Embed(ctx, embed.Passage, texts)
		var bad *embed.TextError
		if errors.As(err, &bad) && bad.Index >= 0 && bad.Index < len(list) {
			list = slices.Delete(list, bad.Index, bad.Index+1)
			continue
		}
		if err == nil && batch.Len() != len(list) {
			err = fmt.Errorf("%w: %d vectors for %d texts", vectorstore.ErrDimension, batch.Len(), len(list))
		}
		return list, batch, err
	}
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
