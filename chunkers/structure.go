package chunkers

import (
	"context"

	"github.com/seed4837efcb/groundwork"
)

// Structure cuts documents along their structure. A section that fits the
// target with its subsections is one chunk; neighbouring sections under the
// same heading share one while they fit together; no other chunk crosses a
// heading. Within a section, paragraphs, lists, code and tables stay whole
// where they fit: prose is cut between sentences, lists between items, code at
// blank lines, tables between rows, and a table that is cut repeats its header
// as the lead of each further part.
//
// A chunk's headings are those of the innermost section that all its text lies
// in. A heading without text of its own goes with the text that follows.
type Structure struct{ limits }

// NewStructure returns the default chunker. opts may be nil.
func NewStructure(opts *Options) (*Structure, error) {
	l, err := newLimits(opts)
	if err != nil {
		return nil, err
	}
	return &Structure{l}, nil
}

// Fingerprint implements [Chunker].
func (s *Structure) Fingerprint() string { return s.fingerprint("chunkers.Structure/1") }

// Chunk implements [Chunker].
func (s *Structure) Chunk(ctx context.Context, doc *groundwork.Document) ([]groundwork.Chunk, error) {
	g := newGrouper(&s.limits, doc)
	p := packer{builder: g.builder}
	for _, r := range g.groups() {
		for from := r.from; from < r.to; {
			to := g.regionEnd(from, r.to)
			if err := p.pack(ctx, g.pieces[from:to]); err != nil {
				return nil, err
			}
			from = to
		}
	}
	return p.finish(), nil
}

// A grouper decides which sections share chunks.
type grouper struct {
	*builder
	pieces []piece
	first  []int // of each section, its first piece; one more at the end
	sums   []int // tokens of all pieces before
	out    []group
	open   int // first piece that no group has taken yet
	text   int // all pieces from open to here are headings
}

// A group is a run of pieces that are packed together.
type group struct{ from, to int }

func newGrouper(l *limits, doc *groundwork.Document) *grouper {
	g := &grouper{builder: newBuilder(l, doc)}
	s := splitter{doc: doc}
	for i := range g.outline.sections {
		sec := &g.outline.sections[i]
		g.first = append(g.first, len(s.out))
		s.heading(groundwork.Span{Start: sec.start, End: sec.body})
		s.blocks(groundwork.Span{Start: sec.body, End: g.outline.end(i)})
	}
	g.pieces = s.out
	g.first = append(g.first, len(s.out))
	g.sums = make([]int, 1, len(s.out)+1)
	for i := range g.pieces {
		g.pieces[i].size = g.size(g.pieces[i].span.In(doc.Text))
		g.sums = append(g.sums, g.sums[i]+g.pieces[i].size)
	}
	return g
}

// groups returns the groups of the whole document, in order.
func (g *grouper) groups() []group {
	g.visit(0)
	g.orphan(len(g.pieces))
	return g.out
}

// visit makes groups of section i and what is below it.
func (g *grouper) visit(i int) {
	sec := &g.outline.sections[i]
	end := g.first[sec.last]
	if g.fit(i, g.first[i], end) {
		g.close(end)
		return
	}
	from, to := g.first[i], g.first[i+1]
	for c := i + 1; c < sec.last; c = g.outline.sections[c].last {
		next := g.first[g.outline.sections[c].last]
		if g.fit(i, from, next) {
			to = next
			continue
		}
		g.close(to)
		from, to = to, next
		if !g.fit(c, from, next) {
			g.visit(c)
			from = next
		}
	}
	g.close(to)
}

// fit reports whether the pieces make one chunk of section i.
func (g *grouper) fit(i, from, to int) bool {
	if from == to {
		return true
	}
	size := g.base + g.frame(i).size + g.sums[to] - g.sums[from]
	return size <= g.target && g.pieces[from].region == g.pieces[to-1].region
}

// close ends a group before piece to. Headings alone are no group: they wait
// for the next one. Headings that a skipped block parts from their text go
// with the group before.
func (g *grouper) close(to int) {
	for g.text = max(g.text, g.open); g.text < to && g.pieces[g.text].flags.has(isHeading); {
		g.text++
	}
	if g.text == to {
		return
	}
	from := g.open
	for g.pieces[from].region != g.pieces[g.text].region {
		from++
	}
	g.orphan(from)
	g.out = append(g.out, group{from, to})
	g.open = to
}

// orphan adds the headings before piece to to the last group, if there is one.
func (g *grouper) orphan(to int) {
	switch {
	case g.open == to:
	case len(g.out) == 0:
		g.out = append(g.out, group{g.open, to})
	default:
		g.out[len(g.out)-1].to = to
	}
}

// regionEnd returns the index after the pieces that share from's region.
func (g *grouper) regionEnd(from, to int) int {
	end := from + 1
	for end < to && g.pieces[end].region == g.pieces[from].region {
		end++
	}
	return end
}
