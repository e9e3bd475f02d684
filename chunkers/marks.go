package chunkers

import (
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork"
)

// marks follows a document's marks from chunk to chunk, so that each costs
// only what lies between it and the one before. groundwork.NewChunk alone
// would look at every mark and count every line from the start.
type marks struct {
	text string
	all  []groundwork.Mark
	next int // index of the first mark after the last span's start
	last [groundwork.MarkPointer + 1]groundwork.Mark
}

func newMarks(doc *groundwork.Document) marks {
	m := marks{text: doc.Text, all: doc.Marks}
	isLine := func(m groundwork.Mark) bool { return m.Kind == groundwork.MarkLine }
	if doc.Verbatim && !slices.ContainsFunc(doc.Marks, isLine) {
		m.last[groundwork.MarkLine] = groundwork.Mark{Kind: groundwork.MarkLine, Number: 1}
	}
	return m
}

// within returns the marks that hold somewhere in span. Spans must be given in
// order of their start.
func (m *marks) within(span groundwork.Span) []groundwork.Mark {
	for m.next < len(m.all) && m.all[m.next].Offset <= span.Start {
		if mark := m.all[m.next]; int(mark.Kind) < len(m.last) {
			m.last[mark.Kind] = mark
		}
		m.next++
	}
	if line := &m.last[groundwork.MarkLine]; line.Kind != 0 {
		line.Number += strings.Count(m.text[line.Offset:span.Start], "\n")
		line.Offset = span.Start
	}
	var out []groundwork.Mark
	for _, mark := range m.last {
		if mark.Kind != 0 {
			out = append(out, mark)
		}
	}
	slices.SortStableFunc(out, func(a, b groundwork.Mark) int { return a.Offset - b.Offset })
	for i := m.next; i < len(m.all) && m.all[i].Offset < span.End; i++ {
		out = append(out, m.all[i])
	}
	return out
}
