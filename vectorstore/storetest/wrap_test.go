package storetest

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
)

// A fault is a store with one thing wrong. Hooks that are nil work as they
// should.
type fault struct {
	name     string
	caughtBy string // the case that must fail

	open    func(d *wrapDB, ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error)
	build   func(d *wrapDB, ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error)
	promote func(d *wrapDB, ctx context.Context, ns string, s vectorstore.Space) error
	close   func(d *wrapDB) error
	apply   func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error
	search  func(s *wrapStore, ctx context.Context, qs []vectorstore.Query) ([]vectorstore.Result, error)
	scan    func(s *wrapStore, ctx context.Context, scan vectorstore.Scan) iter.Seq2[vectorstore.Record, error]
	rows    func(s *wrapStore, ctx context.Context, scan vectorstore.StateScan) iter.Seq2[vectorstore.Entry, error]
	info    func(s *wrapStore, info *vectorstore.Info)
	reopen  func(d *wrapDB) // makes a mess of the storage in between
}

// A wrapDB is a memory DB whose contents outlive Close, with a fault.
type wrapDB struct {
	inner  *memory.DB
	fault  *fault
	closed atomic.Bool
	notes  map[string]any // what the fault remembers
}

func newWrapDB(f *fault) *wrapDB {
	return &wrapDB{inner: memory.Open(nil), fault: f, notes: map[string]any{}}
}

// reopenWrap is an Options.Reopen for wrapDBs.
func reopenWrap(_ context.Context, db vectorstore.DB) (vectorstore.DB, error) {
	d := db.(*wrapDB)
	if err := d.Close(); err != nil {
		return nil, err
	}
	if d.fault.reopen != nil {
		d.fault.reopen(d)
	}
	return &wrapDB{inner: d.inner, fault: d.fault, notes: d.notes}, nil
}

func (d *wrapDB) wrap(ns string, inner vectorstore.Store, err error) (vectorstore.Store, error) {
	if err != nil {
		return nil, err
	}
	return &wrapStore{inner: inner.(*memory.Store), db: d, ns: ns}, nil
}

func (d *wrapDB) check() error {
	if d.closed.Load() {
		return vectorstore.ErrClosed
	}
	return nil
}

func (d *wrapDB) Open(ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if d.fault.open != nil {
		return d.fault.open(d, ctx, ns, s)
	}
	inner, err := d.inner.Open(ctx, ns, s)
	return d.wrap(ns, inner, err)
}

func (d *wrapDB) Build(ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if d.fault.build != nil {
		return d.fault.build(d, ctx, ns, s)
	}
	inner, err := d.inner.Build(ctx, ns, s)
	return d.wrap(ns, inner, err)
}

func (d *wrapDB) Promote(ctx context.Context, ns string, s vectorstore.Space) error {
	if err := d.check(); err != nil {
		return err
	}
	if d.fault.promote != nil {
		return d.fault.promote(d, ctx, ns, s)
	}
	return d.inner.Promote(ctx, ns, s)
}

func (d *wrapDB) Close() error {
	if d.fault.close != nil {
		return d.fault.close(d)
	}
	d.closed.Store(true)
	return nil
}

type wrapStore struct {
	inner *memory.Store
	db    *wrapDB
	ns    string
}

func (s *wrapStore) Apply(ctx context.Context, b vectorstore.Batch) error {
	if err := s.db.check(); err != nil {
		return err
	}
	if s.db.fault.apply != nil {
		return s.db.fault.apply(s, ctx, b)
	}
	return s.inner.Apply(ctx, b)
}

func (s *wrapStore) Search(ctx context.Context, qs ...vectorstore.Query) ([]vectorstore.Result, error) {
	if err := s.db.check(); err != nil {
		return nil, err
	}
	if s.db.fault.search != nil {
		return s.db.fault.search(s, ctx, qs)
	}
	return s.inner.Search(ctx, qs...)
}

func (s *wrapStore) Scan(ctx context.Context, scan vectorstore.Scan) iter.Seq2[vectorstore.Record, error] {
	if err := s.db.check(); err != nil {
		return failing[vectorstore.Record](err)
	}
	if s.db.fault.scan != nil {
		return s.db.fault.scan(s, ctx, scan)
	}
	return s.inner.Scan(ctx, scan)
}

func (s *wrapStore) ReadState(ctx context.Context, scan vectorstore.StateScan) iter.Seq2[vectorstore.Entry, error] {
	if err := s.db.check(); err != nil {
		return failing[vectorstore.Entry](err)
	}
	if s.db.fault.rows != nil {
		return s.db.fault.rows(s, ctx, scan)
	}
	return s.inner.ReadState(ctx, scan)
}

func (s *wrapStore) Info() vectorstore.Info {
	info := s.inner.Info()
	info.Durable = true
	if s.db.fault.info != nil {
		s.db.fault.info(s, &info)
	}
	return info
}

func failing[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		yield(zero, fmt.Errorf("wrap: %w", err))
	}
}

// mapSeq yields what change makes of the values of seq; false leaves one out.
func mapSeq[T any](seq iter.Seq2[T, error], change func(*T) bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range seq {
			if (err != nil || change(&v)) && !yield(v, err) {
				return
			}
		}
	}
}
