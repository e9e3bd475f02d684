package hnsw

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/seed4837efcb/groundwork/internal/log"
)

// load brings everything up to the log's end: if snapshots is set from those
// that are there and whole, and from the log behind them.
func (db *DB) load(ctx context.Context, snapshots bool) error {
	from, r := log.Cursor{}, newReplay(db)
	if snapshots {
		from, r = db.restore()
	}
	r.snapshots = snapshots
	err := r.run(ctx, from)
	if errors.Is(err, log.ErrGone) { // cannot be, short of damage: compaction drops the snapshots
		db.spaces = map[string]*namespace{}
		r = newReplay(db)
		err = r.run(ctx, log.Cursor{})
	}
	return err
}

// restore builds what the snapshots hold, and returns from where the log is to
// be replayed.
func (db *DB) restore() (log.Cursor, *replay) {
	r := newReplay(db)
	s, err := db.log.OpenSnapshot(dbSnapshot)
	if err != nil {
		return log.Cursor{}, r
	}
	at := s.At
	var h dbHead
	err = json.Unmarshal(s.Section("db"), &h)
	if s.Close() != nil || err != nil || h.Format != snapshotFormat {
		return log.Cursor{}, r
	}
	r.seq = at.Seq
	db.nextBuild = h.NextBuild
	for _, f := range h.Fences {
		db.namespace(string(f.Namespace)).fence = f.Fence
	}
	from := at
	for _, e := range h.Builds {
		b := db.addBuild(string(e.Namespace), e.buildRecord)
		covered, ok := db.restoreBuild(b)
		if ok && covered.Seq >= e.Last {
			covered = at // nothing has happened to it since
		}
		r.builds[b.id] = &progress{build: b, view: b.view.Load(), seq: covered.Seq}
		if covered.Seq < from.Seq {
			from = covered
		}
	}
	return from, r
}

// restoreBuild reads a build's snapshot. Where there is none, or it does not
// check out, the build stays empty and the zero Cursor tells so.
func (db *DB) restoreBuild(b *build) (log.Cursor, bool) {
	s, err := db.log.OpenSnapshot(b.snapshot())
	if err != nil {
		return log.Cursor{}, false
	}
	v, err := b.readSnapshot(s)
	if err != nil {
		b.reset()
		_ = s.Close() // only unmaps
		return log.Cursor{}, false
	}
	db.maps = append(db.maps, s)
	b.view.Store(v)
	b.saved = s.At.Seq
	return s.At, true
}

// reset makes the build empty.
func (b *build) reset() {
	fresh := newBuild(b.db, b.ns, b.id, b.space)
	b.graph, b.versions, b.known, b.heads = fresh.graph, fresh.versions, fresh.known, nil
	b.view.Store(fresh.view.Load())
}
