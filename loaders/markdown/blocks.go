package markdown

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/seed4837efcb/groundwork"
)

// addList appends a block for every item of a list.
func (s *structure) addList(list *ast.List, span groundwork.Span) {
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		s.block(groundwork.BlockList, s.span(item, span.End))
	}
}

// addParagraph appends a paragraph, or what only looks like one to a parser
// that knows neither tables nor link definitions.
func (s *structure) addParagraph(span groundwork.Span) {
	lines := s.lines(span)
	n := 0
	for n < len(lines) && isDefinition(s.source[lines[n].Start:lines[n].End]) {
		n++
	}
	if n > 0 {
		s.block(groundwork.BlockSkip, join(lines[:n]))
		lines = lines[n:]
	}
	head := s.tableHead(lines)
	if head < 0 {
		head = len(lines)
	}
	if head > 0 {
		s.block(groundwork.BlockParagraph, join(lines[:head]))
	}
	if head < len(lines) {
		s.block(groundwork.BlockTable, join(lines[head:]))
		s.doc.Blocks[len(s.doc.Blocks)-1].Header = s.inText(join(lines[head : head+2]))
	}
}

func join(lines []groundwork.Span) groundwork.Span {
	return groundwork.Span{Start: lines[0].Start, End: lines[len(lines)-1].End}
}

// lines returns the lines of span without their line ends.
func (s *structure) lines(span groundwork.Span) []groundwork.Span {
	var lines []groundwork.Span
	for start := span.Start; start < span.End; {
		end := span.End
		if i := bytes.IndexByte(s.source[start:span.End], '\n'); i >= 0 {
			end = start + i
		}
		lines = append(lines, groundwork.Span{Start: start, End: len(bytes.TrimRight(s.source[:end], " \t"))})
		start = end + 1
	}
	return lines
}

// tableHead returns the index of the line that heads a table (GitHub Flavored
// Markdown, section 4.10), or -1. The line after it parts head and rows.
func (s *structure) tableHead(lines []groundwork.Span) int {
	for i := 1; i < len(lines); i++ {
		columns, ok := delimiterRow(s.source[lines[i].Start:lines[i].End])
		if ok && columns == countCells(s.source[lines[i-1].Start:lines[i-1].End]) {
			return i - 1
		}
	}
	return -1
}

// delimiterRow reports whether line is like |---|:-:| and its columns.
func delimiterRow(line []byte) (columns int, ok bool) {
	row := trimRow(line)
	if len(row) == 0 {
		return 0, false
	}
	for cell := range bytes.SplitSeq(row, []byte("|")) {
		cell = bytes.TrimSpace(cell)
		cell = bytes.TrimSuffix(bytes.TrimPrefix(cell, []byte(":")), []byte(":"))
		if len(cell) == 0 || len(bytes.Trim(cell, "-")) > 0 {
			return 0, false
		}
		columns++
	}
	return columns, true
}

// countCells returns the number of cells of a table row: its unescaped bars
// part them.
func countCells(line []byte) int {
	row, n := trimRow(line), 1
	for i := 0; i < len(row); i++ {
		switch row[i] {
		case '\\':
			i++
		case '|':
			n++
		}
	}
	return n
}

// trimRow removes the outer bars of a table row.
func trimRow(line []byte) []byte {
	row := bytes.TrimPrefix(bytes.TrimSpace(line), []byte("|"))
	if bytes.HasSuffix(row, []byte("|")) && !bytes.HasSuffix(row, []byte(`\|`)) {
		row = row[:len(row)-1]
	}
	return row
}

// isDefinition reports whether a line defines a link: [label]: target. A
// footnote, [^1]: text, is content.
func isDefinition(line []byte) bool {
	line = bytes.TrimLeft(line, " ")
	i := bytes.Index(line, []byte("]:"))
	if i < 2 || line[0] != '[' || line[1] == '^' || bytes.ContainsAny(line[1:i], "[]") {
		return false
	}
	target := bytes.Fields(line[i+2:])
	return len(target) == 1 || len(target) > 1 && bytes.IndexByte([]byte(`"'(`), target[1][0]) >= 0
}

// addIndented appends a block of indented code. Below the line of an
// admonition ("!!! note"), a fold ("??? tip") or a tab ("=== title"), which
// Python-Markdown indents as well, it is plain text.
func (s *structure) addIndented(span groundwork.Span) {
	if n := len(s.doc.Blocks); n > 0 && isAdmonition(s.doc.Blocks[n-1].Span.In(s.doc.Text)) {
		return
	}
	s.block(groundwork.BlockCode, span)
}

func isAdmonition(paragraph string) bool {
	line := strings.TrimSpace(paragraph)
	return !strings.ContainsAny(line, "\r\n") &&
		(strings.HasPrefix(line, "!!! ") || strings.HasPrefix(line, "??? ") ||
			strings.HasPrefix(line, "???+ ") || strings.HasPrefix(line, `=== "`))
}

// addHTML appends a block of raw HTML: to skip if there is nothing to read in
// it but tags, comments, scripts and styles.
func (s *structure) addHTML(span groundwork.Span) {
	kind := groundwork.BlockSkip
	if hasText(s.source[span.Start:span.End]) {
		kind = groundwork.BlockParagraph
	}
	s.block(kind, span)
}
