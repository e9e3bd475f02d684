package storetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

var lifeCases = []testCase{
	{"cancelled-context", cancelled},
	{"close-twice", closeTwice},
	{"reopen-keeps-everything", reopenKeeps},
	{"reopen-keeps-builds", reopenBuilds},
}

func cancelled(ctx context.Context, e *env) error {
	s := e.session(ctx)
	s.upsert(e.record(0))
	if s.err != nil {
		return s.err
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err := s.store.Search(done, vectorstore.Query{Vector: e.vector(), K: 1})
	s.wantError("search", err, context.Canceled)
	s.wantError("apply", s.store.Apply(done, vectorstore.Batch{Upserts: []vectorstore.Record{e.record(1)}}), context.Canceled)
	_, err = collect(s.store.Scan(done, vectorstore.Scan{}))
	s.wantError("scan", err, context.Canceled)
	if s.has(vectorstore.FeatureState) {
		_, err = collect(vectorstore.State(done, s.store, vectorstore.StateScan{}))
		s.wantError("read state", err, context.Canceled)
	}
	_, err = e.db.Open(done, s.ns, e.space)
	s.wantError("open", err, context.Canceled)
	ns := e.namespace()
	_, err = e.db.Build(done, ns, e.space)
	s.wantError("build", err, context.Canceled)
	s.wantError("promote", e.db.Promote(done, ns, e.space), context.Canceled)
	s.wantScan("after cancelled calls", vectorstore.Scan{}, id(0))
	return s.err
}

func closeTwice(ctx context.Context, e *env) error {
	s := e.session(ctx)
	s.upsert(e.record(0))
	side := s.build(otherSpaces(e.space)["model"])
	s.do("close", e.db.Close)
	s.do("close again", e.db.Close)
	s.wantClosed("after Close")
	side.wantClosed("after Close, the build")
	_, err := e.db.Open(ctx, s.ns, e.space)
	s.wantError("open after Close", err, vectorstore.ErrClosed)
	_, err = e.db.Open(ctx, "new", e.space)
	s.wantError("open a new namespace after Close", err, vectorstore.ErrClosed)
	_, err = e.db.Build(ctx, s.ns, e.space)
	s.wantError("build after Close", err, vectorstore.ErrClosed)
	s.wantError("promote after Close", e.db.Promote(ctx, s.ns, e.space), vectorstore.ErrClosed)
	return errors.Join(s.err, side.err)
}

func reopenKeeps(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.randomTexts(300)
	for i := range records {
		if i%10 == 0 {
			records[i].Vector = nil
		}
	}
	s.upsert(records[:200]...)
	s.upsert(records[200:]...)
	s.delete(5, id(7), id(8), id(9), id(1000))
	live := append(records[:7:7], records[10:]...)
	var b vectorstore.Batch
	if s.has(vectorstore.FeatureFence) {
		b.Fence = 9
	}
	state := s.has(vectorstore.FeatureState)
	if state {
		b.State = []vectorstore.Entry{entry("a", "1"), entry("b", "")}
	}
	s.apply(b)
	before := s.info()
	ns := s.ns
	for _, what := range []string{"reopened", "reopened twice"} {
		if s.err != nil {
			return s.err
		}
		if err := e.reopen(ctx); err != nil {
			return err
		}
		s = e.open(ctx, ns, e.space)
		s.wantRecords(what, live...)
		after := s.info()
		s.check(after.Records == before.Records && after.Vectors == before.Vectors && after.Tombstones == before.Tombstones && after.Space == before.Space,
			"%s: info is %+v, was %+v", what, after, before)
		s.check(after.Durable && after.Generation >= before.Generation, "%s: info is %+v, was %+v", what, after, before)
		if state {
			s.wantState(what, vectorstore.StateScan{}, b.State...)
		}
		s.wantScan(what+", filtered", vectorstore.Scan{Filter: filter.Has("lang")}, passing(filter.Has("lang"), live)...)
		s.sameSearches(live)
	}
	s.upsert(at(5, e.record(7)), at(3, e.record(1000)))
	s.wantScan("after writes that are older than the kept tombstones", vectorstore.Scan{IDs: []string{id(7), id(1000)}})
	if s.has(vectorstore.FeatureFence) {
		s.applyFails("below the kept fence", vectorstore.Batch{Fence: 8}, vectorstore.ErrFenced)
	}
	s.upsert(at(6, e.record(7)))
	s.wantScan("after a newer write", vectorstore.Scan{IDs: []string{id(7)}}, id(7))
	return s.err
}

// sameSearches wants s to answer random queries as a memory store with records
// does.
func (s *session) sameSearches(records []vectorstore.Record) {
	ref := s.reference(records)
	text := s.has(vectorstore.FeatureLexical)
	for range 10 {
		s.sameAnswer(ref, vectorstore.Query{Vector: s.env.vector(), K: 1 + s.env.rng.IntN(20)})
		s.sameAnswer(ref, vectorstore.Query{Vector: s.env.vector(), K: 1 + s.env.rng.IntN(20), Exact: true})
		if text {
			s.sameAnswer(ref, vectorstore.Query{Text: randomText(s.env.rng), K: 1 + s.env.rng.IntN(20)})
		}
	}
}

func reopenBuilds(ctx context.Context, e *env) error {
	if e.opt.Reopen == nil {
		return e.reopen(ctx)
	}
	next := otherSpaces(e.space)["model"]
	live := e.session(ctx)
	live.upsert(e.record(0))
	side := live.build(next)
	side.upsert(e.record(1))
	if err := errors.Join(live.err, side.err, e.reopen(ctx)); err != nil {
		return err
	}
	again := e.open(ctx, live.ns, e.space)
	again.wantScan("the live build, reopened", vectorstore.Scan{}, id(0))
	side = again.build(next)
	side.wantScan("the build beside it, reopened", vectorstore.Scan{}, id(1))
	side.promote(next)
	if err := errors.Join(again.err, side.err, e.reopen(ctx)); err != nil {
		return err
	}
	last := e.open(ctx, live.ns, vectorstore.Space{})
	last.wantScan("the promoted build, reopened", vectorstore.Scan{}, id(1))
	last.check(last.err != nil || last.info().Space == next, "the promoted build, reopened, has space %+v", last.info().Space)
	last.wantError("promote the build that was dropped", e.db.Promote(ctx, live.ns, e.space), vectorstore.ErrNotFound)
	if last.err != nil {
		return fmt.Errorf("namespace %s: %w", live.ns, last.err)
	}
	return nil
}
