package storetest

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

var filterCases = []testCase{
	{"filter-every-operator-and-kind", filterOperators},
	{"filter-reserved-fields", filterReserved},
	{"filter-hostile-names-and-values", filterHostile},
	{"filter-random", filterRandom},
	{"filtered-search-is-never-short", filterNeverShort},
}

// passing returns the ids of those records that f passes, sorted.
func passing(f filter.Filter, records []vectorstore.Record) (ids []string) {
	for i := range records {
		if filter.Match(f, vectorstore.ChunkFields(&records[i].Chunk)) {
			ids = append(ids, records[i].ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// wantFilter wants f to pass in s, by every way of reading, what filter.Match
// passes of records.
func (s *session) wantFilter(f filter.Filter, records []vectorstore.Record) {
	want := passing(f, records)
	s.wantScan(fmt.Sprintf("filter %v", f), vectorstore.Scan{Filter: f}, want...)
	for _, exact := range []bool{false, true} {
		q := vectorstore.Query{Vector: s.env.vector(), K: len(records), Filter: f, Exact: exact}
		s.wantFound(fmt.Sprintf("dense search, exact=%v, filter %v", exact, f), q, want...)
	}
}

// oneOfEach returns a record for every kind and value of metadata, and one
// without any.
func (e *env) oneOfEach() []vectorstore.Record {
	records := e.records(1 + len(metaValues))
	for i, v := range metaValues {
		records[i].Metadata = groundwork.Metadata{"v": v}
	}
	records[len(metaValues)].Metadata = nil
	return records
}

// comparisons returns every operator with v as the operand.
func comparisons(field string, v any) []filter.Filter {
	list := []filter.Filter{
		&filter.Compare{Op: filter.OpEq, Field: field, Value: v},
		&filter.Set{Field: field, Values: []any{v}},
		&filter.Not{Filter: &filter.Compare{Op: filter.OpEq, Field: field, Value: v}},
	}
	switch v := v.(type) {
	case string:
		list = append(list, filter.HasPrefix(field, v))
	case float64, time.Time:
		for _, op := range []filter.Op{filter.OpLt, filter.OpLe, filter.OpGt, filter.OpGe} {
			list = append(list, &filter.Compare{Op: op, Field: field, Value: v})
		}
	}
	return list
}

func filterOperators(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.oneOfEach()
	s.upsert(records...)
	for _, v := range metaValues {
		if _, list := v.([]string); list {
			continue // an operand is never a list
		}
		for _, f := range comparisons("v", v) {
			s.wantFilter(f, records)
		}
	}
	for _, f := range []filter.Filter{
		nil, filter.Has("v"), filter.Has("missing"), filter.Negate(filter.Has("v")),
		filter.And(), filter.Or(), filter.In[string]("v"), filter.In("v", "ko", "en", "absent"), filter.In("v", 1, 2024),
		filter.Eq("missing", ""), filter.Ne("missing", ""), filter.Lt("missing", 1), filter.Negate(filter.Lt("missing", 1)),
		filter.HasPrefix("missing", ""), filter.Eq("V", "ko"),
		filter.Eq("v", "true"), filter.Eq("v", "0"), filter.Eq("v", "2024-05-01"), filter.Eq("v", "[]"),
		filter.And(filter.Has("v"), filter.Negate(filter.Or(filter.Lt("v", 5), filter.HasPrefix("v", "k")))),
	} {
		s.wantFilter(f, records)
	}
	return s.err
}

func filterReserved(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.records(12)
	for i := range records {
		records[i].MIME = pick(e.rng, []string{"text/markdown", "text/html", ""})
		records[i].Metadata = groundwork.Metadata{"id": "x", "uri": "y", "mime": "z"}
	}
	s.upsert(records...)
	for _, f := range []filter.Filter{
		filter.Eq(filter.DocID, records[4].DocumentID), filter.In(filter.DocID, records[0].DocumentID, records[11].DocumentID),
		filter.Eq(filter.DocURI, records[4].URI), filter.HasPrefix(filter.DocURI, "docs/"), filter.HasPrefix(filter.DocURI, "docs/1"),
		filter.Eq(filter.DocMIME, "text/html"), filter.Eq(filter.DocMIME, ""), filter.Ne(filter.DocMIME, "text/html"),
		filter.Has(filter.DocID), filter.Has(filter.DocURI), filter.Has(filter.DocMIME), filter.Lt(filter.DocURI, 3),
		filter.Eq("id", "x"), filter.Eq("uri", "docs/1.md"),
	} {
		s.wantFilter(f, records)
	}
	return s.err
}

func filterHostile(ctx context.Context, e *env) error {
	s := e.session(ctx)
	var records []vectorstore.Record
	for i, key := range metaKeys {
		r := e.record(i)
		r.Metadata = groundwork.Metadata{key: "value of " + key, "%": "100%", "_": "a_b"}
		records = append(records, r)
	}
	s.upsert(records...)
	for _, key := range metaKeys {
		for _, f := range []filter.Filter{
			filter.Has(key), filter.Eq(key, "value of "+key), filter.HasPrefix(key, "value of "+string([]rune(key)[:1])),
			filter.In(key, "x", "value of "+key), filter.Eq("lang", "value of "+key), filter.Gt(key, 1),
		} {
			s.wantFilter(f, records)
		}
	}
	for _, f := range []filter.Filter{
		filter.HasPrefix("%", "%"), filter.HasPrefix("%", "100%"), filter.HasPrefix("_", "_"), filter.HasPrefix("_", "aXb"), filter.HasPrefix("_", "a_b"),
		filter.HasPrefix("lang", `\`), filter.Eq("%", "100%' OR '1'='1"), filter.Has("' OR '1'='1"), filter.Has(`") OR ("1"="1`),
	} {
		s.wantFilter(f, records)
	}
	return s.err
}

func filterRandom(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.randomTexts(150)
	s.upsert(records...)
	text := s.has(vectorstore.FeatureLexical)
	ref := s.reference(records)
	for range 150 {
		f := randomFilter(e.rng, 3)
		s.wantFilter(f, records)
		if text {
			s.sameAnswer(ref, vectorstore.Query{Text: randomText(e.rng), K: 1 + e.rng.IntN(200), Filter: f})
		}
	}
	return s.err
}

// randomFilter returns a valid tree over the names and values of the suite.
func randomFilter(rng *rand.Rand, depth int) filter.Filter {
	n := 7
	if depth == 0 {
		n = 4
	}
	key := pick(rng, metaKeys)
	switch rng.IntN(n) {
	case 0, 1, 2:
		return pick(rng, comparisons(key, randomOperand(rng)))
	case 3:
		return filter.Has(key)
	case 4:
		return filter.Negate(randomFilter(rng, depth-1))
	case 5:
		return &filter.All{Filters: randomFilters(rng, depth-1)}
	}
	return &filter.Any{Filters: randomFilters(rng, depth-1)}
}

func randomFilters(rng *rand.Rand, depth int) (list []filter.Filter) {
	for range rng.IntN(4) {
		list = append(list, randomFilter(rng, depth))
	}
	return list
}

func randomOperand(rng *rand.Rand) any {
	for {
		v := pick(rng, metaValues)
		if _, list := v.([]string); !list {
			return v
		}
	}
}

// filterNeverShort searches with filters of all selectivities, unrelated to
// the vectors, on the query's side of them and on the far side.
func filterNeverShort(ctx context.Context, e *env) error {
	const n, k = 3000, 20
	s := e.session(ctx)
	records := e.clustered(n)
	query := slices.Clone(records[0].Vector)
	near := e.nearest(records, query)
	for i := range records {
		records[i].Metadata = groundwork.Metadata{"random": float64(e.rng.IntN(n)), "near": float64(near[records[i].ID]), "half": i%2 == 0}
	}
	for part := range slices.Chunk(records, 500) {
		s.upsert(part...)
	}
	for _, pass := range []int{n, n / 2, n / 10, n / 25, n / 100, 25, k, 3, 1, 0} {
		for _, f := range []filter.Filter{
			filter.Lt("random", pass),
			filter.Lt("near", pass),
			filter.Ge("near", n-pass),
			filter.And(filter.Lt("random", pass), filter.Eq("half", true)),
		} {
			s.filtered(records, vectorstore.Query{Vector: query, K: k, Filter: f})
		}
	}
	return s.err
}

// nearest returns the rank of each record by closeness to query.
func (e *env) nearest(records []vectorstore.Record, query []float32) map[string]int {
	truth := dense(e.space.Metric, query, records)
	ids := recordIDs(records)
	slices.SortFunc(ids, func(a, b string) int { return cmp.Compare(truth[b], truth[a]) })
	rank := map[string]int{}
	for i, id := range ids {
		rank[id] = i
	}
	return rank
}

func (s *session) filtered(records []vectorstore.Record, q vectorstore.Query) {
	var pass []vectorstore.Record
	for _, r := range records {
		if filter.Match(q.Filter, vectorstore.ChunkFields(&r.Chunk)) {
			pass = append(pass, r)
		}
	}
	s.searchNear(pass, q, 0.9)
}
