package hnsw

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/internal/postings"
	"github.com/seed4837efcb/groundwork/vectorstore"
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
		db.namespace(f.Namespace).fence = f.Fence
	}
	from := at
	for _, e := range h.Builds {
		b := db.addBuild(e.Namespace, e.buildRecord)
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

// A replay applies records of the log to the builds.
type replay struct {
	db      *DB
	seq     uint64 // records of the DB up to it are in
	builds  map[uint32]*progress
	touched []*progress // by the batch under way

	snapshots bool // may be used for builds that are met
}

// progress is how far a build is.
type progress struct {
	build *build
	view  *view
	seq   uint64 // records up to it are in
	next  change
	text  postings.Batch
	ids   map[uuid]bool   // in next
	keys  map[string]bool // in next
	count int
	dirty bool // touched by the batch under way
}

func newReplay(db *DB) *replay { return &replay{db: db, builds: map[uint32]*progress{}} }

// run replays the log from a cursor and publishes the result.
func (r *replay) run(ctx context.Context, from log.Cursor) error {
	end, err := r.db.log.Replay(ctx, from, func(p log.Pos, rec log.Record) error {
		if err := r.record(p, &rec); err != nil {
			return fmt.Errorf("record %d: %w", rec.Seq, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.db.applied = end
	for _, p := range r.builds {
		if err := p.finish(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *replay) record(pos log.Pos, rec *log.Record) error {
	switch rec.Kind {
	case log.KindCommit:
		return r.commit(rec.Seq)
	case kindBuild, kindPromote, kindFence:
		if rec.Seq <= r.seq {
			return nil
		}
		r.db.unsaved++
		return r.ownRecord(rec)
	}
	id, ok := recordBuild(rec)
	p := r.builds[id]
	if !ok || p == nil || rec.Seq <= p.seq { // of a dropped build, or in its snapshot
		return nil
	}
	r.db.unsaved++
	if !p.dirty {
		p.dirty = true
		r.touched = append(r.touched, p)
	}
	return p.record(pos, rec)
}

// recordBuild returns the build of a record of a build.
func recordBuild(rec *log.Record) (uint32, bool) {
	if rec.Kind != kindUpsert {
		return bodyBuild(rec.Body)
	}
	u, err := parseUpsert(rec.Body)
	return u.build, err == nil
}

// commit ends a batch. Large stretches come in; small ones wait for more,
// because a view for each would cost more than what is in it.
func (r *replay) commit(seq uint64) error {
	for _, p := range r.touched {
		p.dirty = false
		if p.next.seq == 0 { // it came in already
			p.view.seq = seq
			continue
		}
		p.next.seq = seq
		if p.count < 1024 {
			continue
		}
		if err := p.flush(); err != nil {
			return err
		}
	}
	r.touched = r.touched[:0]
	return nil
}

// ownRecord applies a record of the DB itself.
func (r *replay) ownRecord(rec *log.Record) error {
	db := r.db
	switch rec.Kind {
	case kindBuild:
		var e buildRecord
		if err := json.Unmarshal(rec.Body, &e); err != nil {
			return fmt.Errorf("build: %w: %w", errFormat, err)
		}
		if err := e.Space.Validate(); err != nil {
			return err
		}
		b := db.addBuild(rec.Namespace, e)
		var covered log.Cursor
		if r.snapshots {
			covered, _ = db.restoreBuild(b)
		}
		r.builds[b.id] = &progress{build: b, view: b.view.Load(), seq: max(covered.Seq, rec.Seq)}
		db.nextBuild = max(db.nextBuild, e.ID+1)
	case kindPromote:
		id, ok := bodyBuild(rec.Body)
		p := r.builds[id]
		if !ok || p == nil {
			return nil // it was damaged or replaced later
		}
		if old := db.makeLive(p.build); old != nil {
			delete(r.builds, old.id)
		}
	case kindFence:
		if len(rec.Body) == 8 {
			db.names.Lock()
			n := db.namespace(rec.Namespace)
			n.fence = max(n.fence, int64(binary.LittleEndian.Uint64(rec.Body)))
			db.names.Unlock()
		}
	}
	return nil
}

// record adds one record to the change under way.
func (p *progress) record(pos log.Pos, rec *log.Record) error {
	p.next.seq = rec.Seq
	p.count++
	if rec.Kind == kindState {
		return p.state(pos, rec)
	}
	id, ok := parseID(rec.ID)
	if !ok {
		return fmt.Errorf("id %q: %w", rec.ID, errFormat)
	}
	if p.ids[id] { // twice in one change
		if err := p.flush(); err != nil {
			return err
		}
		p.next.seq = rec.Seq
	}
	if rec.Version <= p.build.version(p.view, id) {
		return nil // what hid it was compacted away
	}
	if p.ids == nil {
		p.ids = map[uuid]bool{}
	}
	p.ids[id] = true
	if slot, ok := p.view.ids.get(id); ok {
		p.text.Remove = append(p.text.Remove, slot)
	}
	if rec.Kind == kindDelete {
		p.next.remove = append(p.next.remove, removal{id, rec.Version})
		return nil
	}
	return p.upsert(id, pos, rec)
}

func (p *progress) upsert(id uuid, pos log.Pos, rec *log.Record) error {
	u, err := parseUpsert(rec.Body)
	if err != nil {
		return err
	}
	b := p.build
	if n := len(u.vector); n != 0 && n != 4*b.space.Dim {
		return fmt.Errorf("vector of dimension %d in a space of %d: %w", n/4, b.space.Dim, errFormat)
	}
	// An origin repeated within the change is decoded again; keep keeps one.
	o, err := b.origin(p.view, u.origin)
	if err != nil {
		return err
	}
	a := addition{id: id, version: rec.Version, origin: o, pos: pos}
	if len(u.vector) > 0 {
		a.vector = floats(make([]float32, 0, b.space.Dim), u.vector)
	}
	if p.view.text != nil {
		c := o.chunk
		if err := decodePassage(&c, u.passage); err != nil {
			return err
		}
		p.text.Add = append(p.text.Add, postings.Doc{
			Slot: p.view.n + uint32(len(p.next.add)),
			Text: postings.ChunkText(c.Title, c.Headings, c.Text),
		})
	}
	p.next.add = append(p.next.add, a)
	return nil
}

func (p *progress) state(pos log.Pos, rec *log.Record) error {
	if len(rec.Body) < 5 {
		return fmt.Errorf("state row: %w", errFormat)
	}
	if p.keys[rec.ID] {
		if err := p.flush(); err != nil {
			return err
		}
		p.next.seq = rec.Seq
	}
	if p.keys == nil {
		p.keys = map[string]bool{}
	}
	p.keys[rec.ID] = true
	p.next.rows = append(p.next.rows, row{key: rec.ID, pos: pos, gone: rec.Body[4] == 0})
	return nil
}

// flush makes the next view of the change under way.
func (p *progress) flush() error {
	if p.next.seq == 0 {
		return nil
	}
	p.next.text = p.view.text
	if p.view.text != nil && len(p.text.Add)+len(p.text.Remove) > 0 {
		var err error
		if p.next.text, err = p.view.text.Apply(p.text); err != nil {
			return err
		}
	}
	p.view = p.build.apply(p.view, &p.next)
	p.next, p.text, p.count = change{}, postings.Batch{}, 0
	clear(p.ids)
	clear(p.keys)
	return nil
}

// finish connects the graph and publishes the view.
func (p *progress) finish(ctx context.Context) error {
	if err := p.flush(); err != nil {
		return err
	}
	if err := p.build.connect(ctx, p.view); err != nil {
		return err
	}
	p.build.view.Store(p.view)
	return nil
}

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
