// Package memory keeps chunks in memory and searches them by comparing with
// every one of them.
//
// It is the executable specification of vectorstore: nothing in it is
// approximate, indexed or cached, so that its answers can be checked by
// reading the code, and other stores by comparing with it. It suits tests and
// collections of up to some ten thousand chunks. It is not durable: everything
// ends with the [DB].
//
// Where the contract leaves room, this is what it does, and what the other
// stores do with it:
//
//   - A Space without an analyzer has no text search; one that names another
//     analyzer than the DB's is ErrUnsupported.
//   - A Fence belongs to the namespace: all builds of it share one.
//   - Vectors are kept as they were given; scores are computed in float64.
//   - Text scores are those of BM25 with k1 = 1.2 and b = 0.75 over the live
//     chunks of the build, whatever the filter passes.
package memory

import (
	"context"
	"fmt"
	"sync"

	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// Options change how a [DB] works. The zero value is ready to use.
type Options struct {
	Analyzer lexical.Analyzer // nil: lexical.Standard()
}

// A DB holds the namespaces. It is safe for concurrent use.
type DB struct {
	analyzer lexical.Analyzer

	mu     sync.RWMutex // guards everything below, down to the builds' contents
	closed bool
	spaces map[string]*namespace
}

var _ vectorstore.DB = (*DB)(nil)

// A namespace is a live build and those that are made beside it.
type namespace struct {
	live  *build // nil if there is none
	side  map[vectorstore.Space]*build
	fence int64 // the highest one applied
}

// Open returns an empty DB. A nil o is the zero Options.
func Open(o *Options) *DB {
	db := &DB{analyzer: lexical.Standard(), spaces: map[string]*namespace{}}
	if o != nil && o.Analyzer != nil {
		db.analyzer = o.Analyzer
	}
	return db
}

// Open returns the live build of ns, as vectorstore.DB says.
func (db *DB) Open(ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.usable(ctx); err != nil {
		return nil, fmt.Errorf("memory: open namespace %q: %w", ns, err)
	}
	if n := db.spaces[ns]; n != nil && n.live != nil {
		if err := n.live.space.Check(ns, s); err != nil {
			return nil, fmt.Errorf("memory: open: %w", err)
		}
		return &Store{db, n.live}, nil
	}
	if s == (vectorstore.Space{}) {
		return nil, fmt.Errorf("memory: open namespace %q: %w", ns, vectorstore.ErrNotFound)
	}
	if err := db.check(s); err != nil {
		return nil, fmt.Errorf("memory: open namespace %q: %w", ns, err)
	}
	n := db.namespace(ns)
	n.live = newBuild(n, s)
	return &Store{db, n.live}, nil
}

// Build returns a build of ns beside the live one, as vectorstore.DB says.
func (db *DB) Build(ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	err := db.usable(ctx)
	if err == nil {
		err = db.check(s)
	}
	if err != nil {
		return nil, fmt.Errorf("memory: build namespace %q: %w", ns, err)
	}
	n := db.namespace(ns)
	if n.side[s] == nil {
		n.side[s] = newBuild(n, s)
	}
	return &Store{db, n.side[s]}, nil
}

// Promote makes a build of ns the live one, as vectorstore.DB says.
func (db *DB) Promote(ctx context.Context, ns string, s vectorstore.Space) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.usable(ctx); err != nil {
		return fmt.Errorf("memory: promote namespace %q: %w", ns, err)
	}
	n := db.spaces[ns]
	if n == nil || n.side[s] == nil {
		return fmt.Errorf("memory: promote namespace %q: %w", ns, vectorstore.ErrNotFound)
	}
	if n.live != nil {
		n.live.drop()
	}
	n.live = n.side[s]
	delete(n.side, s)
	return nil
}

// Close waits for calls in progress and forgets everything.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, n := range db.spaces {
		if n.live != nil {
			n.live.drop()
		}
		for _, b := range n.side {
			b.drop()
		}
	}
	db.closed, db.spaces = true, nil
	return nil
}

// usable reports why a call cannot begin. db.mu is held.
func (db *DB) usable(ctx context.Context) error {
	if db.closed {
		return vectorstore.ErrClosed
	}
	return ctx.Err()
}

// check reports why db can make no build with s.
func (db *DB) check(s vectorstore.Space) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if have := db.analyzer.Fingerprint(); s.Analyzer != "" && s.Analyzer != have {
		return fmt.Errorf("space names analyzer %q, this store has %q: %w", s.Analyzer, have, vectorstore.ErrUnsupported)
	}
	return nil
}

func (db *DB) namespace(ns string) *namespace {
	if db.spaces[ns] == nil {
		db.spaces[ns] = &namespace{side: map[vectorstore.Space]*build{}}
	}
	return db.spaces[ns]
}
