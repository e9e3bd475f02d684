package hnsw

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/seed4837efcb/groundwork/vectorstore"
)

// Refresh lets a DB that was opened read-only see what was committed since. It
// waits for calls in progress. A scan that is under way may end with an error
// when the writer has compacted the log meanwhile. On the writer's DB it does
// nothing.
func (db *DB) Refresh(ctx context.Context) error {
	if err := db.refresh(ctx); err != nil {
		return fmt.Errorf("hnsw: refresh: %w", public(err))
	}
	return nil
}

func (db *DB) refresh(ctx context.Context) error {
	db.gate.Lock()
	defer db.gate.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if db.closed {
		return vectorstore.ErrClosed
	}
	_, replaced, err := db.log.Refresh()
	if err != nil || !db.readOnly {
		return err
	}
	if replaced || db.halfway {
		return db.reload(ctx)
	}
	if err := db.follow(ctx); err != nil {
		db.halfway = true
		return err
	}
	return nil
}

// follow applies what was committed since the last load or follow.
func (db *DB) follow(ctx context.Context) error {
	r := newReplay(db)
	r.seq = db.applied.Seq
	for _, b := range db.allBuilds() {
		r.builds[b.id] = &progress{build: b, view: b.view.Load(), seq: db.applied.Seq}
	}
	return r.run(ctx, db.applied)
}

// reload reads everything anew and puts it in place. The gate is held for
// writing.
func (db *DB) reload(ctx context.Context) error {
	fresh, err := db.derive(ctx, true)
	if err != nil {
		return err
	}
	return db.replaceWith(fresh)
}

// derive loads the log, and if wanted the snapshots there are, into a DB beside
// this one.
func (db *DB) derive(ctx context.Context, snapshots bool) (*DB, error) {
	fresh := &DB{
		log: db.log, analyzer: db.analyzer, readOnly: db.readOnly, exactBelow: db.exactBelow,
		effort: db.effort, every: db.every, construction: db.construction, spaces: map[string]*namespace{}, nextBuild: 1,
	}
	if err := fresh.load(ctx, snapshots); err != nil {
		for _, m := range fresh.maps {
			err = errors.Join(err, m.Close())
		}
		return nil, err
	}
	return fresh, nil
}

// replaceWith takes over the content of fresh. Stores that are open go on with
// the new state of their builds. db.gate is held for writing.
func (db *DB) replaceWith(fresh *DB) error {
	builds := map[uint32]*build{}
	for _, n := range fresh.allBuilds() {
		n.db = db
		builds[n.id] = n
	}
	for _, b := range db.allBuilds() {
		n := builds[b.id]
		if n == nil {
			b.dropped.Store(true)
			continue
		}
		b.graph, b.versions, b.known, b.heads, b.saved = n.graph, n.versions, n.known, n.heads, n.saved
		b.view.Store(n.view.Load())
		b.adopt(n)
	}
	maps := db.maps
	db.spaces, db.maps, db.applied, db.halfway = fresh.spaces, fresh.maps, fresh.applied, false
	db.nextBuild = max(db.nextBuild, fresh.nextBuild)
	db.unsaved = max(db.unsaved, 1)
	var err error
	for _, m := range maps {
		err = errors.Join(err, m.Close())
	}
	return err
}

// adopt puts b, which stores hold, in the place of n.
func (b *build) adopt(n *build) {
	b.ns = n.ns
	if n.ns.live == n {
		n.ns.live = b
		return
	}
	n.ns.side[n.space] = b
}

// allBuilds returns the builds that exist, in order of their ids.
func (db *DB) allBuilds() []*build {
	db.names.RLock()
	defer db.names.RUnlock()
	var all []*build
	for _, n := range db.spaces {
		if n.live != nil {
			all = append(all, n.live)
		}
		for _, b := range n.side {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b *build) int { return int(a.id) - int(b.id) })
	return all
}
