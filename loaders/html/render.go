package html

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/atom"

	"github.com/seed4837efcb/groundwork"
)

// A renderer writes the text of elements and notes structure and lines.
type renderer struct {
	doc   *groundwork.Document
	limit int // of the text, in bytes

	b      strings.Builder
	line   int // of the file, where the next byte would be counted to
	space  bool
	para   int    // where the open paragraph begins, -1 if none is open
	within int    // lists, quotations and table cells that are open: no blocks of their own
	indent string // of new lines in a list
	full   bool   // the limit was hit
}

// render writes n and finishes the document.
func (r *renderer) render(n *node) {
	r.para = -1
	r.children(n)
	r.close()
	text := r.b.String()
	if r.full {
		warn(r.doc, groundwork.Truncated, "the text is longer than %d bytes; the rest was left out", r.limit)
	}
	r.doc.Text = strings.TrimRight(text, " \n")
	r.clamp()
	closeSections(r.doc)
}

// clamp takes back into the text what ended in white space behind it.
func (r *renderer) clamp() {
	n := len(r.doc.Text)
	for i := range r.doc.Sections {
		h := &r.doc.Sections[i].Heading
		h.Start, h.End = min(h.Start, n), min(h.End, n)
	}
	for i := range r.doc.Blocks {
		s := &r.doc.Blocks[i].Span
		s.Start, s.End = min(s.Start, n), min(s.End, n)
	}
	for len(r.doc.Marks) > 0 && r.doc.Marks[len(r.doc.Marks)-1].Offset >= n {
		r.doc.Marks = r.doc.Marks[:len(r.doc.Marks)-1]
	}
}

// closeSections sets the bodies: down to the next heading of the same or a
// higher level.
func closeSections(doc *groundwork.Document) {
	var next [7]int // where the nearest heading of each level begins
	for i := range next {
		next[i] = len(doc.Text)
	}
	for i := len(doc.Sections) - 1; i >= 0; i-- {
		s := &doc.Sections[i]
		s.Body = groundwork.Span{Start: s.Heading.End, End: len(doc.Text)}
		for level := 1; level <= s.Level; level++ {
			s.Body.End = min(s.Body.End, next[level])
		}
		next[s.Level] = s.Heading.Start
	}
}

func (r *renderer) children(n *node) {
	for _, c := range n.children {
		r.node(c)
	}
}

func (r *renderer) node(n *node) {
	switch {
	case r.full || n.attr.hidden || dropped(n.tag):
	case n.text != "":
		r.words(n.text, n.line)
	case n.tag == atom.Br:
		if r.para >= 0 {
			r.newLine()
		}
	case isBlock(n.tag):
		r.block(n)
	case n.tag == atom.Q:
		r.words("“", n.line)
		r.children(n)
		r.space = false
		r.words("”", n.line)
	default:
		r.children(n)
	}
}

func (r *renderer) block(n *node) {
	r.close()
	switch n.tag {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		r.heading(n)
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		r.list(n)
	case atom.Dl:
		r.definitions(n)
	case atom.Pre, atom.Listing, atom.Xmp, atom.Plaintext:
		r.preformatted(n)
	case atom.Table:
		r.table(n)
	case atom.Blockquote:
		r.grouped(groundwork.BlockQuote, func() { r.children(n) })
	default:
		r.children(n)
	}
	r.close()
}

// begin makes room for a block: an empty line before it, or only a new line
// within another block.
func (r *renderer) begin() {
	r.space = false
	s := r.b.String()
	switch {
	case s == "":
	case r.within > 0:
		if !strings.HasSuffix(s, "\n") && r.para < 0 && !r.fresh(s) {
			r.newLine()
		}
	case !strings.HasSuffix(s, "\n\n"):
		r.raw("\n\n"[:2-len(s)+len(strings.TrimSuffix(s, "\n"))])
	}
}

// fresh reports whether the line holds only an item's marker so far.
func (r *renderer) fresh(s string) bool {
	line := s[strings.LastIndexByte(s, '\n')+1:]
	mark := strings.TrimSpace(line)
	return mark == "" || mark == "-" || strings.HasSuffix(line, ". ") && strings.Trim(mark, "0123456789.") == ""
}

