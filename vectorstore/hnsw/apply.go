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
	if err := batch.Validate(s.build.space, vectorstore.FeatureVectorRows); err != nil {
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
	rowsAt  []int              // index in records of each row
	addAt   []int              // and of each addition
	upserts []int              // index in the batch of each addition
	gone    []uint32           // slots that the text index forgets
	origins map[string]*origin // that are new, by their encoded form
}

// newPlan returns an empty plan with room for all of a batch: growing by steps,
// a large one's would leave as much behind.
func newPlan(v *view, batch *vectorstore.Batch) *plan {
	upserts, rows := len(batch.Upserts), len(batch.State)
	return &plan{
		change: change{
			text: v.text, vectors: v.vectors,
			add: make([]addition, 0, upserts), rows: make([]row, 0, rows),
		},
		records: make([]log.Record, 0, upserts+rows+len(batch.Deletes)+1),
		addAt:   make([]int, 0, upserts), upserts: make([]int, 0, upserts), rowsAt: make([]int, 0, rows),
		origins: map[string]*origin{},
	}
}

// plan leaves out what is not above the stored version. The plan reads the
// batch until it is written.
func (b *build) plan(v *view, batch *vectorstore.Batch) (*plan, error) {
	p := newPlan(v, batch)
	var scratch []byte
	for i := range batch.Upserts {
		if batch.Upserts[i].Version <= b.version(v, mustID(batch.Upserts[i].ID)) {
			continue
		}
		p.upserts = append(p.upserts, i)
		scratch = appendOrigin(scratch[:0], &batch.Upserts[i].Chunk)
		o, err := b.newOrigin(p, v, scratch)
		if err != nil {
			return nil, err
		}
		if err := b.planUpsert(p, v, &batch.Upserts[i], o); err != nil {
			return nil, err
		}
	}
	for _, t := range batch.Deletes {
		id := mustID(t.ID)
		if t.Version <= b.version(v, id) {
			continue
		}
		p.remove = append(p.remove, removal{id, t.Version})
		p.records = append(p.records, log.Record{Kind: kindDelete, Namespace: b.ns.name, ID: t.ID, Version: t.Version, Body: buildBody(b.id)})
		if slot, ok := v.ids.get(id); ok {
			p.gone = append(p.gone, slot)
		}
	}
	b.planState(p, batch)
	if batch.Fence > b.ns.fence {
		p.records = append(p.records, fenceRecord(b.ns.name, batch.Fence))
	}
	return p, p.planText(v, batch)
}

// newOrigin is origin for a batch whose own origins nobody keeps yet.
func (b *build) newOrigin(p *plan, v *view, encoded []byte) (*origin, error) {
	if o := p.origins[string(encoded)]; o != nil {
		return o, nil
	}
	o, err := b.origin(v, encoded)
	if err == nil {
		p.origins[o.bytes] = o
	}
	return o, err
}

func (b *build) planUpsert(p *plan, v *view, r *vectorstore.Record, o *origin) error {
	id, vector := mustID(r.ID), r.Vector
	if r.VectorRow != "" {
		// It goes to where the index will have it: nobody looks there before the
		// view with it is published.
		slot := v.n + uint32(len(p.add))
		x, err := b.vectorRow(v, r.VectorRow)
		if err != nil {
			return fmt.Errorf("record %s: row %q: %w", r.ID, r.VectorRow, err)
		}
		p.vectors.set(slot, x)
		vector = p.vectors.row(slot)
	}
	if was, ok := v.ids.get(id); ok {
		p.gone = append(p.gone, was)
	}
	p.add = append(p.add, addition{id: id, version: r.Version, origin: o, vector: vector})
	p.addAt = append(p.addAt, len(p.records))
	p.records = append(p.records, log.Record{
		Kind: kindUpsert, Namespace: b.ns.name, ID: r.ID, Version: r.Version,
		Fill: func(dst []byte) []byte { return appendUpsert(dst, b.id, o.bytes, vector, &r.Chunk) },
	})
	return nil
}

// vectorRow reads a vector from a State row of the view.
func (b *build) vectorRow(v *view, key string) ([]float32, error) {
	pos, ok := v.rows.get(key)
	if !ok {
		return nil, fmt.Errorf("%w: there is no such row", vectorstore.ErrVector)
	}
	value, err := b.rowValue(pos)
	if err != nil {
		return nil, err
	}
	return vectorstore.DecodeVector(nil, value, b.space)
}

// textStretch is how many texts are put together for the text index at a time:
// those of a large batch need not stand in memory at once.
const textStretch = 1024

// planText makes the text index as it will be.
func (p *plan) planText(v *view, batch *vectorstore.Batch) error {
	if v.text == nil || len(p.upserts)+len(p.gone) == 0 {
		return nil
	}
	next := postings.Batch{Remove: p.gone}
	for at := 0; at == 0 || at < len(p.upserts); at += textStretch {
		next.Add = next.Add[:0]
		for i := at; i < min(at+textStretch, len(p.upserts)); i++ {
			r := &batch.Upserts[p.upserts[i]]
			next.Add = append(next.Add, postings.Doc{Slot: v.n + uint32(i), Text: postings.ChunkText(r.Title, r.Headings, r.Text)})
		}
		var err error
		if p.text, err = p.text.Apply(next); err != nil {
			return err
		}
		next.Remove = nil
	}
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
		p.records = append(p.records, log.Record{Kind: kindState, Namespace: b.ns.name, ID: e.Key, Body: stateHead(b.id, e.Value), Tail: e.Value})
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
