package storetest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
)

// eachHit changes the hits of every result.
func eachHit(change func(q *vectorstore.Query, hits []groundwork.Hit) []groundwork.Hit) func(*wrapStore, context.Context, []vectorstore.Query) ([]vectorstore.Result, error) {
	return func(s *wrapStore, ctx context.Context, qs []vectorstore.Query) ([]vectorstore.Result, error) {
		results, err := s.inner.Search(ctx, qs...)
		for i := range results {
			results[i].Hits = change(&qs[i], results[i].Hits)
		}
		return results, err
	}
}

// eachQuery changes every query before it is answered.
func eachQuery(change func(q *vectorstore.Query)) func(*wrapStore, context.Context, []vectorstore.Query) ([]vectorstore.Result, error) {
	return func(s *wrapStore, ctx context.Context, qs []vectorstore.Query) ([]vectorstore.Result, error) {
		qs = slices.Clone(qs)
		for i := range qs {
			change(&qs[i])
		}
		return s.inner.Search(ctx, qs...)
	}
}

// eachUpsert changes copies of the records of a batch.
func eachUpsert(change func(s *wrapStore, r *vectorstore.Record)) func(*wrapStore, context.Context, vectorstore.Batch) error {
	return func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		b.Upserts = slices.Clone(b.Upserts)
		for i := range b.Upserts {
			b.Upserts[i] = deepCopy(b.Upserts[i])
			change(s, &b.Upserts[i])
		}
		return s.inner.Apply(ctx, b)
	}
}

// eachScan changes a scan before it is made.
func eachScan(change func(*vectorstore.Scan)) func(*wrapStore, context.Context, vectorstore.Scan) iter.Seq2[vectorstore.Record, error] {
	return func(s *wrapStore, ctx context.Context, scan vectorstore.Scan) iter.Seq2[vectorstore.Record, error] {
		change(&scan)
		return s.inner.Scan(ctx, scan)
	}
}

// sqlNot makes Not false where the field is missing, as SQL does.
func sqlNot(f filter.Filter) filter.Filter {
	switch f := f.(type) {
	case *filter.Not:
		if c, ok := f.Filter.(*filter.Compare); ok {
			return filter.And(filter.Has(c.Field), f)
		}
	case *filter.All:
		return &filter.All{Filters: mapFilters(f.Filters)}
	case *filter.Any:
		return &filter.Any{Filters: mapFilters(f.Filters)}
	}
	return f
}

func mapFilters(list []filter.Filter) (out []filter.Filter) {
	for _, f := range list {
		out = append(out, sqlNot(f))
	}
	return out
}

// one applies a batch record by record.
func (s *wrapStore) one(ctx context.Context, b vectorstore.Batch, between func()) error {
	for _, r := range b.Upserts {
		if err := s.inner.Apply(ctx, vectorstore.Batch{Upserts: []vectorstore.Record{r}}); err != nil {
			return err
		}
		between()
	}
	for _, t := range b.Deletes {
		if err := s.inner.Apply(ctx, vectorstore.Batch{Deletes: []vectorstore.Tombstone{t}}); err != nil {
			return err
		}
	}
	return s.inner.Apply(ctx, vectorstore.Batch{State: b.State, Fence: b.Fence})
}

// copyOf returns a DB with the live records and State rows of the
// namespaces that the suite names.
func copyOf(db *memory.DB) *memory.DB {
	ctx, out := context.Background(), memory.Open(nil)
	for i := range 10 {
		ns := fmt.Sprintf("space-%d", i)
		from, err := db.Open(ctx, ns, vectorstore.Space{})
		if err != nil {
			continue
		}
		records, _ := collect(from.Scan(ctx, vectorstore.Scan{Load: vectorstore.LoadAll}))
		rows, _ := collect(vectorstore.State(ctx, from, vectorstore.StateScan{}))
		to, err := out.Open(ctx, ns, from.Info().Space)
		if err == nil {
			err = to.Apply(ctx, vectorstore.Batch{Upserts: records, State: rows})
		}
		if err != nil {
			panic(err)
		}
	}
	return out
}

var noteLock sync.Mutex

// note returns the value that a fault remembers under key.
func note[T any](d *wrapDB, key string, initial T) T {
	noteLock.Lock()
	defer noteLock.Unlock()
	if _, ok := d.notes[key]; !ok {
		d.notes[key] = initial
	}
	return d.notes[key].(T)
}

// faults are all stores that the suite must see through.
var faults = slices.Concat(searchFaults, writeFaults, otherFaults)

