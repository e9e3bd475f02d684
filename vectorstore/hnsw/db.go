package hnsw

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// Options are the choices of Open. The zero value, and nil, are ready to use.
type Options struct {
	// Analyzer of text search; nil is lexical.Standard. A build that names
	// another one in its Space has no text search.
	Analyzer lexical.Analyzer
	// ReadOnly opens beside a writer, of this or another process, without its
	// lock: the state of the last commit at the time of Open or Refresh. Writes
	// are ErrReadOnly.
	ReadOnly bool
	// ExactBelow is the number of vectors below which there is no graph and
	// every search is exact; 0 means 4,096.
	ExactBelow int
	// Effort is the number of candidates that a graph search keeps: more find
	// more of the true neighbours and take longer. 0 means 128. A search for
	// more than half as many results takes more by itself.
	Effort int
	// SnapshotEvery is the number of written records after which snapshots are
	// written, beside those that Close writes; 0 means 50,000.
	SnapshotEvery int
	// Repair makes a MANIFEST that is damaged, or missing although there are
	// segments of the log, anew from what they hold. Otherwise that is
	// ErrDamaged. What the segments do not hold any more is reported by
	// [DB.Check]. Not with ReadOnly.
	Repair bool

	fsys         log.FS // instead of the directory
	construction int    // candidates an insertion looks at; 0: defaultConstruction
}

// A DB holds the namespaces of one directory. It is safe for concurrent use.
type DB struct {
	log        *log.Log
	analyzer   lexical.Analyzer
	readOnly   bool
	exactBelow int
	effort     int
	every      int

	construction int

	scratch scratchPool

	// gate is held for reading by every call, for writing by what must wait for
	// all of them: Close, which unmaps what they read, and Refresh.
	gate   sync.RWMutex
	closed bool
	maps   []*log.Snapshot // that views read from

	maintenance sync.Mutex // held by Compact and Rebuild, before all others

	mu        sync.Mutex // the writer's; taken with the gate held
	nextBuild uint32
	unsaved   int // records since the last snapshots
	applied   log.Cursor
	halfway   bool // a Refresh failed in the middle

	names  sync.RWMutex // guards spaces and what is in them
	spaces map[string]*namespace

	pins    sync.Mutex        // guards the following
	scans   int               // under way
	retired []*log.Compaction // whose old files they may still read
}

var _ vectorstore.DB = (*DB)(nil)

// A namespace is a live build and those that are made beside it.
type namespace struct {
	name  string
	live  *build // nil if there is none
	side  map[vectorstore.Space]*build
	fence int64 // the highest one applied
}

// Open opens the store in a directory, which is made if it is missing unless
// Options.ReadOnly is set (then that is ErrNotFound). ErrLocked means that
// another process, or another DB of this one, is writing; ErrVersion that a
// newer program wrote; ErrDamaged that the directory's MANIFEST is unreadable,
// which Options.Repair mends.
// Damaged records do not keep it from opening, see [DB.Check].
//
// ctx bounds the time of opening, which without snapshots includes building the
// graph anew.
func Open(ctx context.Context, dir string, o *Options) (*DB, error) {
	if o == nil {
		o = &Options{}
	}
	db, err := newDB(o)
	if err == nil {
		err = db.open(ctx, dir, o)
	}
	if err != nil {
		return nil, fmt.Errorf("hnsw: open %s: %w", dir, public(err))
	}
	return db, nil
}

