// Package mapstore is a vector store of one's own, from which to start another:
// a map, a mutex for writers, and a snapshot per batch for everybody else. It
// passes vectorstore/storetest whole, which is the point of it: run that suite
// first, and let its cases say what is missing.
//
// A batch copies the maps, changes the copy, and publishes it in one step. So
// a batch is visible whole or not at all, readers wait for nobody, and a scan
// goes on over the state that it began with. A store on a server gets the same
// from a transaction and a repeatable read.
//
// It keeps nothing beyond the process, and says so in Info.
package mapstore

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A DB holds namespaces. It is safe for concurrent use.
type DB struct {
	analyzer lexical.Analyzer

	mu     sync.Mutex // of writers, and of everything below
	closed bool
	spaces map[string]*namespace
}

// A Store is a view on one build. It is safe for concurrent use.
type Store struct {
	db    *DB
	ns    *namespace
	space vectorstore.Space
	state atomic.Pointer[state] // what searches see; nil once the build is dropped
}

var (
	_ vectorstore.DB          = (*DB)(nil)
	_ vectorstore.Store       = (*Store)(nil)
	_ vectorstore.StateReader = (*Store)(nil) // an ability apart, so that Store stays small
)

type namespace struct {
	live  *Store
	side  map[vectorstore.Space]*Store // builds that nobody sees until Promote
	fence int64                        // shared by all builds
}

// A state is what one batch left. It never changes.
type state struct {
	records map[string]*record
	tombs   map[string]int64 // versions of deletes, so that a late upsert does not undo one
	rows    map[string][]byte
	vectors int
	bytes   int64
	batches int64
}

// Open returns an empty DB; a nil analyzer is lexical.Standard.
func Open(a lexical.Analyzer) *DB {
	if a == nil {
		a = lexical.Standard()
	}
	return &DB{analyzer: a, spaces: map[string]*namespace{}}
}

// Open returns the live build of ns, as vectorstore.DB says.
func (db *DB) Open(ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.usable(ctx); err != nil {
		return nil, fmt.Errorf("mapstore: open namespace %q: %w", ns, err)
	}
	if n := db.spaces[ns]; n != nil && n.live != nil {
		if err := n.live.space.Check(ns, s); err != nil {
			return nil, fmt.Errorf("mapstore: open: %w", err)
		}
		return n.live, nil
	}
	if s == (vectorstore.Space{}) { // "whatever is there", and nothing is
		return nil, fmt.Errorf("mapstore: open namespace %q: %w", ns, vectorstore.ErrNotFound)
	}
	store, err := db.create(ns, s)
	if err != nil {
		return nil, fmt.Errorf("mapstore: open namespace %q: %w", ns, err)
	}
	store.ns.live = store
	return store, nil
}

// Build returns a build of ns beside the live one, as vectorstore.DB says.
func (db *DB) Build(ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	err := db.usable(ctx)
	if n := db.spaces[ns]; err == nil && n != nil && n.side[s] != nil {
		return n.side[s], nil
	}
	var store *Store
	if err == nil {
		store, err = db.create(ns, s)
	}
	if err != nil {
		return nil, fmt.Errorf("mapstore: build namespace %q: %w", ns, err)
	}
	store.ns.side[s] = store
	return store, nil
}

// create makes an empty build. db.mu is held.
func (db *DB) create(ns string, s vectorstore.Space) (*Store, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if have := db.analyzer.Fingerprint(); s.Analyzer != "" && s.Analyzer != have {
		return nil, fmt.Errorf("space names analyzer %q, this store has %q: %w", s.Analyzer, have, vectorstore.ErrUnsupported)
	}
	if db.spaces[ns] == nil {
		db.spaces[ns] = &namespace{side: map[vectorstore.Space]*Store{}}
	}
	store := &Store{db: db, ns: db.spaces[ns], space: s}
	store.state.Store(&state{records: map[string]*record{}, tombs: map[string]int64{}, rows: map[string][]byte{}})
	return store, nil
}

// Promote makes a build of ns the live one, as vectorstore.DB says.
func (db *DB) Promote(ctx context.Context, ns string, s vectorstore.Space) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	err := db.usable(ctx)
	n := db.spaces[ns]
	if err == nil && (n == nil || n.side[s] == nil) {
		err = vectorstore.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("mapstore: promote namespace %q: %w", ns, err)
	}
	if n.live != nil {
		n.live.state.Store(nil)
	}
	n.live = n.side[s]
	delete(n.side, s)
	return nil
}

// Close drops everything. Calls in progress end with the state they have.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.closed = true
	for _, n := range db.spaces {
		for _, s := range n.side {
			s.state.Store(nil)
		}
		if n.live != nil {
			n.live.state.Store(nil)
		}
	}
	return nil
}

func (db *DB) usable(ctx context.Context) error {
	if db.closed {
		return vectorstore.ErrClosed
	}
	return ctx.Err()
}

// current returns the state to read from.
func (s *Store) current(ctx context.Context) (*state, error) {
	st := s.state.Load()
	if st == nil {
		return nil, vectorstore.ErrClosed
	}
	return st, ctx.Err()
}

// Apply writes a batch: nothing of it is visible before all of it is.
func (s *Store) Apply(ctx context.Context, b vectorstore.Batch) error {
	if err := s.apply(ctx, &b); err != nil {
		return fmt.Errorf("mapstore: apply: %w", err)
	}
	return nil
}

