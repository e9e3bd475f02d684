package hnsw

import (
	"context"
	"hash/maphash"
	"slices"
	"sync/atomic"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/internal/postings"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A build holds what was written under one Space.
type build struct {
	id    uint32
	ns    *namespace
	space vectorstore.Space
	db    *DB

	dropped atomic.Bool
	view    atomic.Pointer[view]

	// What follows belongs to the writer, under DB.mu.
	graph    *graph
	versions map[uuid]int64    // of tombstones
	known    map[string]uint32 // index of each origin by its encoded form
	heads    map[uint64]uint32 // by the hash of codes, slots that stand for equal vectors; nil when not known
	saved    uint64            // sequence that the snapshot on disk covers
}

func newBuild(db *DB, ns *namespace, id uint32, s vectorstore.Space) *build {
	b := &build{id: id, ns: ns, space: s, db: db, versions: map[uuid]int64{}, known: map[string]uint32{}}
	v := newView(s.Dim, b.emptyText())
	b.graph = newGraph(v.slab, s, db.construction)
	b.view.Store(v)
	return b
}

func newGraph(s *slab, space vectorstore.Space, effort int) *graph {
	g := &graph{slab: s, dim: space.Dim, metric: space.Metric, effort: effort}
	g.entry.Store(noEntry)
	return g
}

// emptyText returns the text index to begin with; nil where the build has no
// text search, or one by an analyzer that this program does not have.
func (b *build) emptyText() *postings.Index {
	if b.space.Analyzer == "" || b.space.Analyzer != b.db.analyzer.Fingerprint() {
		return nil
	}
	return postings.New(b.db.analyzer)
}

// version returns the version of the last write to an id, 0 if there was none.
func (b *build) version(v *view, id uuid) int64 {
	if slot, ok := v.ids.get(id); ok {
		return v.slab.version[slot]
	}
	return b.versions[id]
}

// An addition is an upsert on its way into a build.
type addition struct {
	id      uuid
	version int64
	origin  *origin
	vector  []float32 // nil without one
	pos     log.Pos
}

// A change is what one committed batch, or a stretch of replayed log, does to a
// build, in order.
type change struct {
	add    []addition
	remove []removal
	rows   []row
	text   *postings.Index // the text index with it
	seq    uint64          // of the commit

	vectors vectors // with those of additions that stand there already
}

type removal struct {
	id      uuid
	version int64
}

type row struct {
	key  string
	pos  log.Pos
	gone bool
}

// apply makes the next view. The change was checked: every version in it is
// above the stored one, and no id stands in it twice. The slots are not in the
// graph yet.
func (b *build) apply(old *view, c *change) *view {
	v := *old
	v.text, v.seq = c.text, c.seq
	if c.vectors.dim != 0 {
		v.vectors = c.vectors
	}
	e := new(edit)
	b.makeRoom(&v, c.add)
	for i := range c.add {
		b.add(&v, e, &c.add[i])
	}
	for _, r := range c.remove {
		if slot, ok := v.ids.get(r.id); ok {
			b.kill(&v, slot)
			v.ids.delete(e, r.id)
		}
		b.versions[r.id] = r.version
	}
	for _, r := range c.rows {
		if was, ok := v.rows.get(r.key); ok {
			v.bytes -= int64(was.Size)
		}
		if r.gone {
			v.rows.delete(e, r.key)
			continue
		}
		v.rows.set(e, r.key, r.pos)
		v.bytes += int64(r.pos.Size)
	}
	v.tombs = len(b.versions)
	return &v
}

// makeRoom makes the slab large enough for the additions.
func (b *build) makeRoom(v *view, add []addition) {
	upper := 0
	for i := range add {
		if add[i].vector != nil {
			upper += degree * int(randomLevel(v.n+uint32(i)))
		}
	}
	v.slab = v.slab.room(int(v.n)+len(add), upper)
	b.graph.slab = v.slab
}

func (b *build) add(v *view, e *edit, a *addition) {
	slot := v.n
	v.n++
	s := v.slab
	s.ids[slot], s.version[slot], s.pos[slot] = a.id, a.version, a.pos
	s.origin[slot] = b.keep(v, a.origin)
	s.level[slot] = noVector
	if a.vector != nil {
		b.addVector(v, slot, a.vector)
	}
	if was, ok := v.ids.get(a.id); ok {
		b.kill(v, was)
	}
	delete(b.versions, a.id)
	v.ids.set(e, a.id, slot)
	v.bytes += int64(a.pos.Size)
}

func (b *build) addVector(v *view, slot uint32, x []float32) {
	s := v.slab
	n := norm(x)
	step, sum := quantize(s.code(slot), x)
	s.norm[slot], s.sum[slot] = n, sum
	s.scale[slot] = codeScale(step, n, b.space.Metric)
	v.vectors.set(slot, x)
	v.noteLength(n)
	v.live++
	if b.twin(v, slot) {
		s.level[slot] = twinned
		return
	}
	s.level[slot] = randomLevel(slot)
	if l := int(s.level[slot]); l > 0 {
		s.upAt[slot] = uint32(s.upUsed)
		s.upUsed += l * degree
	}
}

var hashSeed = maphash.MakeSeed()

// twin puts a new slot behind the one that has the same vector, if there is
// one, or notes that the slot may get twins.
func (b *build) twin(v *view, slot uint32) bool {
	s := v.slab
	if b.heads == nil {
		b.findHeads(v, slot)
	}
	h := maphash.Bytes(hashSeed, s.code(slot))
	head, ok := b.heads[h]
	if !ok || !slices.Equal(v.vectors.row(head), v.vectors.row(slot)) || head < v.graphed && !b.graph.holds(head) {
		b.heads[h] = slot
		return false
	}
	atomic.StoreUint32(&s.twin[slot], s.twin[head])
	atomic.StoreUint32(&s.twin[head], slot)
	return true
}

// findHeads notes the slots below n that may get twins.
func (b *build) findHeads(v *view, n uint32) {
	b.heads = make(map[uint64]uint32, n)
	for slot := range n {
		if v.slab.reaches(slot, 0) {
			b.heads[maphash.Bytes(hashSeed, v.slab.code(slot))] = slot
		}
	}
}

// origin returns the origin of an encoded form: the one that is kept already,
// or a new one.
func (b *build) origin(v *view, encoded []byte) (*origin, error) {
	if i, ok := b.known[string(encoded)]; ok {
		return v.origins[i], nil
	}
	return newOrigin(encoded)
}

// keep returns the index of an origin, which it keeps once.
func (b *build) keep(v *view, o *origin) uint32 {
	if i, ok := b.known[o.bytes]; ok {
		return i
	}
	i := uint32(len(v.origins))
	v.origins = append(v.origins, o)
	b.known[o.bytes] = i
	return i
}

// kill ends a live slot with the view's commit.
func (b *build) kill(v *view, slot uint32) {
	atomic.StoreUint64(&v.slab.death[slot], v.seq)
	v.bytes -= int64(v.slab.pos[slot].Size)
	if v.slab.hasVector(slot) {
		v.live--
	}
}

// connect brings the graph up to date with a view that is not published yet,
// once there are so many vectors that it pays.
func (b *build) connect(ctx context.Context, v *view) error {
	if v.live < b.db.exactBelow && v.graphed == 0 {
		return nil
	}
	err := b.graph.insertAll(ctx, v.graphed, v.n, &b.db.scratch)
	v.entry = b.graph.entry.Load()
	if err == nil {
		v.graphed = v.n
	}
	return err
}
