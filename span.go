package groundwork

import (
	"slices"
	"strings"
)

// Span is a half-open range of bytes, [Start, End), of a document's Text.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Len returns the number of bytes in s.
func (s Span) Len() int { return s.End - s.Start }

// Empty reports whether s holds no byte.
func (s Span) Empty() bool { return s.End <= s.Start }

// Contains reports whether every byte of t lies in s.
func (s Span) Contains(t Span) bool { return s.Start <= t.Start && t.End <= s.End }

// Overlaps reports whether s and t share at least one byte.
func (s Span) Overlaps(t Span) bool {
	return max(s.Start, t.Start) < min(s.End, t.End)
}

// In returns the bytes of text that s covers. It panics, as slicing does, if s
// does not lie within text.
func (s Span) In(text string) string { return text[s.Start:s.End] }

// valid reports whether s lies within a text of n bytes.
func (s Span) valid(n int) bool { return 0 <= s.Start && s.Start <= s.End && s.End <= n }

// A MarkKind tells what a [Mark] counts or names.
type MarkKind uint8

// The kinds of places a document can be read by.
const (
	MarkPage    MarkKind = iota + 1 // Number is a page, counted from 1
	MarkLine                        // Number is a line of the source file, counted from 1
	MarkSlide                       // Number is a slide, counted from 1
	MarkCell                        // Label is a sheet and cell such as "Prices!B2"
	MarkPointer                     // Label is a JSON pointer (RFC 6901)
)

// A Mark says that a place of the source begins at a byte of Text. It holds
// until the next mark of the same kind.
type Mark struct {
	Offset int      `json:"offset"`
	Kind   MarkKind `json:"kind"`
	Number int      `json:"number,omitempty"`
	Label  string   `json:"label,omitempty"`
}

// Position is where a byte of Text stands in its source, as a person would
// look it up. Zero fields are unknown.
type Position struct {
	Page  int    // counted from 1
	Line  int    // line of the source file, counted from 1
	Slide int    // counted from 1
	Label string // sheet cell or JSON pointer
}

// locate returns the position of the byte at offset, read from marks (sorted
// by offset). text are the document's bytes from base on: after a line mark
// further lines are counted by their newlines, so that one mark can serve a
// whole file.
func locate(marks []Mark, text string, base, offset int) Position {
	var p Position
	lineAt := -1
	for _, m := range marks {
		if m.Offset > offset {
			break
		}
		switch m.Kind {
		case MarkPage:
			p.Page = m.Number
		case MarkLine:
			p.Line, lineAt = m.Number, m.Offset
		case MarkSlide:
			p.Slide = m.Number
		case MarkCell, MarkPointer:
			p.Label = m.Label
		}
	}
	if lineAt >= base && offset-base <= len(text) {
		p.Line += strings.Count(text[lineAt-base:offset-base], "\n")
	}
	return p
}

// marksWithin returns the marks that hold somewhere in s: those inside it and,
// of each kind, the last one at or before its start. A line mark before the
// start is moved to it, so that locate needs no text from before s.
func marksWithin(marks []Mark, text string, s Span) []Mark {
	var out []Mark
	last := map[MarkKind]Mark{}
	for _, m := range marks {
		switch {
		case m.Offset <= s.Start:
			last[m.Kind] = m
		case m.Offset < s.End:
			out = append(out, m)
		}
	}
	if _, ok := last[MarkCell]; ok { // of two labels the later one holds
		if p, ok := last[MarkPointer]; ok && p.Offset < last[MarkCell].Offset {
			delete(last, MarkPointer)
		}
	}
	var before []Mark
	for kind := MarkPage; kind <= MarkPointer; kind++ {
		m, ok := last[kind]
		if !ok {
			continue
		}
		if kind == MarkLine {
			m.Number += strings.Count(text[m.Offset:s.Start], "\n")
		}
		m.Offset = s.Start
		before = append(before, m)
	}
	return slices.Concat(before, out)
}