var searchFaults = []fault{
	{name: "order reversed", caughtBy: "dense-order-and-scores", search: eachHit(func(_ *vectorstore.Query, hits []groundwork.Hit) []groundwork.Hit {
		slices.Reverse(hits)
		return hits
	})},
	{name: "ties by descending id", caughtBy: "dense-ties-by-id", search: eachHit(func(_ *vectorstore.Query, hits []groundwork.Hit) []groundwork.Hit {
		slices.SortFunc(hits, func(a, b groundwork.Hit) int {
			if a.Score != b.Score {
				return int(b.Score*1e6) - int(a.Score*1e6)
			}
			return strings.Compare(b.ID, a.ID)
		})
		return hits
	})},
	{name: "distance for score", caughtBy: "dense-finds-itself-first", search: eachHit(func(_ *vectorstore.Query, hits []groundwork.Hit) []groundwork.Hit {
		for i := range hits {
			hits[i].Score = 1 - hits[i].Score
		}
		return hits
	})},
	{name: "no legs", caughtBy: "dense-order-and-scores", search: eachHit(func(_ *vectorstore.Query, hits []groundwork.Hit) []groundwork.Hit {
		for i := range hits {
			hits[i].Legs = nil
		}
		return hits
	})},
	{name: "a hit too few", caughtBy: "dense-order-and-scores", search: eachHit(func(_ *vectorstore.Query, hits []groundwork.Hit) []groundwork.Hit {
		return hits[:max(1, len(hits)-1)]
	})},
	{name: "a hit twice", caughtBy: "dense-order-and-scores", search: eachHit(func(_ *vectorstore.Query, hits []groundwork.Hit) []groundwork.Hit {
		if len(hits) > 2 {
			hits[2].Chunk, hits[2].Score = hits[1].Chunk, hits[1].Score
			hits[2].Legs[0].Score = hits[1].Score
		}
		return hits
	})},
	{name: "k cut to 100", caughtBy: "dense-order-and-scores", search: eachQuery(func(q *vectorstore.Query) { q.K = min(q.K, 100) })},
	{name: "k of 0 is 10", caughtBy: "invalid-queries", search: eachQuery(func(q *vectorstore.Query) {
		if q.K == 0 {
			q.K = 10
		}
	})},
	{name: "metric ignored", caughtBy: "dense-metrics-and-dimensions", open: func(d *wrapDB, ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
		s.Metric = vectorstore.Cosine
		inner, err := d.inner.Open(ctx, ns, s)
		return d.wrap(ns, inner, err)
	}},
	{name: "minimum score ignored", caughtBy: "dense-min-score", search: eachQuery(func(q *vectorstore.Query) { q.MinScore = 0 })},
	{name: "minimum score 0 drops negatives", caughtBy: "dense-min-score", search: eachQuery(func(q *vectorstore.Query) {
		if q.MinScore == 0 {
			q.MinScore = 1e-9
		}
	})},
	{name: "low recall", caughtBy: "dense-recall", search: func(s *wrapStore, ctx context.Context, qs []vectorstore.Query) ([]vectorstore.Result, error) {
		qs = slices.Clone(qs)
		for i := range qs {
			if !qs[i].Exact {
				qs[i].Filter = filter.And(qs[i].Filter, filter.Ge("number", 600))
			}
		}
		results, err := s.inner.Search(ctx, qs...)
		for i := range results {
			results[i].Exact = qs[i].Exact
		}
		return results, err
	}},
	{name: "says exact and is not", caughtBy: "dense-order-and-scores", search: eachQuery(func(q *vectorstore.Query) { q.Filter = filter.And(q.Filter, filter.Ge("number", 10)) })},
	{name: "filter of searches dropped", caughtBy: "filter-every-operator-and-kind", search: eachQuery(func(q *vectorstore.Query) { q.Filter = nil })},
	{name: "filter of scans dropped", caughtBy: "filter-every-operator-and-kind", scan: eachScan(func(s *vectorstore.Scan) { s.Filter = nil })},
	{name: "Not as in SQL", caughtBy: "filter-every-operator-and-kind", scan: eachScan(func(s *vectorstore.Scan) { s.Filter = sqlNot(s.Filter) })},
	{name: "Not as in SQL, searching", caughtBy: "filter-random", search: eachQuery(func(q *vectorstore.Query) { q.Filter = sqlNot(q.Filter) })},
	{name: "filtered after the search", caughtBy: "filtered-search-is-never-short", search: func(s *wrapStore, ctx context.Context, qs []vectorstore.Query) ([]vectorstore.Result, error) {
		all := slices.Clone(qs)
		for i := range all {
			all[i].Filter, all[i].Load = nil, vectorstore.LoadAll
		}
		results, err := s.inner.Search(ctx, all...)
		for i := range results {
			results[i].Hits = slices.DeleteFunc(results[i].Hits, func(h groundwork.Hit) bool {
				return !filter.Match(qs[i].Filter, vectorstore.ChunkFields(&h.Chunk))
			})
		}
		return results, err
	}},
	{name: "any text terms become all", caughtBy: "text-english", search: eachHit(func(q *vectorstore.Query, hits []groundwork.Hit) []groundwork.Hit {
		if strings.Contains(q.Text, "vacuum") {
			return hits[:1]
		}
		return hits
	})},
	{name: "title and headings not searched", caughtBy: "text-title-and-headings", apply: eachUpsert(func(_ *wrapStore, r *vectorstore.Record) { r.Title, r.Headings = "", nil })},
	{name: "text scores made up", caughtBy: "text-scores-are-bm25", search: eachHit(func(q *vectorstore.Query, hits []groundwork.Hit) []groundwork.Hit {
		for i := range hits {
			if q.Text != "" {
				hits[i].Score *= 1.01
				hits[i].Legs[0].Score = hits[i].Score
			}
		}
		return hits
	})},
	{name: "pending vector made up", caughtBy: "vector-pending", apply: eachUpsert(func(_ *wrapStore, r *vectorstore.Record) {
		if r.Vector == nil {
			r.Vector = make([]float32, 25)
			r.Vector[0] = 1
		}
	})},
}
