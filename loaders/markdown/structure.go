package markdown

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/seed4837efcb/groundwork"
)

// maxDepth limits how deep quotations and lists nest. Deeper markers are text.
// It bounds the recursion of the parser and its time per line.
const maxDepth = 100

// newBlockParser parses block structure only. Inline markup is left out because it
// moves nothing that is looked for, and link definitions and tables because
// goldmark's readings of them take quadratic time or memory on hostile input;
// see isDefinition and splitTable.
func newBlockParser() parser.Parser {
	return parser.NewParser(parser.WithBlockParsers(
		util.Prioritized(parser.NewSetextHeadingParser(), 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(shallow{parser.NewListParser(), maxDepth - 1}, 300),
		util.Prioritized(shallow{parser.NewListItemParser(), maxDepth}, 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(shallow{parser.NewBlockquoteParser(), maxDepth}, 800),
		util.Prioritized(parser.NewHTMLBlockParser(), 900),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	))
}

// shallow is a block parser that opens nothing below limit. A list's is lower,
// so that there is room for its items: the parser takes every child of a list
// for one.
type shallow struct {
	parser.BlockParser
	limit int
}

// Open opens the block unless its parent is too deep.
func (s shallow) Open(parent ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil && depth < s.limit; n = n.Parent() {
		depth++
	}
	if depth == s.limit {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, r, pc)
}

// readStructure finds front matter, sections and blocks of doc.Text.
func readStructure(doc *groundwork.Document) {
	start := readFrontMatter(doc)
	end := structureEnd(doc, start)
	s := &structure{doc: doc, source: parserView(doc.Text[start:end]), shift: start}
	root := newBlockParser().Parse(text.NewReader(s.source))
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		s.add(n, s.span(n, len(s.source)))
	}
	closeSections(doc)
	if doc.Title == "" {
		doc.Title = firstTitle(doc.Sections)
	}
}

// structureEnd returns where the reading of structure stops: the end of the
// text, or the first line past a limit.
func structureEnd(doc *groundwork.Document, start int) int {
	end, lines := start, 0
	for end < len(doc.Text) {
		if lines == maxLines || end-start >= maxStructure {
			warn(doc, groundwork.Truncated, "structure read up to byte %d of %d; the rest is plain text", end, len(doc.Text))
			return end
		}
		next := lineEnd(doc.Text, end)
		if next-start > maxStructure { // one endless line
			warn(doc, groundwork.Truncated, "structure read up to byte %d of %d; the rest is plain text", end, len(doc.Text))
			return end
		}
		end = next
		lines++
	}
	return end
}

// parserView returns text with the same length whose lines all end in a lone
// newline, which is the only line end the parser knows.
func parserView(text string) []byte {
	b := []byte(text)
	for i, c := range b {
		if c != '\r' {
			continue
		}
		if i+1 < len(b) && b[i+1] == '\n' {
			b[i] = ' '
		} else {
			b[i] = '\n'
		}
	}
	return b
}

// structure collects what is found in one document.
type structure struct {
	doc    *groundwork.Document
	source []byte // the parser's view of the text from shift on
	shift  int
}

// span returns the bytes of source that a block takes: from the start of its
// first line to its sibling's, or to limit, without the white space at the
// end. It relies on the positions of first lines alone, because the nodes of
// the parser know nothing of markers and closing fences.
func (s *structure) span(n ast.Node, limit int) groundwork.Span {
	start := s.lineStart(n.Pos())
	end := limit
	for next := n.NextSibling(); next != nil; next = next.NextSibling() {
		if next.Pos() >= 0 {
			end = s.lineStart(next.Pos())
			break
		}
	}
	for end > start && isSpace(s.source[end-1]) {
		end--
	}
	return groundwork.Span{Start: start, End: max(start, end)}
}

func (s *structure) lineStart(pos int) int {
	pos = min(max(pos, 0), len(s.source))
	for pos > 0 && s.source[pos-1] != '\n' {
		pos--
	}
	return pos
}

// add records the top-level node n that takes span of source.
func (s *structure) add(n ast.Node, span groundwork.Span) {
	if span.Empty() {
		return
	}
	switch n := n.(type) {
	case *ast.Heading:
		s.addHeading(n, span)
	case *ast.List:
		s.addList(n, span)
	case *ast.Paragraph:
		s.addParagraph(span)
	case *ast.CodeBlock:
		s.addIndented(span)
	case *ast.FencedCodeBlock:
		s.block(groundwork.BlockCode, span)
	case *ast.Blockquote:
		s.block(groundwork.BlockQuote, span)
	case *ast.HTMLBlock:
		s.addHTML(span)
	case *ast.ThematicBreak:
		s.block(groundwork.BlockSkip, span)
	}
}

func (s *structure) block(kind groundwork.BlockKind, span groundwork.Span) {
	s.doc.Blocks = append(s.doc.Blocks, groundwork.Block{Kind: kind, Span: s.inText(span)})
}

func (s *structure) inText(span groundwork.Span) groundwork.Span {
	return groundwork.Span{Start: span.Start + s.shift, End: span.End + s.shift}
}

// addHeading appends the section that a heading opens. A heading without a
// title opens none.
func (s *structure) addHeading(n *ast.Heading, span groundwork.Span) {
	title := headingTitle(n, s.source)
	if title == "" {
		s.block(groundwork.BlockSkip, span)
		return
	}
	heading := s.inText(span)
	heading.End = lineEnd(s.doc.Text, heading.End)
	s.doc.Sections = append(s.doc.Sections, groundwork.Section{Heading: heading, Level: n.Level, Title: title})
}

// closeSections sets the body of every section: up to the next heading of the
// same or a higher level.
func closeSections(doc *groundwork.Document) {
	var open []int
	closeDownTo := func(level, end int) {
		for len(open) > 0 && doc.Sections[open[len(open)-1]].Level >= level {
			doc.Sections[open[len(open)-1]].Body.End = end
			open = open[:len(open)-1]
		}
	}
	for i := range doc.Sections {
		s := &doc.Sections[i]
		closeDownTo(s.Level, s.Heading.Start)
		s.Body.Start = s.Heading.End
		open = append(open, i)
	}
	closeDownTo(0, len(doc.Text))
}

func firstTitle(sections []groundwork.Section) string {
	for _, s := range sections {
		if s.Level == 1 {
			return s.Title
		}
	}
	return ""
}

// lineEnd returns the offset after the line of text that holds offset: past
// its "\n", "\r\n" or lone "\r".
func lineEnd(text string, offset int) int {
	i := strings.IndexAny(text[offset:], "\r\n")
	switch {
	case i < 0:
		return len(text)
	case strings.HasPrefix(text[offset+i:], "\r\n"):
		return offset + i + 2
	}
	return offset + i + 1
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
