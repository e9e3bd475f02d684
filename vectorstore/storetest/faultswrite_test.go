package storetest

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/seed4837efcb/groundwork/vectorstore"
)

// writeFaults are in versions, batches and State rows.
var writeFaults = []fault{
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
	{name: "vectors in rows forgotten", caughtBy: "state-rows-hold-vectors", apply: func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		b.Upserts = slices.Clone(b.Upserts)
		for i := range b.Upserts {
			if r := &b.Upserts[i]; r.VectorRow == "v" && r.Vector == nil {
				r.VectorRow = ""
			}
		}
		return s.inner.Apply(ctx, b)
	}},
}
