package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
)

var historyCases = []testCase{
	{"random-history-equals-memory", randomHistory},
	{"search-after-mass-deletion", massDeletion},
	{"search-after-churn", churn},
}

// massDeletion deletes the 95 % of the records that lie nearest to a query: an
// index that walks only what is left, or only what is near, falls short.
func massDeletion(ctx context.Context, e *env) error {
	const n, left, k = 2000, 100, 30
	s := e.session(ctx)
	records := e.clustered(n)
	s.upsert(records...)
	query := slices.Clone(records[0].Vector)
	near := e.nearest(records, query)
	var rest []vectorstore.Record
	var b vectorstore.Batch
	for _, r := range records {
		if near[r.ID] < n-left {
			b.Deletes = append(b.Deletes, vectorstore.Tombstone{ID: r.ID, Version: 2})
		} else {
			rest = append(rest, r)
		}
	}
	s.apply(b)
	for _, k := range []int{1, k, left, n} {
		s.searchNear(rest, vectorstore.Query{Vector: query, K: k}, 0.95)
	}
	s.delete(3, recordIDs(rest[:left-1])...)
	s.wantHits("once a single record is left", vectorstore.Query{Vector: query, K: k}, rest[left-1].ID)
	return s.err
}

// churn gives every record another vector, several times over.
func churn(ctx context.Context, e *env) error {
	const n, rounds, k = 1000, 5, 10
	s := e.session(ctx)
	var records []vectorstore.Record
	for round := range rounds {
		records = e.clustered(n)
		for i := range records {
			records[i].Version = int64(round + 1)
		}
		for part := range slices.Chunk(records, 100) {
			s.upsert(part...)
		}
	}
	recall := 0.0
	for range 50 {
		q := vectorstore.Query{Vector: pick(e.rng, records).Vector, K: k}
		recall += s.searchNear(records, q, 0.5)
	}
	s.check(recall/50 >= 0.95, "recall@%d after %d rounds of replacing everything is %.3f, want 0.95 at least", k, rounds, recall/50)
	return s.err
}

// searchNear wants q to find min(k, matches) of records with true scores and
// at least the given recall, which it returns.
func (s *session) searchNear(records []vectorstore.Record, q vectorstore.Query, least float64) float64 {
	truth := dense(s.env.space.Metric, q.Vector, records)
	res := s.search(q)
	what := fmt.Sprintf("k = %d, filter %v", q.K, q.Filter)
	s.do(what, func() error { return truth.verify(res, "dense", q.K, s.env.opt.Tolerance, !res.Exact) })
	recall := truth.recall(res, q.K)
	s.check(recall >= least, "%s, %d matches: recall is %.2f, want %.2f at least", what, len(records), recall, least)
	return recall
}

// randomHistory runs one random history on the store and on a memory store,
// and compares all that can be read after every few steps. Where the store
// keeps things, it is reopened now and then.
func randomHistory(ctx context.Context, e *env) error {
	const steps, every = 120, 6
	s := e.session(ctx)
	if s.err != nil {
		return s.err
	}
	h := &history{env: e, state: s.has(vectorstore.FeatureState), fence: s.has(vectorstore.FeatureFence)}
	ref := &session{ctx: ctx, env: e, ns: s.ns}
	ref.store, ref.err = memory.Open(nil).Open(ctx, s.ns, e.space)
	for step := range steps {
		b := h.batch()
		want, got := ref.store.Apply(ctx, b), s.store.Apply(ctx, b)
		if (want == nil) != (got == nil) || errors.Is(want, vectorstore.ErrFenced) != errors.Is(got, vectorstore.ErrFenced) {
			return fmt.Errorf("step %d: apply: error is %v, want %v", step, got, want)
		}
		if step%every != 0 {
			continue
		}
		if e.opt.Reopen != nil && e.rng.IntN(4) == 0 {
			if err := e.reopen(ctx); err != nil {
				return fmt.Errorf("step %d: %w", step, err)
			}
			s = e.open(ctx, s.ns, e.space)
		}
		s.sameAs(ref, h.state)
		if s.err != nil {
			return fmt.Errorf("step %d: %w", step, s.err)
		}
	}
	return errors.Join(s.err, ref.err)
}

type history struct {
	*env
	state, fence bool // whether the store has the features
	clock        int64
}

// version returns a version that is mostly, but not always, new.
func (h *history) version() int64 {
	h.clock++
	return max(1, h.clock-int64(h.rng.IntN(4)*h.rng.IntN(30)))
}

func (h *history) batch() vectorstore.Batch {
	var b vectorstore.Batch
	for _, i := range h.rng.Perm(80)[:h.rng.IntN(8)] {
		switch h.rng.IntN(5) {
		case 0, 1:
			b.Deletes = append(b.Deletes, vectorstore.Tombstone{ID: id(i), Version: h.version()})
		default:
			r := h.randomTexts(1)[0]
			r.ID, r.Version = id(i), h.version()
			if h.rng.IntN(6) == 0 {
				r.Vector = nil
			}
			b.Upserts = append(b.Upserts, r)
		}
	}
	for range h.rng.IntN(3) * h.rng.IntN(2) {
		if h.state {
			e := entry(fmt.Sprintf("key %d", h.rng.IntN(10)), fmt.Sprint(h.clock))
			if h.rng.IntN(3) == 0 {
				e.Value = nil
			}
			if !slices.ContainsFunc(b.State, func(o vectorstore.Entry) bool { return o.Key == e.Key }) {
				b.State = append(b.State, e)
			}
		}
	}
	if h.fence && h.rng.IntN(10) == 0 {
		b.Fence = int64(h.rng.IntN(20))
	}
	return b
}

// sameAs wants all that can be read of s to be as in ref.
func (s *session) sameAs(ref *session, state bool) {
	records := ref.scan(vectorstore.Scan{Load: vectorstore.LoadAll})
	s.wantRecords("history", records...)
	a, b := s.info(), ref.info()
	s.check(a.Records == b.Records && a.Vectors == b.Vectors && a.Tombstones == b.Tombstones, "info is %+v, want the counts of %+v", a, b)
	if state {
		s.wantState("history", vectorstore.StateScan{}, ref.state(vectorstore.StateScan{})...)
	}
	since := s.env.rng.Int64N(100)
	s.wantScan(fmt.Sprintf("since %d", since), vectorstore.Scan{Since: since}, recordIDs(ref.scan(vectorstore.Scan{Since: since}))...)
	f := randomFilter(s.env.rng, 2)
	s.wantScan(fmt.Sprintf("filter %v", f), vectorstore.Scan{Filter: f}, passing(f, records)...)
	s.sameSearches(records)
}