func newDB(o *Options) (*DB, error) {
	for _, v := range []struct {
		name  string
		value int
	}{{"ExactBelow", o.ExactBelow}, {"Effort", o.Effort}, {"SnapshotEvery", o.SnapshotEvery}} {
		if v.value < 0 {
			return nil, fmt.Errorf("option %s is %d: %w", v.name, v.value, vectorstore.ErrUnsupported)
		}
	}
	if o.Repair && o.ReadOnly {
		return nil, fmt.Errorf("options Repair and ReadOnly exclude each other: %w", vectorstore.ErrUnsupported)
	}
	db := &DB{
		analyzer: o.Analyzer, readOnly: o.ReadOnly,
		exactBelow: orDefault(o.ExactBelow, 4096), effort: orDefault(o.Effort, 128), every: orDefault(o.SnapshotEvery, 50_000),
		construction: orDefault(o.construction, defaultConstruction),
		spaces:       map[string]*namespace{}, nextBuild: 1,
	}
	if db.analyzer == nil {
		db.analyzer = lexical.Standard()
	}
	return db, nil
}

func orDefault(v, def int) int {
	if v == 0 {
		return def
	}
	return v
}

func (db *DB) open(ctx context.Context, dir string, o *Options) error {
	fsys := o.fsys
	var err error
	switch {
	case fsys != nil:
	case o.ReadOnly:
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return vectorstore.ErrNotFound
		}
		fsys = log.OSDir(dir)
	default:
		if fsys, err = log.MakeOSDir(dir); err != nil {
			return err
		}
	}
	if db.log, err = log.Open(fsys, &log.Options{ReadOnly: o.ReadOnly, Rebuild: o.Repair}); err != nil {
		return err
	}
	if err := db.load(ctx, true); err != nil {
		return errors.Join(err, db.release())
	}
	return nil
}

// release closes the log and everything mapped.
func (db *DB) release() error {
	err := db.log.Close()
	for _, m := range db.maps {
		err = errors.Join(err, m.Close())
	}
	db.maps = nil
	return err
}

// Open returns the live build of ns, as vectorstore.DB says.
func (db *DB) Open(ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
	store, err := db.openStore(ctx, ns, s)
	if err != nil {
		return nil, fmt.Errorf("hnsw: open namespace %q: %w", ns, public(err))
	}
	return store, nil
}

func (db *DB) openStore(ctx context.Context, ns string, s vectorstore.Space) (*Store, error) {
	if err := db.enter(ctx); err != nil {
		return nil, err
	}
	defer db.gate.RUnlock()
	if b := db.liveBuild(ns); b != nil {
		return &Store{b}, b.space.Check(ns, s)
	}
	if s == (vectorstore.Space{}) || db.readOnly {
		return nil, vectorstore.ErrNotFound
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if b := db.liveBuild(ns); b != nil { // somebody else was faster
		return &Store{b}, b.space.Check(ns, s)
	}
	b, err := db.create(ns, s, true)
	return &Store{b}, err
}

// enter begins a call: on nil it holds the gate for reading.
func (db *DB) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	db.gate.RLock()
	if db.closed {
		db.gate.RUnlock()
		return vectorstore.ErrClosed
	}
	return nil
}

func (db *DB) liveBuild(ns string) *build {
	db.names.RLock()
	defer db.names.RUnlock()
	if n := db.spaces[ns]; n != nil {
		return n.live
	}
	return nil
}

func (db *DB) sideBuild(ns string, s vectorstore.Space) *build {
	db.names.RLock()
	defer db.names.RUnlock()
	if n := db.spaces[ns]; n != nil {
		return n.side[s]
	}
	return nil
}

