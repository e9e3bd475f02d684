package mapstore

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A record is what is stored of a chunk, with what searches need of it.
type record struct {
	vectorstore.Record
	terms  map[string]int // how often each occurs
	tokens int
}

func (s *Store) newRecord(in *vectorstore.Record) *record {
	r := &record{Record: *in, terms: map[string]int{}}
	r.Chunk = r.load(vectorstore.LoadAll)
	r.Vector = slices.Clone(in.Vector)
	if s.space.Analyzer != "" {
		text := r.Title + "\n" + strings.Join(r.Headings, "\n") + "\n" + r.Text
		for _, t := range s.db.analyzer.Analyze(nil, text) {
			r.terms[t.Term]++
			r.tokens++
		}
	}
	return r
}

// load returns a copy of the parts that f names: results are the caller's.
func (r *record) load(f vectorstore.Fields) groundwork.Chunk {
	out := groundwork.Chunk{ID: r.ID, DocumentID: r.DocumentID, Revision: r.Revision}
	if f&vectorstore.LoadText != 0 {
		out = r.Chunk
		out.Lead, out.Headings, out.Marks = slices.Clone(r.Lead), slices.Clone(r.Headings), slices.Clone(r.Marks)
		out.Metadata = nil
	}
	if f&vectorstore.LoadMeta != 0 {
		out.Metadata = r.Metadata.Clone()
	}
	return out
}

func (r *record) passes(scan *vectorstore.Scan) bool {
	return r.ID > scan.After && r.Version > scan.Since && filter.Match(scan.Filter, vectorstore.ChunkFields(&r.Chunk))
}

func (r *record) size() int64 {
	return int64(len(r.Text) + len(r.Title) + len(r.URI) + 4*len(r.Vector))
}

func (r *record) vectors() int { return min(len(r.Vector), 1) }

// Search answers all queries from one state.
func (s *Store) Search(ctx context.Context, qs ...vectorstore.Query) ([]vectorstore.Result, error) {
	st, err := s.current(ctx)
	if err != nil {
		return nil, fmt.Errorf("mapstore: search: %w", err)
	}
	results := make([]vectorstore.Result, len(qs))
	for i := range qs {
		hits, err := s.answer(ctx, st, &qs[i])
		if err != nil {
			return nil, fmt.Errorf("mapstore: search: query %d: %w", i, err)
		}
		results[i] = vectorstore.Result{Hits: hits, Complete: 1, Exact: true}
	}
	return results, nil
}

func (s *Store) answer(ctx context.Context, st *state, q *vectorstore.Query) ([]groundwork.Hit, error) {
	if err := q.Validate(s.space); err != nil {
		return nil, err
	}
	if q.Text != "" && s.space.Analyzer == "" { // never ignored, never emulated
		return nil, fmt.Errorf("text search in a space without an analyzer: %w", vectorstore.ErrUnsupported)
	}
	leg, score := "dense", s.denseScore(q.Vector)
	if q.Text != "" {
		leg, score = "lexical", s.textScore(st, q.Text)
	}
	var found []groundwork.Hit
	n := 0
	for id, r := range st.records {
		if n++; n%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		v, ok := score(r)
		if ok && (q.MinScore == 0 || v >= q.MinScore) && filter.Match(q.Filter, vectorstore.ChunkFields(&r.Chunk)) {
			found = append(found, groundwork.Hit{Chunk: groundwork.Chunk{ID: id}, Score: v})
		}
	}
	slices.SortFunc(found, func(a, b groundwork.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID))
	})
	found = slices.Clone(found[:min(q.K, len(found))])
	for i := range found {
		h := &found[i]
		h.Chunk = st.records[h.ID].load(q.Load)
		h.Legs = []groundwork.Leg{{Name: leg, Rank: i + 1, Score: h.Score}}
	}
	return found, nil
}

// A scorer returns a record's score, and whether the query finds it.
type scorer func(*record) (float64, bool)

func (s *Store) denseScore(query []float32) scorer {
	length := math.Sqrt(dot(query, query))
	return func(r *record) (float64, bool) {
		if r.Vector == nil { // found by text only
			return 0, false
		}
		switch s.space.Metric {
		case vectorstore.Dot:
			return dot(query, r.Vector), true
		case vectorstore.L2:
			sum := 0.0
			for i, x := range query {
				d := float64(x) - float64(r.Vector[i])
				sum += d * d
			}
			return -math.Sqrt(sum), true
		}
		cosine := dot(query, r.Vector) / (length * math.Sqrt(dot(r.Vector, r.Vector)))
		return min(max(cosine, -1), 1), true // rounding can leave the range
	}
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// textScore is BM25 with k1 = 1.2 and b = 0.75 over all live records, whatever
// a filter passes: vectorstore/memory has the formula.
func (s *Store) textScore(st *state, query string) scorer {
	idf := map[string]float64{}
	var terms []string // in the order of the query: sums of floats depend on it
	n, tokens := float64(len(st.records)), 0
	for _, r := range st.records {
		tokens += r.tokens
	}
	for _, t := range s.db.analyzer.Analyze(nil, query) {
		if _, twice := idf[t.Term]; twice {
			continue
		}
		df := 0.0
		for _, r := range st.records {
			df += float64(min(r.terms[t.Term], 1))
		}
		terms = append(terms, t.Term)
		idf[t.Term] = math.Log(1 + (n-df+0.5)/(df+0.5))
	}
	return func(r *record) (sum float64, found bool) {
		norm := 1.2 * (0.25 + 0.75*float64(r.tokens)*n/float64(tokens))
		for _, t := range terms {
			if tf := float64(r.terms[t]); tf > 0 {
				sum += idf[t] * tf * 2.2 / (tf + norm)
				found = true
			}
		}
		return sum, found
	}
}
