package hnsw

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/internal/postings"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// Search answers every query from the view of the last committed batch.
func (s *Store) Search(ctx context.Context, qs ...vectorstore.Query) ([]vectorstore.Result, error) {
	results, err := s.search(ctx, qs)
	if err != nil {
		return nil, fmt.Errorf("hnsw: search: %w", public(err))
	}
	return results, nil
}

func (s *Store) search(ctx context.Context, qs []vectorstore.Query) ([]vectorstore.Result, error) {
	b := s.build
	for i := range qs {
		if err := b.check(&qs[i]); err != nil {
			return nil, fmt.Errorf("query %d: %w", i, err)
		}
	}
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer b.db.gate.RUnlock()
	v := b.view.Load()
	warnings := b.db.warnings()
	results := make([]vectorstore.Result, len(qs))
	for i := range qs {
		r := &results[i]
		found, err := b.answer(ctx, v, &qs[i], &r.Exact)
		if err != nil {
			return nil, err
		}
		r.Complete = 1
		r.Warnings = slices.Clone(warnings)
		if err := b.loadHits(v, found, &qs[i], r); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// check reports why the build cannot answer q.
func (b *build) check(q *vectorstore.Query) error {
	if err := q.Validate(b.space); err != nil {
		return err
	}
	if err := filter.Validate(q.Filter); err != nil {
		return fmt.Errorf("%w: %w", vectorstore.ErrQuery, err)
	}
	if q.Text != "" && b.view.Load().text == nil {
		return fmt.Errorf("text search in a build with analyzer %q; this program has %q: %w",
			b.space.Analyzer, b.db.analyzer.Fingerprint(), vectorstore.ErrUnsupported)
	}
	return nil
}

// A candidate is a slot with its score.
type candidate struct {
	slot  uint32
	score float64
}

func (b *build) answer(ctx context.Context, v *view, q *vectorstore.Query, exact *bool) ([]candidate, error) {
	passed := v.filter(q.Filter)
	if q.Text != "" {
		*exact = true
		return v.textSearch(q, passed), ctx.Err()
	}
	found, ex, err := b.denseSearch(ctx, v, q, passed)
	*exact = ex
	return found, err
}

// sortCandidates orders by descending score, then by ascending id.
func (v *view) sortCandidates(list []candidate) {
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), v.compareIDs(a.slot, b.slot))
	})
}

func (v *view) compareIDs(a, b uint32) int {
	return bytes.Compare(v.slab.ids[a][:], v.slab.ids[b][:])
}

// textSearch answers from the text index, whose state belongs to the view.
func (v *view) textSearch(q *vectorstore.Query, passed []bool) []candidate {
	o := postings.SearchOptions{Before: func(a, b uint32) bool { return v.compareIDs(a, b) < 0 }}
	if passed != nil {
		o.Accept = func(slot uint32) bool { return passed[v.slab.origin[slot]] }
	}
	var out []candidate
	for _, h := range v.text.Search(q.Text, q.K, &o) {
		if q.MinScore == 0 || h.Score >= q.MinScore {
			out = append(out, candidate{h.Slot, h.Score})
		}
	}
	return out
}

// filter evaluates f once for each origin of the view. nil passes all.
func (v *view) filter(f filter.Filter) []bool {
	if f == nil {
		return nil
	}
	passed := make([]bool, len(v.origins))
	for i, o := range v.origins {
		passed[i] = filter.Match(f, vectorstore.ChunkFields(&o.chunk))
	}
	return passed
}

// loadHits fills in r.Hits. A record whose stored data are damaged is left out
// with a warning.
func (b *build) loadHits(v *view, found []candidate, q *vectorstore.Query, r *vectorstore.Result) error {
	leg := "dense"
	if q.Text != "" {
		leg = "lexical"
	}
	r.Hits = make([]groundwork.Hit, 0, len(found))
	legs := make([]groundwork.Leg, len(found))
	for _, c := range found {
		chunk, _, err := b.load(v, c.slot, q.Load&^vectorstore.LoadVector)
		if err != nil && !damaged(err) {
			return err
		}
		if err != nil {
			r.Warnings = append(r.Warnings, groundwork.Warning{
				Code: groundwork.Damaged, Stage: "store", URI: chunk.URI,
				Detail: fmt.Sprintf("left out: %v", err),
			})
			continue
		}
		rank := len(r.Hits)
		legs[rank] = groundwork.Leg{Name: leg, Rank: rank + 1, Score: c.score}
		r.Hits = append(r.Hits, groundwork.Hit{Chunk: chunk, Score: c.score, Legs: legs[rank : rank+1 : rank+1]})
	}
	return nil
}

// load returns the parts of a record that f names. After an error the chunk has
// what needs no reading.
func (b *build) load(v *view, slot uint32, f vectorstore.Fields) (groundwork.Chunk, []float32, error) {
	o := v.origins[v.slab.origin[slot]]
	chunk := groundwork.Chunk{ID: v.slab.ids[slot].String()}
	o.load(&chunk, f)
	if f&(vectorstore.LoadText|vectorstore.LoadVector) == 0 {
		return chunk, nil, nil
	}
	r, err := b.db.log.Read(v.slab.pos[slot])
	if err != nil {
		return chunk, nil, fmt.Errorf("record %s: %w", chunk.ID, err)
	}
	u, err := parseUpsert(r.Body)
	if err != nil {
		return chunk, nil, fmt.Errorf("record %s: %w", chunk.ID, err)
	}
	var vector []float32
	if f&vectorstore.LoadVector != 0 && len(u.vector) > 0 {
		vector = floats(make([]float32, 0, len(u.vector)/4), u.vector)
	}
	if f&vectorstore.LoadText != 0 {
		err = decodePassage(&chunk, u.passage)
	}
	return chunk, vector, err
}

// warnings tells of damage in the log.
func (db *DB) warnings() []groundwork.Warning {
	var out []groundwork.Warning
	for _, d := range db.log.Damage() {
		out = append(out, groundwork.Warning{Code: groundwork.Damaged, Stage: "store", Detail: d.Error()})
	}
	return out
}
