package storetest

import (
	"context"
	"slices"

	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

var scanCases = []testCase{
	{"scan-order-and-paging", scanOrder},
	{"scan-since", scanSince},
	{"scan-ids", scanIDs},
	{"scan-of-one-state", scanOneState},
	{"scan-refuses-invalid-filters", scanInvalid},
	{"load-only-what-is-asked", loadFields},
}

func scanOrder(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.records(101)
	for part := range slices.Chunk(records, 17) {
		s.upsert(part...)
	}
	ids := slices.Sorted(slices.Values(recordIDs(records)))
	s.wantScan("all", vectorstore.Scan{}, ids...)
	var paged []string
	after := ""
	for len(paged) < 200 && s.err == nil {
		page := s.page(vectorstore.Scan{After: after}, 10)
		if len(page) == 0 {
			break
		}
		paged = append(paged, page...)
		after = page[len(page)-1]
	}
	s.check(slices.Equal(paged, ids), "pages hold %d ids, want the %d of the store in order", len(paged), len(ids))
	s.wantScan("after the last", vectorstore.Scan{After: ids[100]})
	s.wantScan("after an id that is not there", vectorstore.Scan{After: ids[50][:35]}, ids[50:]...)
	s.wantScan("after, filtered", vectorstore.Scan{After: ids[30], Filter: filter.Lt("number", 50)},
		keep(passing(filter.Lt("number", 50), records), ids[31:]...)...)
	return s.err
}

// page returns the first n ids of a scan, which is then broken off.
func (s *session) page(scan vectorstore.Scan, n int) (ids []string) {
	for r, err := range s.store.Scan(s.ctx, scan) {
		s.do("scan", func() error { return err })
		if s.err != nil {
			return nil
		}
		if ids = append(ids, r.ID); len(ids) == n {
			break
		}
	}
	return ids
}

func scanSince(ctx context.Context, e *env) error {
	s := e.session(ctx)
	var late, odd []string
	for i := range 40 {
		r := at(int64(i+1), e.record(i))
		s.upsert(r)
		if r.Version > 30 {
			late = append(late, r.ID)
			if i%2 == 1 {
				odd = append(odd, r.ID)
			}
		}
	}
	slices.Sort(late)
	s.wantScan("since 30", vectorstore.Scan{Since: 30}, late...)
	s.wantScan("since the last", vectorstore.Scan{Since: 40})
	s.wantScan("since 30, after", vectorstore.Scan{Since: 30, After: late[3]}, late[4:]...)
	s.delete(50, late[0])
	s.wantScan("since 30, one deleted", vectorstore.Scan{Since: 30}, late[1:]...)
	f := filter.In("number", 31, 33, 35, 37, 39)
	slices.Sort(odd)
	s.wantScan("since 30, filtered", vectorstore.Scan{Since: 30, Filter: f}, slices.DeleteFunc(odd, func(id string) bool { return id == late[0] })...)
	return s.err
}

func scanIDs(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.records(20)
	s.upsert(records...)
	s.delete(2, id(3))
	ask := []string{id(7), id(1), id(99), id(3), id(7), id(12), "", "no uuid", "'; --"}
	want := []string{id(1), id(7), id(12)}
	slices.Sort(want)
	s.wantScan("unordered, repeated and missing ids", vectorstore.Scan{IDs: ask}, want...)
	s.wantScan("no ids", vectorstore.Scan{IDs: []string{}})
	s.wantScan("ids win over the rest", vectorstore.Scan{IDs: []string{id(1)}, After: "ffffffff-ffff-ffff-ffff-ffffffffffff", Since: 100, Filter: filter.Or()}, id(1))
	var many []string
	for i := range 5000 {
		many = append(many, id(i))
	}
	s.wantScan("many ids", vectorstore.Scan{IDs: many}, slices.DeleteFunc(slices.Sorted(slices.Values(recordIDs(records))), func(v string) bool { return v == id(3) })...)
	return s.err
}

// scanOneState writes from within a scan: it must neither block nor be seen.
func scanOneState(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.records(50)
	s.upsert(records...)
	if s.err != nil {
		return s.err
	}
	n := 0
	for r, err := range s.store.Scan(ctx, vectorstore.Scan{Load: vectorstore.LoadText}) {
		s.do("scan", func() error { return err })
		if n == 0 {
			s.upsert(e.record(50), e.record(51))
			for i := range records {
				s.upsert(at(2, records[i]))
			}
			s.delete(3, recordIDs(records[:25])...)
		}
		s.check(r.Version == 1, "record %s has version %d, written after the scan began", r.ID, r.Version)
		n++
	}
	s.check(n == 50, "scan yields %d records, want the 50 of its beginning", n)
	s.check(s.err != nil || s.info().Records == 27, "%d records after the scan, want 27", s.info().Records)
	return s.err
}

func scanInvalid(ctx context.Context, e *env) error {
	s := e.session(ctx)
	s.upsert(e.record(0))
	if s.err == nil {
		got, err := collect(s.store.Scan(ctx, vectorstore.Scan{Filter: filter.Eq("doc.author", "x")}))
		s.wantError("scan with an unknown reserved field", err, vectorstore.ErrQuery)
		s.check(len(got) == 0, "%d records before the error", len(got))
	}
	return s.err
}

func loadFields(ctx context.Context, e *env) error {
	s := e.session(ctx)
	full := e.record(0)
	s.upsert(full)
	for load := range vectorstore.LoadAll + 1 {
		want := vectorstore.Record{Version: full.Version}
		want.ID, want.DocumentID, want.Revision = full.ID, full.DocumentID, full.Revision
		if load&vectorstore.LoadText != 0 {
			want.Chunk = full.Chunk
			want.Metadata = nil
		}
		if load&vectorstore.LoadMeta != 0 {
			want.Metadata = full.Metadata
		}
		for _, q := range []vectorstore.Query{{Vector: full.Vector}, {Vector: full.Vector, Exact: true}, {Text: full.Text}} {
			if q.Text != "" && !s.has(vectorstore.FeatureLexical) {
				continue
			}
			q.K, q.Load = 1, load
			res := s.search(q)
			s.check(len(res.Hits) == 1, "load %b: %d hits", load, len(res.Hits))
			if s.err == nil {
				d := diff(want.Chunk, res.Hits[0].Chunk)
				s.check(d == "", "load %b: hit: %s", load, d)
			}
		}
		if load&vectorstore.LoadVector != 0 {
			want.Vector = full.Vector
		}
		s.wantRecord("load", s.scan(vectorstore.Scan{Load: load}), 0, want)
		s.wantRecord("load by id", s.scan(vectorstore.Scan{IDs: []string{full.ID}, Load: load}), 0, want)
	}
	return s.err
}
