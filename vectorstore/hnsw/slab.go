package hnsw

import (
	"iter"
	"math"
	"math/bits"
	"sync/atomic"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A slot is the number of one version of a record: slots count up and are not
// used again, so everything about a slot but its death is written once, before
// a view that reaches it is published.

// A slab holds what is known of each slot, in flat slices of one length, its
// capacity, free of pointers. When it is full a larger one takes its place;
// views keep the one they were made with.
type slab struct {
	ids     []uuid
	version []int64
	origin  []uint32  // index of the slot's origin
	pos     []log.Pos // of the record in the log
	death   []uint64  // sequence that ended it, 0 while it lives; atomic
	level   []uint8   // of the graph, or twinned, or noVector
	twin    []uint32  // next slot with the same vector; atomic
	norm    []float64 // Euclidean length of the vector
	scale   []float32 // of the codes: what one step is worth
	sum     []int32   // of the codes, as signed numbers
	codes   []uint8   // stride bytes a slot
	links   []uint32  // degree0 a slot: neighbours at level 0; atomic
	upAt    []uint32  // place in upper of the slot's neighbours above level 0
	indeg   []uint32  // how many links of level 0 lead here; atomic, writers only
	upper   []uint32  // degree a level; atomic. Grows on its own
	upUsed  int
	stride  int
}

const (
	// noVector is the level of a slot without a vector.
	noVector = 0xff
	// twinned is the level of a slot whose vector equals that of an earlier one,
	// which stands for it in the graph and leads to it by twin: many equal
	// vectors would link to each other only and cut the graph in pieces.
	twinned = 0xfe
)

// none ends a list of neighbours.
const none = math.MaxUint32

const (
	degree    = 16         // M: links of a new node, and above level 0
	degree0   = 2 * degree // links at level 0
	codeAlign = 64
)

func newSlab(dim int) *slab {
	return &slab{stride: (dim + codeAlign - 1) &^ (codeAlign - 1)}
}

func (s *slab) capacity() int { return len(s.ids) }

// room returns a slab with the content of s and room for n slots and for
// upper-level links of the slots to come: s itself if it has it.
func (s *slab) room(n, upper int) *slab {
	if n <= s.capacity() && s.upUsed+upper <= len(s.upper) {
		return s
	}
	t := *s
	if n > s.capacity() {
		c := max(n, s.capacity()+s.capacity()/2, 1024)
		t.ids, t.version, t.origin = grow(s.ids, c), grow(s.version, c), grow(s.origin, c)
		t.pos, t.level, t.norm = grow(s.pos, c), grow(s.level, c), grow(s.norm, c)
		t.scale, t.sum, t.upAt = grow(s.scale, c), grow(s.sum, c), grow(s.upAt, c)
		t.indeg = grow(s.indeg, c)
		t.codes, t.links = grow(s.codes, c*s.stride), grow(s.links, c*degree0)
		// Readers of older views may look at deaths while they are copied.
		t.death = make([]uint64, c)
		for i := range s.death {
			t.death[i] = atomic.LoadUint64(&s.death[i])
		}
		fill(t.links[s.capacity()*degree0:])
		t.twin = grow(s.twin, c)
		fill(t.twin[s.capacity():])
	}
	if need := s.upUsed + upper; need > len(s.upper) {
		t.upper = grow(s.upper, need+need/2)
		fill(t.upper[len(s.upper):])
	}
	return &t
}

func grow[T any](old []T, n int) []T {
	s := make([]T, n)
	copy(s, old)
	return s
}

func fill(links []uint32) {
	for i := range links {
		links[i] = none
	}
}

// alive says whether a slot below a view's end is alive at its sequence.
func (s *slab) alive(slot uint32, seq uint64) bool {
	d := atomic.LoadUint64(&s.death[slot])
	return d == 0 || d > seq
}

func (s *slab) hasVector(slot uint32) bool { return s.level[slot] != noVector }

// reaches says whether a slot has links at a level.
func (s *slab) reaches(slot uint32, level int) bool {
	return s.level[slot] < twinned && int(s.level[slot]) >= level
}

// twins yields the twins of a slot that stands for them.
func (s *slab) twins(slot uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for t := atomic.LoadUint32(&s.twin[slot]); t != none && yield(t); {
			t = atomic.LoadUint32(&s.twin[t])
		}
	}
}

func (s *slab) code(slot uint32) []uint8 {
	at := int(slot) * s.stride
	return s.codes[at : at+s.stride]
}

// randomLevel draws the level of a slot from its number, so that a rebuild from
// the log gives the same graph: each level has a degree-th of the one below.
func randomLevel(slot uint32) uint8 {
	x := uint64(slot) + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return uint8(bits.LeadingZeros64(x|1) / bits.Len(degree-1))
}

// vectors holds the vectors of slots: the first ones in a slice of a mapped
// snapshot, further ones in chunks. Rows are written once, before publication.
type vectors struct {
	dim    int
	mapped []float32
	base   uint32 // slots in mapped
	chunks [][]float32
}

const chunkRows = 1024

func (v *vectors) row(slot uint32) []float32 {
	if slot < v.base {
		at := int(slot) * v.dim
		return v.mapped[at : at+v.dim : at+v.dim]
	}
	slot -= v.base
	at := int(slot%chunkRows) * v.dim
	return v.chunks[slot/chunkRows][at : at+v.dim : at+v.dim]
}

// set writes a slot's vector. Chunks in which no slot has one stay nil.
func (v *vectors) set(slot uint32, x []float32) {
	at := int(slot-v.base) / chunkRows
	for len(v.chunks) <= at {
		v.chunks = append(v.chunks, nil)
	}
	if v.chunks[at] == nil {
		v.chunks[at] = make([]float32, chunkRows*v.dim)
	}
	copy(v.row(slot), x)
}

// An origin is what chunks of one document share. It is written once.
type origin struct {
	bytes string           // the encoded form
	chunk groundwork.Chunk // with the document's fields alone
}

func newOrigin(encoded []byte) (*origin, error) {
	o := &origin{bytes: string(encoded)}
	return o, decodeOrigin(&o.chunk, encoded)
}

// load sets the parts of out that f names.
func (o *origin) load(out *groundwork.Chunk, f vectorstore.Fields) {
	out.DocumentID, out.Revision = o.chunk.DocumentID, o.chunk.Revision
	if f&vectorstore.LoadText != 0 {
		out.URI, out.Title, out.MIME = o.chunk.URI, o.chunk.Title, o.chunk.MIME
	}
	if f&vectorstore.LoadMeta != 0 {
		out.Metadata = o.chunk.Metadata.Clone()
	}
}
