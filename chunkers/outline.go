package chunkers

import (
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork"
)

// maxDepth bounds how deep sections nest; deeper ones are taken as neighbours.
// It keeps a document with a hundred thousand nested headings from costing a
// hundred thousand headings in each chunk.
const maxDepth = 16

// An outline is a document's sections as a tree, in document order. Section 0
// is the document itself; its own text stands before the first heading.
type outline struct {
	text     string
	sections []section
}

// A section's own text runs from body to the next section's start.
type section struct {
	start, body int // of the heading and of what follows it
	title       string
	parent      int
	depth       int // 0 is the document
	last        int // index after its last subsection
}

// newOutline builds the outline of doc. It accepts sections in any order and
// with any spans.
func newOutline(doc *groundwork.Document) *outline {
	headings := slices.Clone(doc.Sections)
	slices.SortStableFunc(headings, func(a, b groundwork.Section) int { return a.Heading.Start - b.Heading.Start })
	o := &outline{text: doc.Text, sections: make([]section, 1, len(headings)+1)}
	levels := []int{0} // of the sections that are open
	open := []int{0}
	for i, h := range headings {
		for len(open) > 1 && (levels[len(open)-1] >= h.Level || len(open) > maxDepth) {
			open, levels = open[:len(open)-1], levels[:len(levels)-1]
		}
		start := snap(doc.Text, h.Heading.Start)
		o.sections = append(o.sections, section{
			start:  start,
			body:   max(start, snap(doc.Text, h.Heading.End)),
			title:  strings.TrimSpace(h.Title),
			parent: open[len(open)-1],
			depth:  len(open),
		})
		open, levels = append(open, i+1), append(levels, h.Level)
	}
	o.close()
	return o
}

// close fills in what is known only from the following sections.
func (o *outline) close() {
	for i := len(o.sections) - 1; i >= 0; i-- {
		s := &o.sections[i]
		s.body = min(s.body, o.end(i))
		s.last = max(s.last, i+1)
		p := &o.sections[s.parent]
		p.last = max(p.last, s.last)
	}
}

// end returns where the own text of section i ends.
func (o *outline) end(i int) int {
	if i+1 < len(o.sections) {
		return o.sections[i+1].start
	}
	return len(o.text)
}

// path returns the titles of section i and those around it, outermost first.
func (o *outline) path(i int) []string {
	out := make([]string, 0, maxDepth)
	for ; i > 0; i = o.sections[i].parent {
		if t := o.sections[i].title; t != "" {
			out = append(out, t)
		}
	}
	slices.Reverse(out)
	return out
}

// common returns the innermost section that both i and j lie in.
func (o *outline) common(i, j int) int {
	for i != j {
		if o.sections[i].depth < o.sections[j].depth {
			i, j = j, i
		}
		i = o.sections[i].parent
	}
	return i
}

// scope returns the innermost section that all text of span lies in. Headings
// do not count, unless there is nothing else: a heading whose text is all in
// its subsection belongs to that one.
func (o *outline) scope(span groundwork.Span) (section int, body bool) {
	first := sort.Search(len(o.sections), func(i int) bool { return o.end(i) > span.Start })
	all, inner := -1, -1
	for i := first; i < len(o.sections) && o.sections[i].start < span.End; i++ {
		all = o.join(all, i)
		if from, to := max(span.Start, o.sections[i].body), min(span.End, o.end(i)); from < to && !isBlank(o.text[from:to]) {
			inner = o.join(inner, i)
		}
		if inner == 0 {
			break
		}
	}
	if inner >= 0 {
		return inner, true
	}
	return max(all, 0), false
}

// join is common, where -1 stands for no section yet.
func (o *outline) join(i, j int) int {
	if i < 0 {
		return j
	}
	if j < 0 {
		return i
	}
	return o.common(i, j)
}

// snap returns the first offset from i on that lies within text and splits no
// character.
func snap(text string, i int) int {
	i = max(0, min(i, len(text)))
	for i < len(text) && !utf8.RuneStart(text[i]) {
		i++
	}
	return i
}
