package memory

import (
	"slices"

	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A build holds what was written under one Space. Its records are never
// changed, only replaced, so they may be read after the lock is released.
type build struct {
	space vectorstore.Space // never changed, as ns
	ns    *namespace

	dropped    bool // replaced by Promote, or the DB is closed
	records    map[string]*record
	tombs      map[string]int64 // versions of deletes; no id is in both maps
	rows       map[string][]byte
	vectors    int // records that have one
	bytes      int64
	generation int64
}

func newBuild(n *namespace, s vectorstore.Space) *build {
	return &build{
		space:   s,
		ns:      n,
		records: map[string]*record{},
		tombs:   map[string]int64{},
		rows:    map[string][]byte{},
	}
}

// drop empties b. Space and namespace stay: they are read without the lock.
func (b *build) drop() {
	b.dropped = true
	b.records, b.tombs, b.rows = nil, nil, nil
	b.vectors, b.bytes = 0, 0
}

// version returns the version of the last write to id, 0 if there was none.
func (b *build) version(id string) int64 {
	if r := b.records[id]; r != nil {
		return r.Version
	}
	return b.tombs[id]
}

func (b *build) upsert(r *record) {
	if r.Version <= b.version(r.ID) {
		return
	}
	b.remove(r.ID)
	delete(b.tombs, r.ID)
	b.records[r.ID] = r
	b.bytes += r.size()
	if r.Vector != nil {
		b.vectors++
	}
}

func (b *build) delete(t vectorstore.Tombstone) {
	if t.Version <= b.version(t.ID) {
		return
	}
	b.remove(t.ID)
	b.tombs[t.ID] = t.Version
}

func (b *build) remove(id string) {
	r := b.records[id]
	if r == nil {
		return
	}
	delete(b.records, id)
	b.bytes -= r.size()
	if r.Vector != nil {
		b.vectors--
	}
}

func (b *build) set(e vectorstore.Entry) {
	if old, ok := b.rows[e.Key]; ok {
		b.bytes -= int64(len(e.Key) + len(old))
		delete(b.rows, e.Key)
	}
	if e.Value != nil {
		b.bytes += int64(len(e.Key) + len(e.Value))
		b.rows[e.Key] = slices.Concat([]byte{}, e.Value) // a copy that is never nil
	}
}
