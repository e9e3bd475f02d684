package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// Search answers every query by scoring every record.
func (s *Store) Search(ctx context.Context, qs ...vectorstore.Query) ([]vectorstore.Result, error) {
	for i := range qs {
		if err := s.check(&qs[i]); err != nil {
			return nil, fmt.Errorf("memory: search: query %d: %w", i, err)
		}
	}
	s.db.mu.RLock()
	defer s.db.mu.RUnlock()
	if err := s.usable(ctx); err != nil {
		return nil, fmt.Errorf("memory: search: %w", err)
	}
	results := make([]vectorstore.Result, len(qs))
	for i := range qs {
		hits, err := s.answer(ctx, &qs[i])
		if err != nil {
			return nil, fmt.Errorf("memory: search: %w", err)
		}
		results[i] = vectorstore.Result{Hits: hits, Complete: 1, Exact: true}
	}
	return results, nil
}

// check reports why the build cannot answer q.
func (s *Store) check(q *vectorstore.Query) error {
	if err := q.Validate(s.build.space); err != nil {
		return err
	}
	if err := filter.Validate(q.Filter); err != nil {
		return fmt.Errorf("%w: %w", vectorstore.ErrQuery, err)
	}
	if q.Text != "" && s.analyzer() == nil {
		return fmt.Errorf("text search in a space without an analyzer: %w", vectorstore.ErrUnsupported)
	}
	return nil
}

// A candidate is a record with its score.
type candidate struct {
	*record
	score float64
}

func (s *Store) answer(ctx context.Context, q *vectorstore.Query) ([]groundwork.Hit, error) {
	leg, score := "dense", s.denseScore(q.Vector)
	if q.Text != "" {
		leg, score = "lexical", s.textScore(q.Text)
	}
	var found []candidate
	n := 0
	for _, r := range s.build.records {
		if n++; n%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		v, ok := score(r)
		if !ok || q.MinScore != 0 && v < q.MinScore || !filter.Match(q.Filter, vectorstore.ChunkFields(&r.Chunk)) {
			continue
		}
		found = append(found, candidate{r, v})
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(a.ID, b.ID))
	})
	return hits(found[:min(q.K, len(found))], leg, q.Load), nil
}

func hits(found []candidate, leg string, f vectorstore.Fields) []groundwork.Hit {
	out := make([]groundwork.Hit, len(found))
	for i, c := range found {
		out[i] = groundwork.Hit{
			Chunk: load(&c.Chunk, f),
			Score: c.score,
			Legs:  []groundwork.Leg{{Name: leg, Rank: i + 1, Score: c.score}},
		}
	}
	return out
}

// A scorer returns the score of a record, and whether the query finds it.
type scorer func(*record) (float64, bool)

func (s *Store) denseScore(query []float32) scorer {
	q := newRecord(&vectorstore.Record{Vector: query}, nil)
	return func(r *record) (float64, bool) {
		if r.Vector == nil {
			return 0, false
		}
		switch s.build.space.Metric {
		case vectorstore.Dot:
			return dot(q.Vector, r.Vector), true
		case vectorstore.L2:
			return -distance(q.Vector, r.Vector), true
		}
		cosine := dot(q.Vector, r.Vector) / (q.norm * r.norm)
		return min(max(cosine, -1), 1), true // rounding can leave the range
	}
}
