package hnsw

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/internal/postings"
)

// snapshotFormat is the version of what snapshots hold. Those of another one
// are not read: their content is derived from the log again.
const snapshotFormat = 1

// dbSnapshot is the name of the snapshot of the namespaces.
const dbSnapshot = "db"

func (b *build) snapshot() string { return fmt.Sprintf("build %d", b.id) }

// dbHead is the snapshot of the namespaces.
type dbHead struct {
	Format    int         `json:"format"`
	NextBuild uint32      `json:"next_build"`
	Fences    []fenceHead `json:"fences"`
	Builds    []dbBuild   `json:"builds"`
}

type fenceHead struct {
	Namespace string `json:"namespace"`
	Fence     int64  `json:"fence"`
}

type dbBuild struct {
	Namespace string `json:"namespace"`
	Last      uint64 `json:"last"` // sequence of the last commit that touched the build
	buildRecord
}

// save writes the snapshots of what changed. db.mu is held, or the gate.
func (db *DB) save() error {
	at := db.log.End()
	h := dbHead{Format: snapshotFormat, NextBuild: db.nextBuild}
	for _, b := range db.allBuilds() {
		v := b.view.Load()
		if v.seq > b.saved {
			if err := db.log.WriteSnapshot(b.snapshot(), at, func(w *log.Writer) error { return b.writeSnapshot(w, v) }); err != nil {
				return err
			}
			b.saved = at.Seq
		}
		h.Builds = append(h.Builds, dbBuild{b.ns.name, v.seq, buildRecord{b.id, b == b.ns.live, b.space}})
	}
	for name, n := range db.spaces {
		if n.fence > 0 {
			h.Fences = append(h.Fences, fenceHead{name, n.fence})
		}
	}
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	err = db.log.WriteSnapshot(dbSnapshot, at, func(w *log.Writer) error {
		w.Section("db")
		_, err := w.Write(data)
		return err
	})
	if err == nil {
		db.unsaved = 0
	}
	return err
}

// buildHead is the fixed part of a build's snapshot.
type buildHead struct {
	Format  int     `json:"format"`
	Slots   int     `json:"slots"`
	Graphed int     `json:"graphed"`
	Entry   uint64  `json:"entry"`
	Seq     uint64  `json:"seq"`
	Live    int     `json:"live"`
	Longest float64 `json:"longest"`
	Odd     bool    `json:"odd"`
	Bytes   int64   `json:"bytes"`
	Vectors bool    `json:"vectors"` // whether any slot has one
}

// writeSnapshot writes a view. Nobody may insert into the graph meanwhile.
func (b *build) writeSnapshot(w *log.Writer, v *view) error {
	n, s := int(v.n), v.slab
	h := buildHead{
		Format: snapshotFormat, Slots: n, Graphed: int(v.graphed), Entry: v.entry, Seq: v.seq, Live: v.live,
		Longest: v.longest, Odd: v.odd, Bytes: v.bytes, Vectors: len(v.vectors.chunks) > 0 || v.vectors.base > 0,
	}
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	section(w, "head", data)
	ids := make([]byte, 0, n*len(uuid{}))
	for _, id := range s.ids[:n] {
		ids = append(ids, id[:]...)
	}
	section(w, "ids", ids)
	numbers(w, "versions", s.version[:n])
	numbers(w, "origin", s.origin[:n])
	positions(w, "positions", s.pos[:n])
	numbers(w, "death", s.death[:n])
	section(w, "level", s.level[:n])
	numbers(w, "twin", s.twin[:n])
	numbers(w, "norm", s.norm[:n])
	numbers(w, "scale", s.scale[:n])
	numbers(w, "sum", s.sum[:n])
	section(w, "codes", s.codes[:n*s.stride])
	numbers(w, "links", s.links[:n*degree0])
	numbers(w, "up", s.upAt[:n])
	numbers(w, "upper", s.upper[:s.upUsed])
	if h.Vectors {
		b.writeVectors(w, v)
	}
	w.Section("origins")
	for _, o := range v.origins {
		_, _ = w.Write(appendString(nil, o.bytes)) // the writer keeps its error
	}
	b.writeMaps(w, v)
	if v.text != nil {
		section(w, "text", v.text.AppendBinary(nil))
	}
	return nil
}

// section writes a section. The writer keeps its error to the end.
func section(w *log.Writer, name string, data []byte) {
	w.Section(name)
	_, _ = w.Write(data)
}

type number interface {
	uint16 | uint32 | int32 | uint64 | int64 | float32 | float64
}

func numbers[T number](w *log.Writer, name string, list []T) {
	w.Section(name)
	const part = 4096
	var buf []byte
	for ; len(list) > 0; list = list[min(part, len(list)):] {
		buf, _ = binary.Append(buf[:0], binary.LittleEndian, list[:min(part, len(list))]) // fixed sizes cannot fail
		_, _ = w.Write(buf)
	}
}

func positions(w *log.Writer, name string, list []log.Pos) {
	w.Section(name)
	for _, p := range list {
		_, _ = w.Write(appendPos(nil, p))
	}
}

const posSize = 16

func appendPos(dst []byte, p log.Pos) []byte {
	le := binary.LittleEndian
	return le.AppendUint64(le.AppendUint32(le.AppendUint32(dst, p.Segment), p.Size), uint64(p.Offset))
}

func (d *decoder) pos() log.Pos {
	return log.Pos{Segment: d.uint32(), Size: d.uint32(), Offset: int64(d.uint64())}
}

func (b *build) writeVectors(w *log.Writer, v *view) {
	w.Section("vectors")
	zero := make([]float32, b.space.Dim)
	var buf []byte
	for slot := range v.n {
		x := zero
		if v.slab.hasVector(slot) {
			x = v.vectors.row(slot)
		}
		buf, _ = binary.Append(buf[:0], binary.LittleEndian, x)
		_, _ = w.Write(buf)
	}
}

// writeMaps writes tombstones and rows.
func (b *build) writeMaps(w *log.Writer, v *view) {
	w.Section("tombstones")
	for id, version := range b.versions {
		_, _ = w.Write(binary.LittleEndian.AppendUint64(slices.Clone(id[:]), uint64(version)))
	}
	w.Section("rows")
	for key, pos := range v.rows.from(nil) {
		_, _ = w.Write(appendPos(appendString(nil, key), pos))
	}
}

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
