package hnsw

import (
	"bytes"
	"strings"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/internal/postings"
)

// A view is one committed state of a build. It never changes once published,
// except that the graph gains links, and the deaths of slots are noted with
// sequences above the view's.
type view struct {
	slab    *slab
	vectors vectors
	origins []*origin
	entry   uint64 // of the graph; noEntry
	n       uint32 // slots from here on are not there yet
	graphed uint32 // slots from here on are not in the graph
	seq     uint64 // of the last commit in it

	ids   tree[uuid, uint32]    // live records
	rows  tree[string, log.Pos] // the caller's State
	text  *postings.Index       // nil without text search
	tombs int

	live    int     // vectors alive
	longest float64 // largest length of a vector so far
	odd     bool    // some length is so extreme that float32 keys may fail
	bytes   int64   // of live records and rows in the log
}

func newView(dim int, text *postings.Index) *view {
	return &view{
		slab:    newSlab(dim),
		vectors: vectors{dim: dim},
		entry:   noEntry,
		ids:     tree[uuid, uint32]{cmp: func(a, b uuid) int { return bytes.Compare(a[:], b[:]) }},
		rows:    tree[string, log.Pos]{cmp: strings.Compare},
		text:    text,
	}
}

// alive says whether a slot is a live record of the view.
func (v *view) alive(slot uint32) bool { return slot < v.n && v.slab.alive(slot, v.seq) }

// Lengths outside of these bounds make products of float32 numbers overflow or
// vanish.
const (
	shortest = 1e-12
	farOut   = 1e12
)

func (v *view) noteLength(n float64) {
	v.longest = max(v.longest, n)
	v.odd = v.odd || n > farOut || n < shortest && n != 0
}
