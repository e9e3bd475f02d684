package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed4837efcb/groundwork/vectorstore"
)

var spaceCases = []testCase{
	{"namespaces-are-isolated", isolation},
	{"space-must-be-the-same", spaceMismatch},
	{"space-must-be-valid", spaceInvalid},
	{"open-twice-is-one-build", openTwice},
	{"build-is-invisible-until-promoted", buildAndPromote},
	{"build-of-the-same-space", rebuildSameSpace},
	{"builds-share-the-fence", buildFence},
	{"promote-needs-a-build", promoteMissing},
}

// hostileNamespaces are names that a store must keep apart, whatever it makes
// of them.
var hostileNamespaces = []string{
	"tenant", "Tenant", "TENANT", "tenant ", " tenant", "tenant/a", "tenant\\a", "tenant.a", "../tenant", "..", ".", "/", "tenant%", "tenan_", "tenant\x00",
	"'; DROP TABLE chunk; --", `"tenant"`, "$1", "CON", "nul", "a:b", "테넌트", "e\u0301", "\u00e9", "tenant\n", strings.Repeat("n", 255), strings.Repeat("n", 256),
}

func isolation(ctx context.Context, e *env) error {
	sessions := make([]*session, len(hostileNamespaces))
	for i, ns := range hostileNamespaces {
		s := e.open(ctx, ns, e.space)
		s.upsert(withText(e.record(i), "walrus"))
		if s.has(vectorstore.FeatureState) {
			s.put(entry("k", ns))
		}
		sessions[i] = s
	}
	for i, s := range sessions {
		what := fmt.Sprintf("namespace %q", short(hostileNamespaces[i]))
		s.wantScan(what, vectorstore.Scan{}, id(i))
		s.wantScan(what+", by the ids of others", vectorstore.Scan{IDs: []string{id(i), id(i + 1), id(0)}}, id(i))
		s.wantHits(what, vectorstore.Query{Vector: e.vector(), K: 100}, id(i))
		s.wantHits(what, vectorstore.Query{Vector: e.vector(), K: 100, Exact: true}, id(i))
		if s.has(vectorstore.FeatureLexical) {
			s.wantHits(what, text("walrus"), id(i))
		}
		if s.has(vectorstore.FeatureState) {
			s.wantState(what, vectorstore.StateScan{}, entry("k", hostileNamespaces[i]))
		}
		s.check(s.err != nil || s.info().Records == 1, "%s: info counts %d records", what, s.info().Records)
		if s.err != nil {
			return fmt.Errorf("%s: %w", what, s.err)
		}
	}
	sessions[0].delete(9, id(0), id(1), id(2))
	sessions[1].wantScan("after deletes in another namespace", vectorstore.Scan{}, id(1))
	return errors.Join(sessions[0].err, sessions[1].err)
}

// otherSpaces returns spaces that differ from s in one way each.
func otherSpaces(s vectorstore.Space) map[string]vectorstore.Space {
	model, dim, metric, format := s, s, s, s
	model.Model += "/other"
	dim.Dim++
	metric.Metric = s.Metric%vectorstore.L2 + 1
	format.Format++
	return map[string]vectorstore.Space{"model": model, "dimension": dim, "metric": metric, "format": format}
}

func spaceMismatch(ctx context.Context, e *env) error {
	s := e.session(ctx)
	s.upsert(e.record(0))
	for what, other := range otherSpaces(e.space) {
		_, err := e.db.Open(ctx, s.ns, other)
		var mismatch *vectorstore.SpaceError
		s.check(errors.As(err, &mismatch), "open with another %s: error is %v, want a SpaceError", what, err)
		if s.err == nil {
			s.check(mismatch.Have == e.space && mismatch.Want == other && mismatch.Namespace == s.ns, "open with another %s: %+v", what, mismatch)
		}
	}
	other := e.space
	other.Analyzer = "another/1"
	_, err := e.db.Open(ctx, s.ns, other)
	s.check(errors.As(err, new(*vectorstore.SpaceError)), "open with another analyzer: error is %v, want a SpaceError", err)

	whatever := e.open(ctx, s.ns, vectorstore.Space{})
	whatever.wantScan("opened with the zero space", vectorstore.Scan{}, id(0))
	whatever.check(whatever.err != nil || whatever.info().Space == e.space, "info of a store opened with the zero space names %+v", whatever.info().Space)
	s.wantScan("after refused opens", vectorstore.Scan{}, id(0))

	_, err = e.db.Open(ctx, e.namespace(), vectorstore.Space{})
	s.wantError("open nothing with the zero space", err, vectorstore.ErrNotFound)
	return errors.Join(s.err, whatever.err)
}

