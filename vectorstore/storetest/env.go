package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// An env is what a case runs on.
type env struct {
	db    vectorstore.DB
	space vectorstore.Space
	opt   Options
	rng   *rand.Rand
	names *int // how many namespaces were named
}

// namespace returns a name that no other part of the case uses.
func (e *env) namespace() string {
	*e.names++
	return fmt.Sprintf("space-%d", *e.names)
}

// in returns e with another space for what it makes.
func (e *env) in(space vectorstore.Space) *env {
	sub := *e
	sub.space = space
	return &sub
}

// session opens a new namespace. Check s.err when done.
func (e *env) session(ctx context.Context) *session {
	return e.open(ctx, e.namespace(), e.space)
}

func (e *env) open(ctx context.Context, ns string, space vectorstore.Space) *session {
	s := &session{ctx: ctx, env: e, ns: ns}
	s.store, s.err = e.db.Open(ctx, ns, space)
	return s
}

// reopen closes the DB and opens its storage again.
func (e *env) reopen(ctx context.Context) error {
	if e.opt.Reopen == nil {
		return fmt.Errorf("%w: the store keeps nothing", errSkip)
	}
	db, err := e.opt.Reopen(ctx, e.db)
	if err != nil {
		return fmt.Errorf("reopen: %w", err)
	}
	e.db = db
	return nil
}

// A session is a script on one store: the first error stays in err and makes
// everything after it do nothing.
type session struct {
	ctx   context.Context
	env   *env
	ns    string
	store vectorstore.Store
	err   error
}

// check notes an error unless ok.
func (s *session) check(ok bool, format string, args ...any) {
	if s.err == nil && !ok {
		s.err = fmt.Errorf(format, args...)
	}
}

// do notes the error of f.
func (s *session) do(what string, f func() error) {
	if s.err != nil {
		return
	}
	if err := f(); err != nil {
		s.err = fmt.Errorf("%s: %w", what, err)
	}
}

func (s *session) apply(b vectorstore.Batch) {
	s.do("apply", func() error { return s.store.Apply(s.ctx, b) })
}

func (s *session) upsert(records ...vectorstore.Record) {
	s.apply(vectorstore.Batch{Upserts: records})
}

func (s *session) delete(version int64, ids ...string) {
	var b vectorstore.Batch
	for _, id := range ids {
		b.Deletes = append(b.Deletes, vectorstore.Tombstone{ID: id, Version: version})
	}
	s.apply(b)
}

// applyFails wants b to be refused with the error want.
func (s *session) applyFails(what string, b vectorstore.Batch, want error) {
	if s.err == nil {
		s.wantError("apply "+what, s.store.Apply(s.ctx, b), want)
	}
}

func (s *session) wantError(what string, got, want error) {
	s.check(errors.Is(got, want), "%s: error is %v, want %v", what, got, want)
}

// search returns the result of one query.
func (s *session) search(q vectorstore.Query) vectorstore.Result {
	results := s.searchAll(q)
	if len(results) != 1 {
		return vectorstore.Result{}
	}
	return results[0]
}

func (s *session) searchAll(qs ...vectorstore.Query) []vectorstore.Result {
	if s.err != nil {
		return nil
	}
	results, err := s.store.Search(s.ctx, qs...)
	if err != nil {
		s.err = fmt.Errorf("search: %w", err)
		return nil
	}
	s.check(len(results) == len(qs), "search: %d results for %d queries", len(results), len(qs))
	return results
}

// searchFails wants qs to be refused with the error want.
func (s *session) searchFails(what string, want error, qs ...vectorstore.Query) {
	if s.err == nil {
		_, err := s.store.Search(s.ctx, qs...)
		s.wantError("search "+what, err, want)
	}
}

// wantHits wants q to find exactly ids, in this order.
func (s *session) wantHits(what string, q vectorstore.Query, ids ...string) {
	got := hitIDs(s.search(q))
	s.check(slices.Equal(got, ids), "%s: found %s", what, differIDs(got, ids))
}

// wantFound wants q to find exactly ids, in any order.
func (s *session) wantFound(what string, q vectorstore.Query, ids ...string) {
	got, want := slices.Sorted(slices.Values(hitIDs(s.search(q)))), slices.Sorted(slices.Values(ids))
	s.check(slices.Equal(got, want), "%s: found %s", what, differIDs(got, want))
}

func (s *session) scan(scan vectorstore.Scan) []vectorstore.Record {
	if s.err != nil {
		return nil
	}
	records, err := collect(s.store.Scan(s.ctx, scan))
	if err != nil {
		s.err = fmt.Errorf("scan: %w", err)
	}
	return records
}

