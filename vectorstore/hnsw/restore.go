package hnsw

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/internal/postings"
)

// readSnapshot builds the view that writeSnapshot wrote. The bytes were checked
// for damage; what is checked here keeps any bytes from making later code
// panic. The vectors stay in the mapped file.
func (b *build) readSnapshot(f *log.Snapshot) (*view, error) {
	var h buildHead
	if err := json.Unmarshal(f.Section("head"), &h); err != nil {
		return nil, err
	}
	if h.Format != snapshotFormat || h.Slots < 0 || h.Slots > math.MaxUint32/degree0 || h.Graphed < 0 || h.Graphed > h.Slots ||
		len(f.Section("ids")) != h.Slots*len(uuid{}) { // before room is made for so many
		return nil, errFormat
	}
	v := newView(b.space.Dim, nil)
	v.n, v.graphed, v.entry, v.seq = uint32(h.Slots), uint32(h.Graphed), h.Entry, h.Seq
	v.live, v.longest, v.odd, v.bytes = h.Live, h.Longest, h.Odd, h.Bytes
	r := sectionReader{f: f, n: h.Slots}
	r.slab(v.slab)
	r.origins(b, v)
	r.maps(b, v)
	r.text(b, v)
	if h.Vectors && !r.failed {
		r.vectors(v)
	}
	if r.failed || !v.consistent() {
		return nil, errFormat
	}
	b.graph.slab = v.slab
	b.graph.entry.Store(v.entry)
	if err := b.index(v); err != nil {
		return nil, err
	}
	return v, b.checkText(v)
}

// checkText checks that the text index has the live records and no others.
func (b *build) checkText(v *view) error {
	if v.text == nil {
		return nil
	}
	if v.text.Stats().Docs != v.ids.size {
		return errFormat
	}
	for slot := range v.n {
		if v.slab.death[slot] == 0 && !v.text.Contains(slot) {
			return errFormat
		}
	}
	return nil
}

// index rebuilds the tree of live ids.
func (b *build) index(v *view) error {
	live := make([]uint32, 0, v.n)
	for slot := range v.n {
		if v.slab.death[slot] == 0 {
			live = append(live, slot)
		}
	}
	slices.SortFunc(live, v.compareIDs)
	e := new(edit)
	for i, slot := range live {
		if i > 0 && v.slab.ids[slot] == v.slab.ids[live[i-1]] {
			return errFormat
		}
		v.ids.set(e, v.slab.ids[slot], slot)
	}
	return nil
}

// A sectionReader reads the sections of a build's snapshot.
type sectionReader struct {
	f      *log.Snapshot
	n      int // slots
	failed bool
}

// bytes returns a section of exactly a length.
func (r *sectionReader) bytes(name string, n int) []byte {
	s := r.f.Section(name)
	if len(s) != n {
		r.failed = true
		return make([]byte, 0)
	}
	return s
}

func readNumbers[T number](r *sectionReader, name string, n int) []T {
	out := make([]T, n)
	if s := r.bytes(name, n*int(unsafe.Sizeof(*new(T)))); !r.failed {
		_, err := binary.Decode(s, binary.LittleEndian, out)
		r.failed = r.failed || err != nil
	}
	return out
}

func (r *sectionReader) slab(s *slab) {
	n := r.n
	s.ids = make([]uuid, n)
	ids := r.bytes("ids", n*len(uuid{}))
	for i := range s.ids {
		if !r.failed {
			copy(s.ids[i][:], ids[i*len(uuid{}):])
		}
	}
	s.version, s.origin = readNumbers[int64](r, "versions", n), readNumbers[uint32](r, "origin", n)
	s.pos = make([]log.Pos, n)
	d := decoder{rest: r.bytes("positions", n*posSize)}
	for i := range s.pos {
		s.pos[i] = d.pos()
	}
	s.death = readNumbers[uint64](r, "death", n)
	s.level = slices.Clone(r.bytes("level", n))
	s.twin = readNumbers[uint32](r, "twin", n)
	s.norm, s.scale = readNumbers[float64](r, "norm", n), readNumbers[float32](r, "scale", n)
	s.sum, s.codes = readNumbers[int32](r, "sum", n), slices.Clone(r.bytes("codes", n*s.stride))
	s.links, s.upAt = readNumbers[uint32](r, "links", n*degree0), readNumbers[uint32](r, "up", n)
	s.upUsed = len(r.f.Section("upper")) / 4
	s.upper = readNumbers[uint32](r, "upper", s.upUsed)
	s.indeg = make([]uint32, n)
	for _, to := range s.links {
		if to < uint32(n) {
			s.indeg[to]++
		}
	}
}

