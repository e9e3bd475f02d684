package groundwork

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// A Document is one readable text of a source, as a loader produced it.
type Document struct {
	ID    string // [DocumentID] of source and URI; canonical UUID
	URI   string // relative to the source's root, '/'-separated
	Title string
	MIME  string // media type without parameters, lower case

	// Text is valid UTF-8 and is never normalized. All offsets of the system
	// are byte offsets into it.
	Text string

	// Verbatim says that Text is the source's bytes from Base on, line ends
	// included. It is required of UTF-8 text, Markdown and code. Base is 3
	// after a byte order mark, otherwise 0.
	Verbatim bool
	Base     int

	Marks    []Mark    // where pages, lines, slides, cells begin; sorted by Offset
	Sections []Section // headings in order of appearance
	Blocks   []Block   // structure below the headings; sorted, not overlapping; may be empty
	Metadata Metadata  // validated; see [Metadata]
	Revision string    // [Revision] of the source's bytes, nothing else
	Warnings []Warning // what the loader could not do
}

// A Section is a heading and the text below it, down to the next heading of
// the same or a higher level.
type Section struct {
	Heading Span   `json:"heading"` // the heading itself, markers and trailing newline included
	Body    Span   `json:"body"`    // what follows it; subsections included
	Level   int    `json:"level"`   // 1 is the highest
	Title   string `json:"title"`   // heading text without markup
}

// A BlockKind tells what a [Block] holds.
type BlockKind uint8

// The kinds of blocks a loader can tell apart. What no block covers is plain
// text, parted by blank lines.
const (
	BlockParagraph BlockKind = iota + 1
	BlockList                // one list, or one item of it; nested lists belong to their outermost item
	BlockCode                // a code fence with its markers, or preformatted text
	BlockTable               // header and rows; Header covers what has to be repeated when it is cut
	BlockQuote
	BlockSkip // not content: front matter, navigation, comments. Never chunked, never cited
)

// A Block is a run of Text that belongs together.
type Block struct {
	Kind   BlockKind `json:"kind"`
	Span   Span      `json:"span"`
	Header Span      `json:"header,omitzero"` // of a table: the lines that name its columns
}

// Position returns where the byte at offset stands in the source. In a
// verbatim document without line marks the line is counted from the start of
// Text.
func (d *Document) Position(offset int) Position {
	return locate(d.lineMarks(), d.Text, 0, offset)
}

// lineMarks returns d.Marks, with the line mark that a verbatim document
// implies.
func (d *Document) lineMarks() []Mark {
	if !d.Verbatim {
		return d.Marks
	}
	for _, m := range d.Marks {
		if m.Kind == MarkLine {
			return d.Marks
		}
	}
	return append([]Mark{{Kind: MarkLine, Number: 1}}, d.Marks...)
}

// ErrInvalid is the cause of every error that [Document.Validate],
// [Chunk.Validate] and [Metadata.Validate] return.
var ErrInvalid = errors.New("invalid value")

// Validate reports the first violation of what the fields of d promise. The
// indexer refuses a document that does not validate.
func (d *Document) Validate() error {
	n := len(d.Text)
	switch {
	case !IsID(d.ID):
		return d.invalid("id %q is not a canonical UUID; use groundwork.DocumentID", d.ID)
	case d.URI == "":
		return d.invalid("URI is empty")
	case !utf8.ValidString(d.Text):
		return d.invalid("text is not valid UTF-8; decode it in the loader")
	}
	for i, m := range d.Marks {
		if m.Offset < 0 || m.Offset > n || i > 0 && m.Offset < d.Marks[i-1].Offset {
			return d.invalid("mark %d at byte %d is out of order or outside the text", i, m.Offset)
		}
	}
	for i, s := range d.Sections {
		if !s.Heading.valid(n) || !s.Body.valid(n) || s.Level < 1 {
			return d.invalid("section %d (%q) lies outside the text or has no level", i, s.Title)
		}
	}
	for i, b := range d.Blocks {
		if !b.Span.valid(n) || !b.Header.valid(n) || i > 0 && b.Span.Start < d.Blocks[i-1].Span.End {
			return d.invalid("block %d overlaps another or lies outside the text", i)
		}
	}
	if err := d.Metadata.Validate(); err != nil {
		return d.invalid("%w", err)
	}
	return nil
}

func (d *Document) invalid(format string, args ...any) error {
	return fmt.Errorf("groundwork: document %q: %w: %w", d.URI, ErrInvalid, fmt.Errorf(format, args...))
}
