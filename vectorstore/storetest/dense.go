package storetest

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

var denseCases = []testCase{
	{"empty-store", emptyStore},
	{"dense-finds-itself-first", findsItself},
	{"dense-order-and-scores", denseOrder},
	{"dense-metrics-and-dimensions", metrics},
	{"dense-ties-by-id", denseTies},
	{"dense-min-score", denseMinScore},
	{"dense-recall", denseRecall},
	{"vector-pending", vectorPending},
	{"invalid-queries", invalidQueries},
	{"many-queries-at-once", manyQueries},
}

func emptyStore(ctx context.Context, e *env) error {
	s := e.session(ctx)
	s.wantHits("dense search", vectorstore.Query{Vector: e.vector(), K: 10})
	s.wantHits("exact search", vectorstore.Query{Vector: e.vector(), K: 10, Exact: true})
	if s.has(vectorstore.FeatureLexical) {
		s.wantHits("text search", vectorstore.Query{Text: "anything", K: 10})
	}
	s.wantScan("scan", vectorstore.Scan{})
	info := s.info()
	s.check(info.Records == 0 && info.Vectors == 0 && info.Tombstones == 0, "info of an empty store is %+v", info)
	s.check(s.err != nil || info.Space == e.space, "info names space %+v, want %+v", info.Space, e.space)
	s.check(len(s.searchAll()) == 0, "search without queries returned results")
	return s.err
}

func findsItself(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.records(200)
	s.upsert(records...)
	for _, exact := range []bool{false, true} {
		for _, r := range records {
			res := s.search(vectorstore.Query{Vector: r.Vector, K: 1, Exact: exact})
			s.check(slices.Equal(hitIDs(res), []string{r.ID}), "exact=%v: found %v by the vector of %s", exact, hitIDs(res), r.ID)
			if s.err == nil {
				want := score(e.space.Metric, r.Vector, r.Vector)
				s.check(math.Abs(res.Hits[0].Score-want) <= e.opt.Tolerance*max(1, math.Abs(want)), "score is %v, want %v", res.Hits[0].Score, want)
			}
		}
	}
	return s.err
}

func denseOrder(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.records(300)
	s.upsert(records[:100]...)
	s.upsert(records[100:]...)
	for _, k := range []int{1, 2, 10, 299, 300, 301, vectorstore.MaxK} {
		for range 5 {
			q := vectorstore.Query{Vector: e.vector(), K: k, Exact: true}
			res := s.search(q)
			s.check(s.err != nil || res.Exact, "a query for an exact answer got one that says it is not")
			s.check(s.err != nil || res.Complete == 1 && res.Lag == 0, "complete is %v, lag %d", res.Complete, res.Lag)
			s.do(fmt.Sprintf("k = %d, exact", k), func() error {
				return dense(e.space.Metric, q.Vector, records).verify(res, "dense", k, e.opt.Tolerance, false)
			})
			q.Exact = false
			res = s.search(q)
			s.do(fmt.Sprintf("k = %d", k), func() error {
				return dense(e.space.Metric, q.Vector, records).verify(res, "dense", k, e.opt.Tolerance, !res.Exact)
			})
		}
	}
	return s.err
}

func metrics(ctx context.Context, e *env) error {
	for _, m := range []vectorstore.Metric{vectorstore.Cosine, vectorstore.Dot, vectorstore.L2} {
		for _, dim := range []int{1, 2, 3, 31, 64, 384, 1000} {
			space := e.space
			space.Metric, space.Dim = m, dim
			if err := metric(ctx, e.in(space)); err != nil {
				return fmt.Errorf("metric %d, %d dimensions: %w", m, dim, err)
			}
		}
	}
	return nil
}

func metric(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.records(40)
	for i := range records {
		for j := range records[i].Vector {
			records[i].Vector[j] *= float32(1 + i) // lengths differ
		}
	}
	s.upsert(records...)
	for _, exact := range []bool{false, true} {
		q := vectorstore.Query{Vector: e.vector(), K: 40, Exact: exact}
		res := s.search(q)
		s.do("search", func() error {
			return dense(e.space.Metric, q.Vector, records).verify(res, "dense", 40, e.opt.Tolerance, false)
		})
	}
	return s.err
}

func denseTies(ctx context.Context, e *env) error {
	s := e.session(ctx)
	var same []string
	for i := range 60 {
		r := e.record(i)
		if i%3 != 0 {
			r.Vector = e.axis(1)
			same = append(same, r.ID)
		} else {
			r.Vector = e.axis(2 + i%7)
		}
		s.upsert(r)
	}
	slices.Sort(same)
	s.wantHits("all that tie", vectorstore.Query{Vector: e.axis(1), K: len(same), Exact: true}, same...)
	s.wantHits("some that tie", vectorstore.Query{Vector: e.axis(1), K: 7, Exact: true}, same[:7]...)
	s.wantHits("all that tie, by the index", vectorstore.Query{Vector: e.axis(1), K: len(same)}, same...)
	return s.err
}

func denseMinScore(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.records(100)
	s.upsert(records...)
	q := vectorstore.Query{Vector: e.vector(), K: 100}
	truth := dense(e.space.Metric, q.Vector, records)
	median, best, worst := truth.least(50), truth.least(1), truth.least(100)
	for _, q.MinScore = range []float64{0, best + 0.1, worst - 0.1, (median + truth.least(51)) / 2, math.Inf(1), math.Inf(-1), -1e300} {
		want := ranking{}
		for id, v := range truth {
			if q.MinScore == 0 || v >= q.MinScore {
				want[id] = v
			}
		}
		for _, q.Exact = range []bool{false, true} {
			res := s.search(q)
			s.do(fmt.Sprintf("minimum score %v, exact=%v", q.MinScore, q.Exact), func() error {
				return want.verify(res, "dense", 100, e.opt.Tolerance, false)
			})
		}
	}
	return s.err
}

