package hnsw

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/seed4837efcb/groundwork/internal/log"
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
	Namespace []byte `json:"namespace"` // any bytes; JSON strings hold UTF-8 only
	Fence     int64  `json:"fence"`
}

type dbBuild struct {
	Namespace []byte `json:"namespace"`
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
		h.Builds = append(h.Builds, dbBuild{[]byte(b.ns.name), v.seq, buildRecord{b.id, b == b.ns.live, b.space}})
	}
	for name, n := range db.spaces {
		if n.fence > 0 {
			h.Fences = append(h.Fences, fenceHead{[]byte(name), n.fence})
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
		w.Section("text")
		return v.text.WriteBinary(w)
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