// close ends the open paragraph.
func (r *renderer) close() {
	if r.para >= 0 && r.within == 0 && r.b.Len() > r.para {
		r.add(groundwork.BlockParagraph, r.para)
	}
	r.para = -1
	r.space = false
}

func (r *renderer) add(kind groundwork.BlockKind, start int) {
	end := len(strings.TrimRight(r.b.String(), " \n"))
	if end > start {
		r.doc.Blocks = append(r.doc.Blocks, groundwork.Block{Kind: kind, Span: groundwork.Span{Start: start, End: end}})
	}
}

// grouped writes a block that other blocks are part of.
func (r *renderer) grouped(kind groundwork.BlockKind, write func()) {
	r.begin()
	start, outer := r.b.Len(), r.within
	r.within++
	write()
	r.close()
	r.within = outer
	if r.within == 0 {
		r.add(kind, start)
	}
}

// heading writes a heading on one line of its own and opens a section.
func (r *renderer) heading(n *node) {
	title := plain(n)
	if title == "" {
		return
	}
	if r.within > 0 {
		r.children(n)
		return
	}
	r.begin()
	start := r.b.Len()
	r.mark(firstLine(n))
	r.raw(title)
	if r.full {
		return // a part of a heading is none
	}
	r.raw("\n")
	r.doc.Sections = append(r.doc.Sections, groundwork.Section{
		Heading: groundwork.Span{Start: start, End: r.b.Len()}, Level: heading(n.tag), Title: title,
	})
	r.raw("\n")
}

// preformatted writes text with its own line ends.
func (r *renderer) preformatted(n *node) {
	text := strings.Trim(strings.ReplaceAll(content(n), "\r\n", "\n"), "\n")
	if strings.TrimSpace(text) == "" {
		return
	}
	r.begin()
	start := r.b.Len()
	line := firstLine(n)
	for i, s := range strings.Split(text, "\n") {
		if i > 0 {
			r.newLine()
		}
		r.mark(line + i)
		r.raw(strings.TrimRight(s, " \t\r"))
	}
	if r.within == 0 {
		r.add(groundwork.BlockCode, start)
	}
}

// words writes a text as a browser does, white space made single.
func (r *renderer) words(s string, line int) {
	for s != "" {
		i := strings.IndexFunc(s, unicode.IsSpace)
		if i < 0 {
			i = len(s)
		}
		if i > 0 {
			r.word(s[:i], line)
			s = s[i:]
			continue
		}
		_, size := utf8.DecodeRuneInString(s)
		if s[0] == '\n' {
			line++
		}
		r.space = true
		s = s[size:]
	}
}

func (r *renderer) word(s string, line int) {
	if r.para < 0 {
		if s == "\u200b" {
			return
		}
		r.begin()
		r.para = r.b.Len()
	} else if r.space {
		if text := r.b.String(); text != "" && text[len(text)-1] != '\n' && text[len(text)-1] != ' ' {
			r.raw(" ")
		}
	}
	r.space = false
	r.mark(line)
	r.raw(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\ufffd"))
}

func (r *renderer) newLine() {
	r.raw("\n")
	r.raw(r.indent)
	r.space = false
}

// raw writes s unless the limit is hit.
func (r *renderer) raw(s string) {
	if r.full {
		return
	}
	if room := r.limit - r.b.Len(); len(s) > room {
		r.full = true
		for room > 0 && !utf8.RuneStart(s[room]) {
			room--
		}
		s = s[:room]
	}
	r.b.WriteString(s)
	r.line += strings.Count(s, "\n")
}

// mark notes the line of the file that the text comes from, where counting
// line ends from the last mark on would miss it.
func (r *renderer) mark(line int) {
	if line == r.line && len(r.doc.Marks) > 0 {
		return
	}
	r.line = line
	m := groundwork.Mark{Offset: r.b.Len(), Kind: groundwork.MarkLine, Number: line}
	if n := len(r.doc.Marks); n > 0 && r.doc.Marks[n-1].Offset == m.Offset {
		r.doc.Marks[n-1] = m
		return
	}
	r.doc.Marks = append(r.doc.Marks, m)
}