// wantScan wants scan to yield exactly ids, in this order.
func (s *session) wantScan(what string, scan vectorstore.Scan, ids ...string) {
	got := recordIDs(s.scan(scan))
	s.check(slices.Equal(got, ids), "%s: scanned %s", what, differIDs(got, ids))
}

// wantRecords wants the store to hold exactly records, with all their parts.
func (s *session) wantRecords(what string, records ...vectorstore.Record) {
	want := slices.Clone(records)
	slices.SortFunc(want, func(a, b vectorstore.Record) int { return cmpID(a.ID, b.ID) })
	got := s.scan(vectorstore.Scan{Load: vectorstore.LoadAll})
	s.check(len(got) == len(want), "%s: scanned %s", what, differIDs(recordIDs(got), recordIDs(want)))
	for i := range want {
		s.wantRecord(what, got, i, want[i])
	}
}

func (s *session) wantRecord(what string, list []vectorstore.Record, i int, want vectorstore.Record) {
	if s.err == nil {
		s.check(i < len(list), "%s: record %d is missing", what, i)
	}
	if s.err == nil {
		d := s.diff(want, list[i])
		s.check(d == "", "%s: record %s: %s", what, want.ID, d)
	}
}

// diff compares records; vectors by direction where the store may normalize
// them.
func (s *session) diff(want, got vectorstore.Record) string {
	if (want.Vector == nil) != (got.Vector == nil) || len(want.Vector) != len(got.Vector) {
		return fmt.Sprintf("vector of %d, want of %d", len(got.Vector), len(want.Vector))
	}
	if want.Vector != nil && !sameVector(s.env.space.Metric, want.Vector, got.Vector, s.env.opt.Tolerance) {
		return fmt.Sprintf("vector %v, want %v", got.Vector, want.Vector)
	}
	want.Vector, got.Vector = nil, nil
	return diff(want, got)
}

// state returns the State rows that scan selects.
func (s *session) state(scan vectorstore.StateScan) []vectorstore.Entry {
	if s.err != nil {
		return nil
	}
	rows, err := collect(vectorstore.State(s.ctx, s.store, scan))
	if err != nil {
		s.err = fmt.Errorf("read state: %w", err)
	}
	return rows
}

// wantState wants scan to yield rows, in this order.
func (s *session) wantState(what string, scan vectorstore.StateScan, rows ...vectorstore.Entry) {
	got := s.state(scan)
	s.check(len(got) == len(rows), "%s: %d state rows %q, want %d", what, len(got), keys(got), len(rows))
	for i := range rows {
		if s.err == nil {
			d := diff(rows[i], got[i])
			s.check(d == "", "%s: state row %q: %s", what, rows[i].Key, d)
		}
	}
}

func keys(rows []vectorstore.Entry) (list []string) {
	for _, e := range rows {
		list = append(list, short(e.Key))
	}
	return list
}

// has reports whether the store has a feature.
func (s *session) has(f vectorstore.Feature) bool {
	return s.err == nil && slices.Contains(s.store.Info().Features, f)
}

// needs makes the case skip unless the store has a feature.
func (s *session) needs(f vectorstore.Feature) {
	s.check(s.has(f), "%w: the store has no feature %q", errSkip, f)
}

func (s *session) info() vectorstore.Info {
	if s.err != nil {
		return vectorstore.Info{}
	}
	return s.store.Info()
}

// collect returns what seq yields up to its first error.
func collect[T any](seq iter.Seq2[T, error]) (list []T, err error) {
	for v, err := range seq {
		if err != nil {
			return list, err
		}
		list = append(list, v)
	}
	return list, nil
}

func hitIDs(r vectorstore.Result) []string {
	var ids []string
	for _, h := range r.Hits {
		ids = append(ids, h.ID)
	}
	return ids
}

func recordIDs(records []vectorstore.Record) []string {
	var ids []string
	for _, r := range records {
		ids = append(ids, r.ID)
	}
	return ids
}

// differIDs tells how got differs from want without listing all of both.
func differIDs(got, want []string) string {
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			return fmt.Sprintf("%d, want %d: %s is missing at the end", len(got), len(want), want[i])
		case i >= len(want):
			return fmt.Sprintf("%d, want %d: %s is too much", len(got), len(want), got[i])
		case got[i] != want[i]:
			return fmt.Sprintf("%d, want %d: at %d stands %s instead of %s", len(got), len(want), i, got[i], want[i])
		}
	}
	return fmt.Sprintf("the same %d", len(got))
}

// pick returns one of list.
func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// id returns the i-th id.
func id(i int) string { return groundwork.NewID(fmt.Sprintf("record %d", i)) }
