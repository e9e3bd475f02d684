package memory

import (
	"math"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A record is a stored record with what searches need of it. It is never
// changed.
type record struct {
	vectorstore.Record
	norm   float64        // Euclidean length of Vector
	terms  map[string]int // how often each term occurs
	tokens int
}

// newRecord returns a copy of r that shares nothing with it. A nil analyzer
// leaves the text out of the search.
func newRecord(r *vectorstore.Record, a lexical.Analyzer) *record {
	n := &record{Record: *r, norm: math.Sqrt(dot(r.Vector, r.Vector))}
	n.Chunk = load(&r.Chunk, vectorstore.LoadAll)
	n.Vector = slices.Clone(r.Vector)
	if a == nil {
		return n
	}
	n.terms = map[string]int{}
	for _, t := range a.Analyze(nil, searchText(&r.Chunk)) {
		n.terms[t.Term]++
		n.tokens++
	}
	return n
}

// searchText returns what text search sees of a chunk.
func searchText(c *groundwork.Chunk) string {
	return c.Title + "\n" + strings.Join(c.Headings, "\n") + "\n" + c.Text
}

// load returns a copy of the parts of c that f names. It shares no memory with
// c but strings.
func load(c *groundwork.Chunk, f vectorstore.Fields) groundwork.Chunk {
	out := groundwork.Chunk{ID: c.ID, DocumentID: c.DocumentID, Revision: c.Revision}
	if f&vectorstore.LoadText != 0 {
		out = *c
		out.Lead = slices.Clone(c.Lead)
		out.Headings = slices.Clone(c.Headings)
		out.Marks = slices.Clone(c.Marks)
		out.Metadata = nil
	}
	if f&vectorstore.LoadMeta != 0 {
		out.Metadata = c.Metadata.Clone()
	}
	return out
}

// size returns roughly how many bytes r takes.
func (r *record) size() int64 {
	n := len(r.Text) + len(r.Title) + len(r.URI) + 4*len(r.Vector)
	for _, h := range r.Headings {
		n += len(h)
	}
	for t := range r.terms {
		n += len(t) + 8
	}
	return int64(n)
}

func dot(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// distance returns the Euclidean distance of a and b.
func distance(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		sum += d * d
	}
	return math.Sqrt(sum)
}
