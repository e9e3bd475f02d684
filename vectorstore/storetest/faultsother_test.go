package storetest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/seed4837efcb/groundwork/vectorstore"
)

// otherFaults are in scans, data, spaces, lifetimes and concurrency.
var otherFaults = []fault{
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
	{name: "search stops at the dead", caughtBy: "search-after-mass-deletion", search: func(s *wrapStore, ctx context.Context, qs []vectorstore.Query) ([]vectorstore.Result, error) {
		results, err := s.inner.Search(ctx, qs...)
		if info := s.inner.Info(); info.Tombstones > info.Records {
			for i := range results {
				results[i].Hits = results[i].Hits[:len(results[i].Hits)/2]
			}
		}
		return results, err
	}},
	{name: "replaced vectors still answer", caughtBy: "search-after-churn", apply: eachUpsert(func(_ *wrapStore, r *vectorstore.Record) {
		if r.Version > 3 && r.Metadata["number"].(float64) < 300 {
			r.Version = 1 // never replaces
		}
	})},
}
