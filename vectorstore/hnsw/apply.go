package hnsw

import (
	"context"
	"fmt"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/internal/postings"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A Store is a view on one build. It is safe for concurrent use: searches wait
// for nobody, batches for each other.
type Store struct{ build *build }

var (
	_ vectorstore.Store       = (*Store)(nil)
	_ vectorstore.StateReader = (*Store)(nil)
)

// enter begins a call: on nil it holds the DB's gate for reading.
func (s *Store) enter(ctx context.Context) error {
	if err := s.build.db.enter(ctx); err != nil {
		return err
	}
	if s.build.dropped.Load() {
		s.build.db.gate.RUnlock()
		return vectorstore.ErrClosed
	}
	return nil
}

// Apply writes a batch as one commit: one write and one fsync of the log. After
// a failed write (then it is ErrReadOnly from there on) the batch is found by
// the next Open either whole or not at all.
func (s *Store) Apply(ctx context.Context, batch vectorstore.Batch) error {
	if err := s.apply(ctx, &batch); err != nil {
		return fmt.Errorf("hnsw: apply: %w", public(err))
	}
	return nil
}

func (s *Store) apply(ctx context.Context, batch *vectorstore.Batch) error {
	if err := batch.Validate(s.build.space); err != nil {
		return err
	}
	full, err := s.write(ctx, batch)
	if db := s.build.db; full && db.maintenance.TryLock() {
		defer db.maintenance.Unlock()
		// The batch is written; a disk that fails here fails the next one.
		_, _ = db.compactAll(context.WithoutCancel(ctx))
	}
	return err
}

// write logs a batch and publishes it. full says that the log should be
// compacted.
func (s *Store) write(ctx context.Context, batch *vectorstore.Batch) (full bool, err error) {
	if err := s.enter(ctx); err != nil {
		return false, err
	}
	db := s.build.db
	defer db.gate.RUnlock()
	db.mu.Lock()
	defer db.mu.Unlock()
	if s.build.dropped.Load() {
		return false, vectorstore.ErrClosed
	}
	if err := s.build.write(batch); err != nil {
		return false, err
	}
	if db.unsaved < db.every {
		return false, nil
	}
	if db.wasteful() {
		return true, nil
	}
	// Snapshots only make the next Open faster, and a disk that refuses them
	// will refuse the next batch.
	_ = db.save()
	return false, nil
}

// write logs a batch and publishes it. db.mu is held.
func (b *build) write(batch *vectorstore.Batch) error {
	db := b.db
	if db.readOnly {
		return vectorstore.ErrReadOnly
	}
	if f := b.ns.fence; batch.Fence != 0 && batch.Fence < f {
		return fmt.Errorf("fence %d, the namespace is at %d: %w", batch.Fence, f, vectorstore.ErrFenced)
	}
	old := b.view.Load()
	p, err := b.plan(old, batch)
	if err != nil || len(p.records) == 0 {
		return err
	}
	c, err := db.log.Append(p.records)
	if err != nil {
		return err
	}
	p.place(c)
	b.ns.fence = max(b.ns.fence, batch.Fence)
	next := b.apply(old, &p.change)
	// From here on nothing may fail: the batch is durable.
	_ = b.connect(context.Background(), next)
	b.view.Store(next)
	db.applied = db.log.End()
	db.unsaved += len(p.records)
	return nil
}

// A plan is a batch on its way: what is logged, and what then changes.
type plan struct {
	change
	records []log.Record
	rowsAt  []int // index in records of each row
	addAt   []int // and of each addition
}

// plan leaves out what is not above the stored version.
func (b *build) plan(v *view, batch *vectorstore.Batch) (*plan, error) {
	p := &plan{change: change{text: v.text}}
	text := postings.Batch{}
	for i := range batch.Upserts {
		if err := b.planUpsert(p, &text, v, &batch.Upserts[i]); err != nil {
			return nil, err
		}
	}
	for _, t := range batch.Deletes {
		id, _ := parseID(t.ID) // validated
		if t.Version <= b.version(v, id) {
			continue
		}
		p.remove = append(p.remove, removal{id, t.Version})
		p.records = append(p.records, log.Record{Kind: kindDelete, Namespace: b.ns.name, ID: t.ID, Version: t.Version, Body: buildBody(b.id)})
		if slot, ok := v.ids.get(id); ok {
			text.Remove = append(text.Remove, slot)
		}
	}
	b.planState(p, batch)
	if batch.Fence > b.ns.fence {
		p.records = append(p.records, fenceRecord(b.ns.name, batch.Fence))
	}
	if v.text == nil || len(text.Add)+len(text.Remove) == 0 {
		return p, nil
	}
	var err error
	p.text, err = v.text.Apply(text)
	return p, err
}

func (b *build) planUpsert(p *plan, text *postings.Batch, v *view, r *vectorstore.Record) error {
	id, _ := parseID(r.ID) // validated
	if r.Version <= b.version(v, id) {
		return nil
	}
	encoded := appendOrigin(nil, &r.Chunk)
	o, err := b.origin(v, encoded)
	if err != nil {
		return err
	}
	slot := v.n + uint32(len(p.add))
	text.Add = append(text.Add, postings.Doc{Slot: slot, Text: postings.ChunkText(r.Title, r.Headings, r.Text)})
	if was, ok := v.ids.get(id); ok {
		text.Remove = append(text.Remove, was)
	}
	p.add = append(p.add, addition{id: id, version: r.Version, origin: o, vector: r.Vector})
	p.addAt = append(p.addAt, len(p.records))
	p.records = append(p.records, log.Record{
		Kind: kindUpsert, Namespace: b.ns.name, ID: r.ID, Version: r.Version,
		Body: appendUpsert(nil, b.id, encoded, r),
	})
	return nil
}

// planState keeps the last entry of each key; the earlier ones of the same
// batch would be overwritten at once.
func (b *build) planState(p *plan, batch *vectorstore.Batch) {
	last := make(map[string]int, len(batch.State))
	for i, e := range batch.State {
		last[e.Key] = i
	}
	for i, e := range batch.State {
		if last[e.Key] != i {
			continue
		}
		p.rows = append(p.rows, row{key: e.Key, gone: e.Value == nil})
		p.rowsAt = append(p.rowsAt, len(p.records))
		p.records = append(p.records, log.Record{Kind: kindState, Namespace: b.ns.name, ID: e.Key, Body: stateBody(b.id, e.Value)})
	}
}

// place notes where the log has put everything.
func (p *plan) place(c log.Commit) {
	p.seq = c.Last
	for i, at := range p.addAt {
		p.add[i].pos = c.Pos[at]
	}
	for i, at := range p.rowsAt {
		p.rows[i].pos = c.Pos[at]
	}
}