// clustered returns n records around n/50 centres, as embeddings lie.
func (e *env) clustered(n int) []vectorstore.Record {
	var centres [][]float32
	for range max(1, n/50) {
		centres = append(centres, e.vector())
	}
	list := e.records(n)
	for i := range list {
		for j, x := range pick(e.rng, centres) {
			list[i].Vector[j] = 0.6*x + 0.6*list[i].Vector[j]
		}
	}
	return list
}

func denseRecall(ctx context.Context, e *env) error {
	const k, n, queries = 10, 3000, 100
	s := e.session(ctx)
	records := e.clustered(n)
	for part := range slices.Chunk(records, 250) {
		s.upsert(part...)
	}
	sum := 0.0
	for range queries {
		q := vectorstore.Query{Vector: slices.Clone(pick(e.rng, records).Vector), K: k}
		for i := range q.Vector {
			q.Vector[i] += 0.3 * float32(e.rng.NormFloat64())
		}
		res, truth := s.search(q), dense(e.space.Metric, q.Vector, records)
		s.do("search", func() error { return truth.verify(res, "dense", k, e.opt.Tolerance, !res.Exact) })
		sum += truth.recall(res, k)
	}
	s.check(sum/queries >= 0.95, "recall@%d is %.3f, want 0.95 at least", k, sum/queries)
	return s.err
}

func vectorPending(ctx context.Context, e *env) error {
	s := e.session(ctx)
	pending := e.record(0)
	vector := pending.Vector
	pending = withText(pending, "quokka facts")
	pending.Vector = nil
	s.upsert(pending, e.record(1))
	s.wantHits("dense search", vectorstore.Query{Vector: vector, K: 10}, id(1))
	s.wantHits("exact search", vectorstore.Query{Vector: vector, K: 10, Exact: true}, id(1))
	if s.has(vectorstore.FeatureLexical) {
		s.wantHits("text search", vectorstore.Query{Text: "quokka", K: 10}, id(0))
	}
	info := s.info()
	s.check(s.err != nil || info.Records == 2 && info.Vectors == 1, "info is %+v, want 2 records and 1 vector", info)
	s.wantRecords("pending", pending, s.only(id(1)))

	pending.Vector, pending.Version = vector, 2
	s.upsert(pending)
	s.wantHits("once the vector has come", vectorstore.Query{Vector: vector, K: 1}, id(0))
	s.check(s.err != nil || s.info().Vectors == 2, "vectors are %d, want 2", s.info().Vectors)

	pending.Vector, pending.Version = nil, 3
	s.upsert(pending)
	s.wantHits("once the vector has gone", vectorstore.Query{Vector: vector, K: 10}, id(1))
	return s.err
}

// only returns the stored record of id.
func (s *session) only(id string) vectorstore.Record {
	list := s.scan(vectorstore.Scan{IDs: []string{id}, Load: vectorstore.LoadAll})
	if s.err == nil {
		s.check(len(list) == 1, "%d records with id %s", len(list), id)
	}
	if s.err != nil {
		return vectorstore.Record{}
	}
	return list[0]
}

func invalidQueries(ctx context.Context, e *env) error {
	s := e.session(ctx)
	s.upsert(e.records(10)...)
	with := func(x float64) []float32 {
		v := e.vector()
		v[e.space.Dim/2] = float32(x)
		return v
	}
	good := vectorstore.Query{Vector: e.vector(), K: 3}
	for what, q := range map[string]vectorstore.Query{
		"with neither vector nor text": {K: 3},
		"with both vector and text":    {Vector: e.vector(), Text: "a", K: 3},
		"with k = 0":                   {Vector: e.vector()},
		"with a negative k":            {Vector: e.vector(), K: -1},
		"with k above the limit":       {Vector: e.vector(), K: vectorstore.MaxK + 1},
		"with a short vector":          {Vector: e.vector()[1:], K: 3},
		"with a long vector":           {Vector: append(e.vector(), 1), K: 3},
		"with an empty vector":         {Vector: []float32{}, K: 3},
		"with NaN in the vector":       {Vector: with(math.NaN()), K: 3},
		"with infinity in the vector":  {Vector: with(math.Inf(-1)), K: 3},
		"with NaN as minimum score":    {Vector: e.vector(), K: 3, MinScore: math.NaN()},
		"with text that is no UTF-8":   {Text: "a\xff", K: 3},
		"with an invalid filter":       {Vector: e.vector(), K: 3, Filter: &filter.Compare{Field: "a", Value: "x"}},
		"with a filter on no field":    {Vector: e.vector(), K: 3, Filter: filter.Has("")},
	} {
		s.searchFails(what, vectorstore.ErrQuery, q)
		s.searchFails("of two, one "+what, vectorstore.ErrQuery, good, q)
	}
	if e.space.Metric == vectorstore.Cosine {
		s.searchFails("with a zero vector", vectorstore.ErrQuery, vectorstore.Query{Vector: make([]float32, e.space.Dim), K: 3})
	}
	return s.err
}

func manyQueries(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.records(100)
	s.upsert(records...)
	qs := make([]vectorstore.Query, 20)
	for i := range qs {
		qs[i] = vectorstore.Query{Vector: e.vector(), K: 1 + i, Exact: true, Load: vectorstore.LoadText}
		if i%3 == 1 {
			qs[i].Filter = filter.Lt("number", 50)
		}
	}
	for i, got := range s.searchAll(qs...) {
		want := s.search(qs[i])
		s.check(slices.Equal(hitIDs(got), hitIDs(want)), "query %d of many found %v, alone %v", i, hitIDs(got), hitIDs(want))
	}
	return s.err
}