func spaceInvalid(ctx context.Context, e *env) error {
	for what, change := range map[string]func(*vectorstore.Space){
		"no dimension":          func(s *vectorstore.Space) { s.Dim = 0 },
		"a negative dimension":  func(s *vectorstore.Space) { s.Dim = -1 },
		"a huge dimension":      func(s *vectorstore.Space) { s.Dim = 4097 },
		"no metric":             func(s *vectorstore.Space) { s.Metric = 0 },
		"an unknown metric":     func(s *vectorstore.Space) { s.Metric = 77 },
		"an analyzer not known": func(s *vectorstore.Space) { s.Analyzer = "unheard of/1" },
	} {
		space, ns := e.space, e.namespace()
		change(&space)
		if _, err := e.db.Open(ctx, ns, space); err == nil {
			return fmt.Errorf("a space with %s was opened", what)
		}
		if _, err := e.db.Build(ctx, ns, space); err == nil {
			return fmt.Errorf("a space with %s was built", what)
		}
		if _, err := e.db.Open(ctx, ns, vectorstore.Space{}); !errors.Is(err, vectorstore.ErrNotFound) {
			return fmt.Errorf("after refusing a space with %s, the namespace is there: %v", what, err)
		}
	}
	if _, err := e.db.Build(ctx, e.namespace(), vectorstore.Space{}); err == nil {
		return errors.New("the zero space was built")
	}
	return nil
}

func openTwice(ctx context.Context, e *env) error {
	a := e.session(ctx)
	b := e.open(ctx, a.ns, e.space)
	a.upsert(e.record(0))
	b.upsert(e.record(1))
	want := []string{min(id(0), id(1)), max(id(0), id(1))}
	a.wantScan("one view", vectorstore.Scan{}, want...)
	b.wantScan("the other view", vectorstore.Scan{}, want...)
	return errors.Join(a.err, b.err)
}

// build opens a build beside the live one of s.
func (s *session) build(space vectorstore.Space) *session {
	b := &session{ctx: s.ctx, env: s.env, ns: s.ns, err: s.err}
	if b.err == nil {
		b.store, b.err = s.env.db.Build(s.ctx, s.ns, space)
	}
	return b
}

func (s *session) promote(space vectorstore.Space) {
	s.do("promote", func() error { return s.env.db.Promote(s.ctx, s.ns, space) })
}

func buildAndPromote(ctx context.Context, e *env) error {
	next := e.space
	next.Model, next.Dim = "storetest/2", e.space.Dim+3
	sub := e.in(next)

	live := e.session(ctx)
	state := live.has(vectorstore.FeatureState)
	live.upsert(e.records(3)...)
	if state {
		live.put(entry("k", "live"))
	}
	side := live.build(next)
	side.upsert(sub.record(10), sub.record(11))
	if state {
		side.wantState("of a new build", vectorstore.StateScan{})
		side.put(entry("k", "side"))
		live.wantState("while a build is made", vectorstore.StateScan{}, entry("k", "live"))
	}
	again := live.build(next)
	again.upsert(sub.record(12))
	three := []string{id(10), id(11), id(12)}
	side.wantFound("the build, opened twice", vectorstore.Query{Vector: sub.vector(), K: 9}, three...)
	live.wantFound("the live build", vectorstore.Query{Vector: e.vector(), K: 9}, id(0), id(1), id(2))
	_, err := e.db.Open(ctx, live.ns, next)
	side.check(errors.As(err, new(*vectorstore.SpaceError)), "open with the space of a build: error is %v, want a SpaceError", err)
	side.promote(next)

	live.wantClosed("the store of the build that was replaced")
	side.wantFound("the promoted build", vectorstore.Query{Vector: sub.vector(), K: 9}, three...)
	fresh := e.open(ctx, live.ns, next)
	fresh.wantFound("the promoted build, opened anew", vectorstore.Query{Vector: sub.vector(), K: 9}, three...)
	if state {
		fresh.wantState("of the promoted build", vectorstore.StateScan{}, entry("k", "side"))
	}
	_, err = e.db.Open(ctx, live.ns, e.space)
	fresh.check(errors.As(err, new(*vectorstore.SpaceError)), "open with the space that was: error is %v, want a SpaceError", err)
	fresh.wantError("promote twice", e.db.Promote(ctx, live.ns, next), vectorstore.ErrNotFound)
	return errors.Join(live.err, side.err, again.err, fresh.err)
}

