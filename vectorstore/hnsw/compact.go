package hnsw

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// Compaction tells what [DB.Compact] did.
type Compaction struct {
	Before, After int64 // bytes of the log
	Rebuilt       bool  // slots of dead records were given back
}

// Compact rewrites the log without superseded records, and where over a fifth
// of the slots are dead lays out vectors, graph and text index anew. Searches go
// on meanwhile; writes wait for the first part. After an error the store is as
// it was, or compacted in part; nothing is lost.
func (db *DB) Compact(ctx context.Context) (Compaction, error) {
	db.maintenance.Lock()
	defer db.maintenance.Unlock()
	c, err := db.compactAll(ctx)
	if err != nil {
		return c, fmt.Errorf("hnsw: compact: %w", public(err))
	}
	return c, nil
}

// compactAll is Compact with db.maintenance held.
func (db *DB) compactAll(ctx context.Context) (c Compaction, err error) {
	done, sparse, err := db.compactLog(ctx)
	if err != nil {
		return c, err
	}
	c.Before, c.After = done.Before, done.After
	var fresh *DB
	if sparse {
		fresh, err = db.derive(ctx, false)
		c.Rebuilt = err == nil
	}
	return c, errors.Join(err, db.swap(done, fresh))
}

// compactLog rewrites the log and moves all positions. The old files stay.
func (db *DB) compactLog(ctx context.Context) (done *log.Compaction, sparse bool, err error) {
	if err := db.enter(ctx); err != nil {
		return nil, false, err
	}
	defer db.gate.RUnlock()
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.readOnly {
		return nil, false, vectorstore.ErrReadOnly
	}
	builds := db.allBuilds()
	if done, err = db.log.Compact(ctx, db.keeper(builds)); err != nil {
		return nil, false, err
	}
	moved := make(map[log.Pos]log.Pos, len(done.Moved))
	for _, m := range done.Moved {
		moved[m.From] = m.To
	}
	for _, b := range builds {
		b.move(moved)
	}
	db.applied = db.log.End()
	return done, slices.ContainsFunc(builds, (*build).sparse), nil
}

// swap waits until nobody reads what is old, removes the old files of a
// compaction (nil: none), and puts fresh (nil: nothing) in place after it has
// followed what was written meanwhile. Then it writes snapshots.
func (db *DB) swap(done *log.Compaction, fresh *DB) error {
	db.gate.Lock()
	if db.closed {
		db.gate.Unlock()
		return vectorstore.ErrClosed // the next Open removes what is old
	}
	if done != nil {
		db.retire(done)
	}
	var err error
	if fresh != nil {
		if err = fresh.follow(context.Background()); err == nil {
			err = db.replaceWith(fresh)
		}
	}
	db.gate.Unlock()
	if err != nil {
		return err
	}
	if err := db.enter(context.Background()); err != nil {
		return err
	}
	defer db.gate.RUnlock()
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.save()
}

// keeper returns which records of the log still mean something.
func (db *DB) keeper(builds []*build) func(log.Pos, log.Record) bool {
	byID := map[uint32]*build{}
	for _, b := range builds {
		byID[b.id] = b
	}
	return func(p log.Pos, r log.Record) bool {
		switch r.Kind {
		case kindBuild:
			var e buildRecord
			return json.Unmarshal(r.Body, &e) == nil && byID[e.ID] != nil
		case kindFence:
			return len(r.Body) == 8 && db.spaces[r.Namespace] != nil && int64(binary.LittleEndian.Uint64(r.Body)) == db.spaces[r.Namespace].fence
		}
		id, err := recordBuild(&r)
		b := byID[id]
		return err == nil && b != nil && b.keeps(p, &r)
	}
}

func (b *build) keeps(p log.Pos, r *log.Record) bool {
	v := b.view.Load()
	switch r.Kind {
	case kindUpsert:
		id, _ := parseID(r.ID)
		slot, ok := v.ids.get(id)
		return ok && v.slab.pos[slot] == p
	case kindDelete:
		id, _ := parseID(r.ID)
		version, ok := b.versions[id]
		return ok && version == r.Version
	case kindState:
		pos, ok := v.rows.get(r.ID)
		return ok && pos == p
	}
	return r.Kind == kindPromote
}

// move publishes the same view with the positions after a compaction.
func (b *build) move(moved map[log.Pos]log.Pos) {
	v := *b.view.Load()
	s := *v.slab
	s.pos = make([]log.Pos, len(v.slab.pos))
	for slot := range v.n {
		s.pos[slot] = moved[v.slab.pos[slot]] // zero for the dead
	}
	e := new(edit)
	rows := tree[string, log.Pos]{cmp: v.rows.cmp}
	for k, p := range v.rows.from(nil) {
		rows.set(e, k, moved[p])
	}
	v.slab, v.rows = &s, rows
	b.graph.slab = &s
	b.saved = 0 // its snapshot went with the old positions
	b.view.Store(&v)
}

// sparse says that over a fifth of the slots are dead.
func (b *build) sparse() bool {
	v := b.view.Load()
	dead := int(v.n) - v.ids.size
	return dead >= 64 && 5*dead > int(v.n)
}

// retire removes the old files of a compaction, at once or when the last scan
// that may read them is over.
func (db *DB) retire(c *log.Compaction) {
	db.pins.Lock()
	defer db.pins.Unlock()
	if db.scans == 0 {
		c.Finish()
		return
	}
	db.retired = append(db.retired, c)
}

// pin keeps old files while a scan is under way.
func (db *DB) pin() {
	db.pins.Lock()
	defer db.pins.Unlock()
	db.scans++
}

func (db *DB) unpin() {
	db.pins.Lock()
	defer db.pins.Unlock()
	if db.scans--; db.scans > 0 {
		return
	}
	for _, c := range db.retired {
		c.Finish()
	}
	db.retired = nil
}

// wasteful says that most of the log is superseded, so that compaction pays.
func (db *DB) wasteful() bool {
	const little = 64 << 20
	live := int64(0)
	for _, b := range db.allBuilds() {
		live += b.view.Load().bytes
	}
	return db.log.Size() > 3*live+little
}
