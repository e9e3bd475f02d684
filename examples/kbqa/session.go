package main

import (
	"context"

	"github.com/seed4837efcb/groundwork/pipeline"
)

// A session is a stack with an index that is ready for questions.
type session struct {
	*stack
	opts     *asking
	coverage pipeline.Coverage
	stale    *staleOutput // with --no-refresh
	indexing *float64     // milliseconds of the refresh
	answerer *pipeline.Answerer
	toGoOn   bool // the index is to be completed behind the first answer
	followUp bool // the answer is the second one, from the complete index
}

func (a *app) openSession(ctx context.Context, dir string, o *asking) (*session, error) {
	want := toRefresh
	if o.noRefresh {
		want = toRead
	}
	if o.noRefresh && a.coding != "" {
		return nil, usagef("--encoding reads texts anew, which --no-refresh forbids: give one of them")
	}
	st, err := a.open(ctx, dir, want)
	if err != nil {
		return nil, err
	}
	s := &session{stack: st, opts: o}
	if err = s.checkRecoded(); err == nil {
		err = s.prepare(ctx)
	}
	if err == nil {
		err = s.matchNames(ctx)
	}
	if err != nil {
		st.close()
		return nil, err
	}
	return s, nil
}

// prepare refreshes the index, unless it is not to be or cannot be written.
func (s *session) prepare(ctx context.Context) error {
	var err error
	if s.opts.noRefresh || s.readOnly != nil {
		err = s.readCommitted(ctx)
	} else {
		err = s.bringUpToDate(ctx)
	}
	if err == nil && s.coverage.Indexed == 0 {
		err = indexf("nothing in %s can be read: %s", s.corpus.root, s.coverage)
	}
	return err
}

func (s *session) bringUpToDate(ctx context.Context) error {
	report, err := s.refresh(ctx, s.opts.indexOptions())
	if err == nil && s.opts.early && report.TextFirst && isSoonDone(report.Coverage) {
		report, err = s.refresh(ctx, pipeline.IndexOptions{})
	}
	if err != nil {
		return err
	}
	s.coverage, s.indexing = report.Coverage, ms(report.Duration)
	s.toGoOn = s.opts.early && report.TextFirst
	if s.toGoOn || s.coverage.Indexed == 0 || !s.opts.takesLong() {
		return nil
	}
	return s.reopenStore(ctx, toRead) // others may want to write meanwhile
}

// takesLong reports whether what comes after the refresh may take long.
func (o *asking) takesLong() bool {
	return o.batch != "" || o.wording != nil && o.wording.server != nil
}

// readCommitted counts what is indexed, and what is not yet.
func (s *session) readCommitted(ctx context.Context) error {
	items, err := pipeline.Items(ctx, s.store)
	if err != nil {
		return err
	}
	if s.coverage, err = pipeline.ReadCoverage(ctx, s.store); err != nil {
		return err
	}
	if s.source == nil {
		return nil // the folder is gone, which was told
	}
	d, err := s.drift(ctx, items)
	if err != nil {
		return err
	}
	s.coverage.Pending += len(d.added) // what has changed is counted as indexed
	if s.opts.noRefresh {
		s.tellStale(d)
	} else {
		s.tellReadOnly(len(d.added) + len(d.changed))
	}
	return nil
}

// tellStale says by how much the folder is ahead of the index.
func (s *session) tellStale(d *drift) {
	s.stale = &staleOutput{Added: len(d.added), Changed: len(d.changed), Removed: len(d.removed)}
	if *s.stale != (staleOutput{}) {
		s.talk("kbqa: %d files were added, %d changed and %d removed since the folder was indexed; without --no-refresh they are heeded",
			s.stale.Added, s.stale.Changed, s.stale.Removed)
	}
}