// wantClosed wants every call on s to be ErrClosed.
func (s *session) wantClosed(what string) {
	if s.err != nil {
		return
	}
	_, err := s.store.Search(s.ctx, vectorstore.Query{Vector: s.env.vector(), K: 1})
	s.wantError(what+": search", err, vectorstore.ErrClosed)
	s.wantError(what+": apply", s.store.Apply(s.ctx, vectorstore.Batch{Upserts: []vectorstore.Record{s.env.record(90)}}), vectorstore.ErrClosed)
	_, err = collect(s.store.Scan(s.ctx, vectorstore.Scan{}))
	s.wantError(what+": scan", err, vectorstore.ErrClosed)
	if reader, ok := s.store.(vectorstore.StateReader); ok {
		_, err = collect(reader.ReadState(s.ctx, vectorstore.StateScan{}))
		s.wantError(what+": read state", err, vectorstore.ErrClosed)
	}
	s.store.Info() // must not panic
}

// rebuildSameSpace makes a build with the space of the live one, as a
// re-index from scratch does.
func rebuildSameSpace(ctx context.Context, e *env) error {
	live := e.session(ctx)
	live.upsert(at(9, e.record(0)), e.record(1))
	side := live.build(e.space)
	side.wantScan("a new build", vectorstore.Scan{})
	side.upsert(e.record(0)) // version 9 is the other build's
	live.wantScan("the live build", vectorstore.Scan{}, min(id(0), id(1)), max(id(0), id(1)))
	side.promote(e.space)
	fresh := e.open(ctx, live.ns, e.space)
	fresh.wantScan("the promoted build", vectorstore.Scan{}, id(0))
	live.wantClosed("the store of the build that was replaced")

	first := e.namespace() // a build where nothing is live
	b := (&session{ctx: ctx, env: e, ns: first}).build(e.space)
	b.upsert(e.record(5))
	_, err := e.db.Open(ctx, first, vectorstore.Space{})
	b.wantError("open a namespace that has only a build", err, vectorstore.ErrNotFound)
	b.promote(e.space)
	opened := e.open(ctx, first, vectorstore.Space{})
	opened.wantScan("the first build, promoted", vectorstore.Scan{}, id(5))
	return errors.Join(live.err, side.err, fresh.err, b.err, opened.err)
}

func buildFence(ctx context.Context, e *env) error {
	live := e.session(ctx)
	live.needs(vectorstore.FeatureFence)
	live.apply(vectorstore.Batch{Fence: 5})
	side := live.build(otherSpaces(e.space)["model"])
	side.applyFails("below the namespace's fence", vectorstore.Batch{Upserts: []vectorstore.Record{e.record(0)}, Fence: 4}, vectorstore.ErrFenced)
	side.apply(vectorstore.Batch{Upserts: []vectorstore.Record{e.record(0)}, Fence: 6})
	live.applyFails("below the fence set through a build", vectorstore.Batch{Fence: 5}, vectorstore.ErrFenced)
	side.promote(otherSpaces(e.space)["model"])
	side.applyFails("below the fence, once promoted", vectorstore.Batch{Fence: 5}, vectorstore.ErrFenced)
	return errors.Join(live.err, side.err)
}

func promoteMissing(ctx context.Context, e *env) error {
	s := e.session(ctx)
	s.upsert(e.record(0))
	s.wantError("promote the live build", e.db.Promote(ctx, s.ns, e.space), vectorstore.ErrNotFound)
	s.wantError("promote in an unknown namespace", e.db.Promote(ctx, e.namespace(), e.space), vectorstore.ErrNotFound)
	s.build(e.space)
	s.wantError("promote another space than the build's", e.db.Promote(ctx, s.ns, otherSpaces(e.space)["format"]), vectorstore.ErrNotFound)
	s.wantScan("after refused promotions", vectorstore.Scan{}, id(0))
	return s.err
}