func (s *Store) apply(ctx context.Context, b *vectorstore.Batch) error {
	if err := b.Validate(s.space); err != nil { // before anything is written
		return err
	}
	records := make([]*record, len(b.Upserts))
	for i := range b.Upserts {
		records[i] = s.newRecord(&b.Upserts[i]) // a copy: arguments are the caller's
	}
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	old, err := s.current(ctx)
	if err != nil {
		return err
	}
	if b.Fence != 0 && b.Fence < s.ns.fence {
		return fmt.Errorf("fence %d, the namespace is at %d: %w", b.Fence, s.ns.fence, vectorstore.ErrFenced)
	}
	s.ns.fence = max(s.ns.fence, b.Fence)
	next := &state{
		records: maps.Clone(old.records), tombs: maps.Clone(old.tombs), rows: maps.Clone(old.rows),
		vectors: old.vectors, bytes: old.bytes, batches: old.batches + 1,
	}
	for _, r := range records {
		if r.Version > next.version(r.ID) {
			next.put(r.ID, r)
			delete(next.tombs, r.ID)
		}
	}
	for _, t := range b.Deletes {
		if t.Version > next.version(t.ID) {
			next.put(t.ID, nil)
			next.tombs[t.ID] = t.Version
		}
	}
	for _, e := range b.State {
		next.set(e)
	}
	s.state.Store(next)
	return nil
}

// version returns that of the last write to id, deletes included.
func (st *state) version(id string) int64 {
	if r := st.records[id]; r != nil {
		return r.Version
	}
	return st.tombs[id]
}

// put replaces a record; nil removes it.
func (st *state) put(id string, r *record) {
	if old := st.records[id]; old != nil {
		st.bytes -= old.size()
		st.vectors -= old.vectors()
		delete(st.records, id)
	}
	if r != nil {
		st.bytes += r.size()
		st.vectors += r.vectors()
		st.records[id] = r
	}
}

func (st *state) set(e vectorstore.Entry) {
	if old, ok := st.rows[e.Key]; ok {
		st.bytes -= int64(len(e.Key) + len(old))
		delete(st.rows, e.Key)
	}
	if e.Value != nil { // empty is a value, nil deletes
		st.bytes += int64(len(e.Key) + len(e.Value))
		st.rows[e.Key] = slices.Concat([]byte{}, e.Value)
	}
}

// Scan yields records in order of id, all from one state.
func (s *Store) Scan(ctx context.Context, scan vectorstore.Scan) iter.Seq2[vectorstore.Record, error] {
	return func(yield func(vectorstore.Record, error) bool) {
		st, err := s.current(ctx)
		if bad := filter.Validate(scan.Filter); err == nil && bad != nil {
			err = fmt.Errorf("%w: %w", vectorstore.ErrQuery, bad)
		}
		if err != nil {
			yield(vectorstore.Record{}, fmt.Errorf("mapstore: scan: %w", err))
			return
		}
		ids := scan.IDs
		if ids == nil {
			ids = slices.Collect(maps.Keys(st.records))
		}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
			r := st.records[id]
			if r == nil || scan.IDs == nil && !r.passes(&scan) {
				continue
			}
			if err := ctx.Err(); err != nil {
				yield(vectorstore.Record{}, fmt.Errorf("mapstore: scan: %w", err))
				return
			}
			out := vectorstore.Record{Chunk: r.load(scan.Load), Version: r.Version}
			if scan.Load&vectorstore.LoadVector != 0 {
				out.Vector = slices.Clone(r.Vector)
			}
			if !yield(out, nil) {
				return
			}
		}
	}
}

// ReadState yields State rows in order of key, all from one state.
func (s *Store) ReadState(ctx context.Context, scan vectorstore.StateScan) iter.Seq2[vectorstore.Entry, error] {
	return func(yield func(vectorstore.Entry, error) bool) {
		st, err := s.current(ctx)
		if err != nil {
			yield(vectorstore.Entry{}, fmt.Errorf("mapstore: read state: %w", err))
			return
		}
		keys := scan.Keys
		if keys == nil {
			keys = slices.Collect(maps.Keys(st.rows))
		}
		for _, k := range slices.Compact(slices.Sorted(slices.Values(keys))) {
			v, ok := st.rows[k]
			if !ok || scan.Keys == nil && (!strings.HasPrefix(k, scan.Prefix) || k <= scan.After) {
				continue
			}
			if !yield(vectorstore.Entry{Key: k, Value: slices.Concat([]byte{}, v)}, nil) {
				return
			}
		}
	}
}

// Info says what the store can do, and no more than that.
func (s *Store) Info() vectorstore.Info {
	info := vectorstore.Info{
		Space: s.space, Transactional: true, Durable: false,
		Features: []vectorstore.Feature{vectorstore.FeatureDense, vectorstore.FeatureState, vectorstore.FeatureFence},
	}
	if s.space.Analyzer != "" {
		info.Features = append(info.Features, vectorstore.FeatureLexical)
	}
	if st := s.state.Load(); st != nil {
		info.Records, info.Vectors, info.Tombstones = len(st.records), st.vectors, len(st.tombs)
		info.Bytes, info.Generation = st.bytes, st.batches
	}
	return info
}
