package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

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

var faults = []fault{
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

	{name: "version ignored", caughtBy: "stale-writes-do-nothing", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		n := note(s.db, "version", new(int64))
		b.Upserts, b.Deletes = slices.Clone(b.Upserts), slices.Clone(b.Deletes)
		for i := range b.Upserts {
			*n++
			b.Upserts[i].Version = 1000 + *n
		}
		for i := range b.Deletes {
			*n++
			b.Deletes[i].Version = 1000 + *n
		}
		return s.inner.Apply(ctx, b)
	}},
	{name: "equal version replaces", caughtBy: "stale-writes-do-nothing", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		for _, r := range b.Upserts {
			for old := range s.inner.Scan(ctx, vectorstore.Scan{IDs: []string{r.ID}}) {
				if old.Version == r.Version {
					return s.inner.Apply(ctx, vectorstore.Batch{Deletes: []vectorstore.Tombstone{{ID: r.ID, Version: r.Version + 1}}})
				}
			}
		}
		return s.inner.Apply(ctx, b)
	}},
	{name: "no tombstone for what is not there", caughtBy: "delete-leaves-a-tombstone", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		b.Deletes = slices.DeleteFunc(slices.Clone(b.Deletes), func(t vectorstore.Tombstone) bool {
			got, _ := collect(s.inner.Scan(ctx, vectorstore.Scan{IDs: []string{t.ID}}))
			return len(got) == 0
		})
		return s.inner.Apply(ctx, b)
	}},
	{name: "resurrected after a delete", caughtBy: "delete-leaves-a-tombstone", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		gone := note(s.db, "gone", map[string]int64{})
		b.Upserts = slices.Clone(b.Upserts)
		for i, r := range b.Upserts {
			b.Upserts[i].Version = max(r.Version, gone[r.ID]+1)
		}
		for _, t := range b.Deletes {
			gone[t.ID] = t.Version
		}
		return s.inner.Apply(ctx, b)
	}},
	{name: "deleted records still found", caughtBy: "delete-is-final-everywhere", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		b.Deletes = nil
		return s.inner.Apply(ctx, b)
	}},
	{name: "old fields merged into new", caughtBy: "upsert-replaces-everything", apply: eachUpsert(func(s *wrapStore, r *vectorstore.Record) {
		for old := range s.inner.Scan(context.Background(), vectorstore.Scan{IDs: []string{r.ID}, Load: vectorstore.LoadMeta}) {
			maps.Copy(old.Metadata, r.Metadata)
			r.Metadata = old.Metadata
		}
	})},
	{name: "the last of many lost", caughtBy: "large-batch", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		b.Upserts = b.Upserts[:min(len(b.Upserts), 999)]
		return s.inner.Apply(ctx, b)
	}},
	{name: "invalid batch half written", caughtBy: "invalid-batch-writes-nothing", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		return s.one(ctx, b, func() {})
	}},
	{name: "NaN accepted", caughtBy: "invalid-batch-writes-nothing", apply: eachUpsert(func(_ *wrapStore, r *vectorstore.Record) {
		for i, x := range r.Vector {
			if x != x {
				r.Vector[i] = 0
			}
		}
	})},
	{name: "repeated id accepted", caughtBy: "invalid-batch-writes-nothing", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		last := map[string]int{}
		for i, r := range b.Upserts {
			last[r.ID] = i
		}
		kept := b.Upserts
		b.Upserts = nil
		for i, r := range kept {
			if last[r.ID] == i {
				b.Upserts = append(b.Upserts, r)
			}
		}
		return s.inner.Apply(ctx, b)
	}},
	{name: "fence ignored", caughtBy: "fence", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		b.Fence = 0
		return s.inner.Apply(ctx, b)
	}},
	{name: "fenced batch half written", caughtBy: "fence", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		return s.one(ctx, b, func() {})
	}},
	{name: "fence of a build its own", caughtBy: "builds-share-the-fence", build: func(d *wrapDB, ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
		inner, err := d.inner.Open(ctx, ns+"/build", s)
		return d.wrap(ns, inner, err)
	}},
	{name: "tombstones counted as records", caughtBy: "info-counts", info: func(_ *wrapStore, i *vectorstore.Info) { i.Records += i.Tombstones }},
	{name: "generation stands still", caughtBy: "info-counts", info: func(_ *wrapStore, i *vectorstore.Info) { i.Generation = 1 }},

	{name: "state forgotten", caughtBy: "state-commits-with-its-batch", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		if len(b.Upserts) > 0 {
			b.State = nil
		}
		return s.inner.Apply(ctx, b)
	}},
	{name: "empty value deletes", caughtBy: "state-round-trip", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		b.State = slices.DeleteFunc(slices.Clone(b.State), func(e vectorstore.Entry) bool { return len(e.Value) == 0 && e.Value != nil })
		return s.inner.Apply(ctx, b)
	}},
	{name: "prefix as a pattern", caughtBy: "state-prefix-and-after", rows: func(s *wrapStore, ctx context.Context, scan vectorstore.StateScan) iter.Seq2[vectorstore.Entry, error] {
		if scan.Prefix == "%" {
			scan.Prefix = ""
		}
		return s.inner.ReadState(ctx, scan)
	}},
	{name: "after includes the key", caughtBy: "state-prefix-and-after", rows: func(s *wrapStore, ctx context.Context, scan vectorstore.StateScan) iter.Seq2[vectorstore.Entry, error] {
		if scan.After != "" {
			scan.After = scan.After[:len(scan.After)-1]
		}
		return s.inner.ReadState(ctx, scan)
	}},
	{name: "no keys are all keys", caughtBy: "state-keys", rows: func(s *wrapStore, ctx context.Context, scan vectorstore.StateScan) iter.Seq2[vectorstore.Entry, error] {
		if len(scan.Keys) == 0 {
			scan.Keys = nil
		}
		return s.inner.ReadState(ctx, scan)
	}},

	{name: "scan after includes the id", caughtBy: "scan-order-and-paging", scan: eachScan(func(s *vectorstore.Scan) {
		if s.After != "" {
			s.After = s.After[:len(s.After)-1]
		}
	})},
	{name: "scan in disorder", caughtBy: "scan-order-and-paging", scan: func(s *wrapStore, ctx context.Context, scan vectorstore.Scan) iter.Seq2[vectorstore.Record, error] {
		list, err := collect(s.inner.Scan(ctx, scan))
		slices.Reverse(list)
		return func(yield func(vectorstore.Record, error) bool) {
			for _, r := range list {
				if !yield(r, nil) {
					return
				}
			}
			if err != nil {
				yield(vectorstore.Record{}, err)
			}
		}
	}},
	{name: "since ignored", caughtBy: "scan-since", scan: eachScan(func(s *vectorstore.Scan) { s.Since = 0 })},
	{name: "no ids are all ids", caughtBy: "scan-ids", scan: eachScan(func(s *vectorstore.Scan) {
		if len(s.IDs) == 0 {
			s.IDs = nil
		}
	})},
	{name: "scan follows writes", caughtBy: "scan-of-one-state", scan: func(s *wrapStore, ctx context.Context, scan vectorstore.Scan) iter.Seq2[vectorstore.Record, error] {
		return func(yield func(vectorstore.Record, error) bool) {
			for {
				found := false
				for r, err := range s.inner.Scan(ctx, scan) {
					if found = true; !yield(r, err) {
						return
					}
					scan.After = r.ID
					break
				}
				if !found {
					return
				}
			}
		}
	}},
	{name: "text loaded unasked", caughtBy: "load-only-what-is-asked", search: eachQuery(func(q *vectorstore.Query) { q.Load |= vectorstore.LoadText })},
	{name: "metadata not loaded", caughtBy: "load-only-what-is-asked", scan: eachScan(func(s *vectorstore.Scan) { s.Load &^= vectorstore.LoadMeta })},
	{name: "vector not loaded", caughtBy: "load-only-what-is-asked", scan: eachScan(func(s *vectorstore.Scan) { s.Load &^= vectorstore.LoadVector })},

	{name: "times as text", caughtBy: "metadata-round-trip", apply: eachUpsert(func(_ *wrapStore, r *vectorstore.Record) {
		for k, v := range r.Metadata {
			if t, ok := v.(time.Time); ok {
				r.Metadata[k] = t.Format(time.RFC3339)
			}
		}
	})},
	{name: "NUL dropped", caughtBy: "chunk-round-trip", apply: eachUpsert(func(_ *wrapStore, r *vectorstore.Record) {
		r.Text = strings.ReplaceAll(r.Text, "\x00", "")
		r.Span.End = r.Span.Start + len(r.Text)
	})},
	{name: "marks dropped", caughtBy: "chunk-round-trip", apply: eachUpsert(func(_ *wrapStore, r *vectorstore.Record) { r.Marks = nil })},
	{name: "vectors rounded", caughtBy: "vector-round-trip", apply: eachUpsert(func(_ *wrapStore, r *vectorstore.Record) {
		for i, x := range r.Vector {
			if x > -1e-6 && x < 1e-6 {
				r.Vector[i] = 1e-6
			}
		}
	})},
	{name: "argument changed", caughtBy: "input-is-not-kept", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		err := s.inner.Apply(ctx, b)
		for _, r := range b.Upserts {
			for i := range r.Vector {
				r.Vector[i] /= 2
			}
		}
		return err
	}},
	{name: "argument kept", caughtBy: "input-is-not-kept", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		for _, r := range b.Upserts {
			note(s.db, r.ID, r.Headings)
		}
		return s.inner.Apply(ctx, b)
	}, scan: func(s *wrapStore, ctx context.Context, scan vectorstore.Scan) iter.Seq2[vectorstore.Record, error] {
		return mapSeq(s.inner.Scan(ctx, scan), func(r *vectorstore.Record) bool {
			r.Headings = note[[]string](s.db, r.ID, nil)
			return true
		})
	}},
	{name: "result shared", caughtBy: "output-is-not-shared", scan: func(s *wrapStore, ctx context.Context, scan vectorstore.Scan) iter.Seq2[vectorstore.Record, error] {
		return mapSeq(s.inner.Scan(ctx, scan), func(r *vectorstore.Record) bool {
			r.Metadata = note(s.db, r.ID, r.Metadata)
			return true
		})
	}},

	{name: "namespaces folded", caughtBy: "namespaces-are-isolated", open: func(d *wrapDB, ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
		inner, err := d.inner.Open(ctx, strings.ToLower(ns), s)
		return d.wrap(ns, inner, err)
	}},
	{name: "namespaces cut", caughtBy: "namespaces-are-isolated", open: func(d *wrapDB, ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
		inner, err := d.inner.Open(ctx, ns[:min(len(ns), 255)], s)
		return d.wrap(ns, inner, err)
	}},
	{name: "space not checked", caughtBy: "space-must-be-the-same", open: func(d *wrapDB, ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
		inner, err := d.inner.Open(ctx, ns, s)
		if errors.As(err, new(*vectorstore.SpaceError)) {
			inner, err = d.inner.Open(ctx, ns, vectorstore.Space{})
		}
		return d.wrap(ns, inner, err)
	}},
	{name: "dimension alone checked", caughtBy: "space-must-be-the-same", open: func(d *wrapDB, ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
		inner, err := d.inner.Open(ctx, ns, s)
		var mismatch *vectorstore.SpaceError
		if errors.As(err, &mismatch) && mismatch.Have.Dim == mismatch.Want.Dim {
			inner, err = d.inner.Open(ctx, ns, vectorstore.Space{})
		}
		return d.wrap(ns, inner, err)
	}},
	{name: "the zero space creates", caughtBy: "space-must-be-the-same", open: func(d *wrapDB, ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
		inner, err := d.inner.Open(ctx, ns, s)
		if errors.Is(err, vectorstore.ErrNotFound) {
			inner, err = d.inner.Open(ctx, ns, vectorstore.Space{Dim: 1, Metric: vectorstore.Dot})
		}
		return d.wrap(ns, inner, err)
	}},
	{name: "build is the live one", caughtBy: "build-of-the-same-space", build: func(d *wrapDB, ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
		return d.Open(ctx, ns, s)
	}},
	{name: "promote does nothing", caughtBy: "build-is-invisible-until-promoted", promote: func(*wrapDB, context.Context, string, vectorstore.Space) error { return nil }},

	{name: "context ignored", caughtBy: "cancelled-context", search: func(s *wrapStore, _ context.Context, qs []vectorstore.Query) ([]vectorstore.Result, error) {
		return s.inner.Search(context.Background(), qs...)
	}},
	{name: "close refuses a second time", caughtBy: "close-twice", close: func(d *wrapDB) error {
		if d.closed.Swap(true) {
			return vectorstore.ErrClosed
		}
		return nil
	}},
	{name: "open after close", caughtBy: "close-twice", close: func(*wrapDB) error { return nil }},
	{name: "everything lost on reopen", caughtBy: "reopen-keeps-everything", reopen: func(d *wrapDB) { d.inner = newWrapDB(d.fault).inner }},
	{name: "tombstones lost on reopen", caughtBy: "reopen-keeps-everything", reopen: func(d *wrapDB) {
		d.inner = copyOf(d.inner)
	}},

	{name: "batches torn", caughtBy: "readers-see-whole-batches", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		return s.one(ctx, b, func() { time.Sleep(50 * time.Microsecond) })
	}},
	{name: "queries from several states", caughtBy: "readers-see-whole-batches", search: func(s *wrapStore, ctx context.Context, qs []vectorstore.Query) (all []vectorstore.Result, err error) {
		for _, q := range qs {
			results, err := s.inner.Search(ctx, q)
			if err != nil {
				return nil, err
			}
			all = append(all, results...)
			time.Sleep(time.Millisecond)
		}
		return all, nil
	}},
	{name: "the last writer wins", caughtBy: "concurrent-writers-converge", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		noteLock.Lock()
		defer noteLock.Unlock()
		if n, _ := s.db.notes["n"].(int); n > 0 {
			b.Upserts = slices.Clone(b.Upserts)
			for i := range b.Upserts {
				b.Upserts[i].Version = int64(n)
			}
		}
		n, _ := s.db.notes["n"].(int)
		s.db.notes["n"] = n + 1
		return s.inner.Apply(ctx, b)
	}},
	{name: "rare writes lost", caughtBy: "random-history-equals-memory", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		if n := note(s.db, "n", new(int)); len(b.Upserts) > 3 {
			if *n++; *n%3 == 0 {
				b.Upserts = b.Upserts[1:]
			}
		}
		return s.inner.Apply(ctx, b)
	}},
}