// create makes a build and logs it. db.mu is held.
func (db *DB) create(ns string, s vectorstore.Space, live bool) (*build, error) {
	if db.readOnly {
		return nil, vectorstore.ErrReadOnly
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if !utf8.ValidString(s.Model) || !utf8.ValidString(s.Analyzer) {
		return nil, fmt.Errorf("space: model or analyzer is not valid UTF-8: %w", groundwork.ErrInvalid)
	}
	if have := db.analyzer.Fingerprint(); s.Analyzer != "" && s.Analyzer != have {
		return nil, fmt.Errorf("space names analyzer %q, this store has %q: %w", s.Analyzer, have, vectorstore.ErrUnsupported)
	}
	r := buildRecord{ID: db.nextBuild, Live: live, Space: s}
	if err := db.commit(r.record(ns)); err != nil {
		return nil, err
	}
	db.nextBuild++
	return db.addBuild(ns, r), nil
}

// commit logs one record of the DB's own.
func (db *DB) commit(r log.Record) error {
	if _, err := db.log.Append([]log.Record{r}); err != nil {
		return err
	}
	db.applied = db.log.End()
	db.unsaved++
	return nil
}

// addBuild adds an empty build to the namespaces.
func (db *DB) addBuild(ns string, r buildRecord) *build {
	db.names.Lock()
	defer db.names.Unlock()
	n := db.namespace(ns)
	b := newBuild(db, n, r.ID, r.Space)
	if r.Live {
		n.live = b
	} else {
		n.side[r.Space] = b
	}
	return b
}

// namespace returns the namespace of a name. db.names is held for writing.
func (db *DB) namespace(ns string) *namespace {
	if db.spaces[ns] == nil {
		db.spaces[ns] = &namespace{name: ns, side: map[vectorstore.Space]*build{}}
	}
	return db.spaces[ns]
}

// Build returns a build of ns beside the live one, as vectorstore.DB says.
func (db *DB) Build(ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
	store, err := db.sideStore(ctx, ns, s)
	if err != nil {
		return nil, fmt.Errorf("hnsw: build namespace %q: %w", ns, public(err))
	}
	return store, nil
}

func (db *DB) sideStore(ctx context.Context, ns string, s vectorstore.Space) (*Store, error) {
	if err := db.enter(ctx); err != nil {
		return nil, err
	}
	defer db.gate.RUnlock()
	db.mu.Lock()
	defer db.mu.Unlock()
	if b := db.sideBuild(ns, s); b != nil {
		return &Store{b}, nil
	}
	b, err := db.create(ns, s, false)
	return &Store{b}, err
}

// Promote makes a build of ns the live one, as vectorstore.DB says.
func (db *DB) Promote(ctx context.Context, ns string, s vectorstore.Space) error {
	if err := db.promote(ctx, ns, s); err != nil {
		return fmt.Errorf("hnsw: promote namespace %q: %w", ns, public(err))
	}
	return nil
}

func (db *DB) promote(ctx context.Context, ns string, s vectorstore.Space) error {
	if err := db.enter(ctx); err != nil {
		return err
	}
	defer db.gate.RUnlock()
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.readOnly {
		return vectorstore.ErrReadOnly
	}
	b := db.sideBuild(ns, s)
	if b == nil {
		return vectorstore.ErrNotFound
	}
	if err := db.commit(promoteRecord(ns, b.id)); err != nil {
		return err
	}
	old := db.makeLive(b)
	if old == nil {
		return nil
	}
	// The snapshot of a build that is gone is only in the way.
	return db.log.DropSnapshot(old.snapshot())
}

// makeLive puts a side build in the place of the live one, which it drops and
// returns.
func (db *DB) makeLive(b *build) (old *build) {
	db.names.Lock()
	defer db.names.Unlock()
	n := b.ns
	old = n.live
	if old != nil {
		old.dropped.Store(true)
	}
	n.live = b
	delete(n.side, b.space)
	return old
}

// Close waits for calls in progress, writes snapshots of what changed, so that
// the next Open is fast, and releases the directory. It is idempotent. An error
// concerns the snapshots: what was acknowledged is safe.
func (db *DB) Close() error {
	db.gate.Lock()
	defer db.gate.Unlock()
	if db.closed {
		return nil
	}
	db.closed = true
	var err error
	if db.unsaved > 0 && !db.readOnly && db.log.Err() == nil {
		err = db.save()
	}
	if err = errors.Join(err, db.release()); err != nil {
		return fmt.Errorf("hnsw: close: %w", err)
	}
	return nil
}
