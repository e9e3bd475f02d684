package hnsw

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/internal/postings"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

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
	if rec.Kind > kindFence {
		return fmt.Errorf("kind %d: %w", rec.Kind, vectorstore.ErrVersion)
	}
	id, err := recordBuild(rec)
	if err != nil {
		return err
	}
	p := r.builds[id]
	if p == nil || rec.Seq <= p.seq { // of a dropped build, or in its snapshot
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
func recordBuild(rec *log.Record) (uint32, error) {
	if rec.Kind == kindUpsert {
		u, err := parseUpsert(rec.Body)
		return u.build, err
	}
	id, ok := bodyBuild(rec.Body)
	if !ok {
		return 0, errFormat
	}
	return id, nil
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