func (r *sectionReader) origins(b *build, v *view) {
	for d := (decoder{rest: r.f.Section("origins")}); len(d.rest) > 0 && !r.failed; {
		o, err := newOrigin(d.take(d.uvarint()))
		if r.failed = r.failed || d.failed || err != nil; !r.failed {
			b.keep(v, o)
		}
	}
}

func (r *sectionReader) maps(b *build, v *view) {
	for d := (decoder{rest: r.f.Section("tombstones")}); len(d.rest) > 0; {
		var id uuid
		copy(id[:], d.take(uint64(len(id))))
		b.versions[id] = int64(d.uint64())
		r.failed = r.failed || d.failed
	}
	v.tombs = len(b.versions)
	e := new(edit)
	for d := (decoder{rest: r.f.Section("rows")}); len(d.rest) > 0; {
		v.rows.set(e, d.string(), d.pos())
		r.failed = r.failed || d.failed
	}
}

// text reads the text index; one by another analyzer counts as missing.
func (r *sectionReader) text(b *build, v *view) {
	if b.emptyText() == nil {
		return
	}
	var err error
	v.text, err = postings.Parse(r.f.Section("text"), b.db.analyzer)
	r.failed = r.failed || err != nil
}

func (r *sectionReader) vectors(v *view) {
	s := r.bytes("vectors", r.n*v.vectors.dim*4)
	if r.failed || r.n == 0 {
		return
	}
	v.vectors.base = uint32(r.n)
	if x := unsafe.Pointer(unsafe.SliceData(s)); littleEndian && uintptr(x)%4 == 0 {
		// The snapshot is read-only and stays mapped as long as the DB is open.
		v.vectors.mapped = unsafe.Slice((*float32)(x), len(s)/4)
		return
	}
	v.vectors.mapped = floats(make([]float32, 0, len(s)/4), s)
}

// littleEndian says whether numbers lie in memory as in files.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// consistent says whether all indexes stay inside their targets.
func (v *view) consistent() bool {
	s := v.slab
	for slot := range v.n {
		if int(s.origin[slot]) >= len(v.origins) || s.death[slot] > v.seq {
			return false
		}
		l := s.level[slot]
		if l < twinned && (l > 15 || l > 0 && int(s.upAt[slot])+int(l)*degree > s.upUsed) {
			return false
		}
		// Twins come newest first behind the one that stands for them, so the
		// chain ends.
		if t := s.twin[slot]; t != none && (t >= v.n || s.level[t] != twinned || l == twinned && t >= slot) {
			return false
		}
	}
	if !v.linksConsistent(s.links, 0) || v.entry != noEntry && !v.leads(uint32(v.entry), int(v.entry>>32)) {
		return false
	}
	for slot := range v.n {
		if !s.reaches(slot, 1) {
			continue
		}
		for l := 1; l <= int(s.level[slot]); l++ {
			if !v.linksConsistent(s.list(slot, l), l) {
				return false
			}
		}
	}
	return true
}

// linksConsistent says whether all links lead to slots that reach a level.
func (v *view) linksConsistent(links []uint32, level int) bool {
	for i := range links {
		if to := atomic.LoadUint32(&links[i]); to != none && !v.leads(to, level) {
			return false
		}
	}
	return true
}

// leads says whether a link at a level may lead to a slot.
func (v *view) leads(slot uint32, level int) bool {
	return slot < v.n && v.slab.reaches(slot, level)
}
