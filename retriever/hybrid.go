package retriever

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// Hybrid finds chunks by vector and by words, in one round trip to the store,
// and fuses both lists. A leg that found nothing, or whose model does not know
// the question's script, drops out, with a warning where it should not have.
type Hybrid struct {
	Store    vectorstore.Store
	Embedder embed.Embedder
	Fusion   Fusion
	Depth    int // hits asked of each leg; 0 means 100; never below the results wanted

	// EmbedMissing is how many of the best hits by words get their vector
	// computed on the spot where the store has none for them yet, so that they
	// take part in the search by vector while an index is being completed. It
	// costs their embedding for every question; 0 computes none. Passages
	// without a vector are a warning and count against Result.Complete either
	// way.
	EmbedMissing int
}

// Retrieve implements Retriever.
func (h *Hybrid) Retrieve(ctx context.Context, q Query) (*Result, error) {
	q, err := q.withDefaults()
	if err != nil {
		return nil, err
	}
	depth := h.depth(q.K)
	queries := []vectorstore.Query{lexicalQuery(q, depth)}
	dense, cut, denseErr := denseQuery(ctx, h.Embedder, q, depth)
	switch {
	case denseErr == nil:
		queries = append(queries, dense)
	case !errors.Is(denseErr, ErrScript):
		return nil, fmt.Errorf("retriever: hybrid: %w", denseErr)
	}
	info := h.Store.Info() // before the search, so that what it lacks is told
	results, err := h.Store.Search(ctx, queries...)
	if err != nil {
		return nil, fmt.Errorf("retriever: hybrid: %w", err)
	}
	out := newResult(results)
	out.Warnings = append(out.Warnings, cut...)
	computed := 0
	if denseErr == nil {
		if computed, err = h.complete(ctx, out, info, dense.Vector, results); err != nil {
			return nil, fmt.Errorf("retriever: hybrid: %w", err)
		}
	}
	fused := h.fuse(out, results, depth, denseErr)
	out.Legs[0].Computed = computed
	out.Hits, err = load(ctx, h.Store, fused, q.K)
	return out, err
}

func (h *Hybrid) depth(k int) int {
	depth := h.Depth
	if depth == 0 {
		depth = 100
	}
	return min(max(depth, k+refill), vectorstore.MaxK)
}

// fuse fuses the results, lexical first, and reports the legs in out.
func (h *Hybrid) fuse(out *Result, results []vectorstore.Result, depth int, denseErr error) []groundwork.Hit {
	var lists []list
	use := func(name string, r vectorstore.Result) {
		report := LegReport{Name: name, Found: len(r.Hits)}
		if len(r.Hits) == 0 {
			report.Dropped = ErrNothing
		} else {
			complete := name == LegLexical && len(r.Hits) < depth
			lists = append(lists, list{name: name, hits: r.Hits, complete: complete})
		}
		out.Legs = append(out.Legs, report)
	}
	if denseErr == nil {
		use(LegDense, results[1])
	} else {
		out.Legs = append(out.Legs, LegReport{Name: LegDense, Dropped: denseErr})
		out.Warnings = append(out.Warnings, dropped(LegDense, denseErr))
	}
	use(LegLexical, results[0])
	return h.Fusion.fuse(lists)
}
