package chunkers

import (
	"strings"

	"github.com/seed4837efcb/groundwork"
)

// A splitter lists the pieces of a document in order.
type splitter struct {
	doc    *groundwork.Document
	block  int // first block that ends after what was listed
	region int
	out    []piece
}

// plain adds the text of span, cut only at skipped blocks.
func (s *splitter) plain(span groundwork.Span, cutters []cutter) {
	var run groundwork.Span
	region := s.region
	end := func() {
		s.addIn(region, piece{span: run, cutters: cutters, flags: isProse})
	}
	s.walk(span, func(part groundwork.Span, _ *groundwork.Block) {
		if s.region != region {
			end()
			region = s.region
			run.Start = part.Start
		}
		run.End = part.End
	})
	end()
}

// heading adds the text of span as a heading.
func (s *splitter) heading(span groundwork.Span) {
	s.walk(span, func(part groundwork.Span, _ *groundwork.Block) {
		s.add(piece{span: part, flags: isHeading})
	})
}

// blocks adds the blocks within span, and the paragraphs between them.
func (s *splitter) blocks(span groundwork.Span) {
	s.walk(span, func(part groundwork.Span, b *groundwork.Block) {
		if b == nil {
			s.paragraphs(part)
			return
		}
		s.add(s.ofBlock(b, part))
	})
}

// walk calls f for each run of span that lies in one block or between two.
// Spans must be given in order.
func (s *splitter) walk(span groundwork.Span, f func(groundwork.Span, *groundwork.Block)) {
	blocks := s.doc.Blocks
	gap := func(from, to int) {
		if from < to {
			f(groundwork.Span{Start: from, End: to}, nil)
		}
	}
	at := span.Start
	for s.block < len(blocks) {
		b := &blocks[s.block]
		from := max(at, snap(s.doc.Text, b.Span.Start))
		to := min(span.End, snap(s.doc.Text, b.Span.End))
		if from >= span.End {
			break
		}
		if from < to {
			gap(at, from)
			if b.Kind == groundwork.BlockSkip {
				s.region++
			} else {
				f(groundwork.Span{Start: from, End: to}, b)
			}
			at = to
		}
		if b.Span.End > span.End {
			break
		}
		s.block++
	}
	gap(at, span.End)
}

// paragraphs adds the paragraphs of span, which are parted by blank lines.
func (s *splitter) paragraphs(span groundwork.Span) {
	rest := piece{span: trim(s.doc.Text, span), cutters: []cutter{cutParagraphs}, flags: isRest}
	for rest.flags.has(isRest) && !rest.span.Empty() {
		parts := rest.split(s.doc.Text)
		if parts == nil {
			parts = []piece{rest}
			parts[0].flags = 0
		}
		for _, p := range parts {
			if p.flags.has(isRest) {
				break
			}
			s.add(proseOf(p.span, s.doc.Text))
		}
		rest = parts[len(parts)-1]
	}
}

// add appends p without the white space around it, if anything is left.
func (s *splitter) add(p piece) { s.addIn(s.region, p) }

func (s *splitter) addIn(region int, p piece) {
	p.span = trim(s.doc.Text, p.span)
	p.region = region
	if !p.span.Empty() {
		s.out = append(s.out, p)
	}
}

// proseOf returns the piece of a paragraph.
func proseOf(span groundwork.Span, text string) piece {
	p := piece{span: span, cutters: proseCutters(), flags: isProse}
	if last := strings.TrimRight(span.In(text), " \t\r\n*_"); strings.HasSuffix(last, ":") || strings.HasSuffix(last, "\uff1a") {
		p.flags |= isLeadIn
	}
	return p
}

// ofBlock returns the piece of the part of b that span covers.
func (s *splitter) ofBlock(b *groundwork.Block, span groundwork.Span) piece {
	switch b.Kind {
	case groundwork.BlockList:
		return piece{span: span, cutters: []cutter{cutItems, cutParagraphs, cutSentences}, flags: isProse}
	case groundwork.BlockCode:
		return piece{span: span, cutters: []cutter{cutCode, cutParagraphs, cutEveryLine}, flags: isWhole}
	case groundwork.BlockTable:
		return piece{span: span, cutters: []cutter{rowCutter(s.doc.MIME)}, flags: isWhole, header: s.header(b, span)}
	case groundwork.BlockQuote:
		return piece{span: span, cutters: append([]cutter{cutQuoted}, proseCutters()...), flags: isProse}
	}
	return proseOf(span, s.doc.Text)
}

// header returns the header of the table b, if span, the part of b that is
// being listed, begins with it.
func (s *splitter) header(b *groundwork.Block, span groundwork.Span) groundwork.Span {
	h := groundwork.Span{Start: snap(s.doc.Text, b.Header.Start), End: snap(s.doc.Text, b.Header.End)}
	if h.Empty() || !span.Contains(h) || isBlank(h.In(s.doc.Text)) {
		return groundwork.Span{}
	}
	return h
}

func rowCutter(mime string) cutter {
	switch mime {
	case "text/csv", "text/tab-separated-values":
		return cutRecords
	}
	return cutEveryLine
}

func proseCutters() []cutter {
	return []cutter{cutLongLines, cutSentences}
}

// cutQuoted cuts between the paragraphs of a Markdown quotation.
func cutQuoted(text string, limit int) []int {
	return cutLines(text, limit, func(before, _ string) bool { return strings.Trim(before, "> \t\r\n") == "" })
}
