package chunkers

import (
	"strings"
	"unicode"

	"github.com/seed4837efcb/groundwork"
)

// A piece is a run of text that is kept together while it fits, and cut with
// the first cutter that can where it does not.
type piece struct {
	span    groundwork.Span
	size    int      // tokens
	cutters []cutter // from coarse to fine; after the last one, pieces are halved
	flags   flags
	header  groundwork.Span // of the table it is part of
	region  int             // pieces of different regions have a skipped block between them
}

type flags uint8

const (
	isHeading flags = 1 << iota // the heading of a section or of a table
	isWhole                     // loses by being cut: code, a table
	isProse                     // its sentences may be repeated as overlap
	isLeadIn                    // announces what follows and should not end a chunk
	isRest                      // what remains to be cut of a larger piece
)

func (f flags) has(g flags) bool { return f&g != 0 }

// lead returns the span to repeat before a chunk that begins with p.
func (p *piece) lead() groundwork.Span {
	if !p.header.Empty() && p.span.Start >= p.header.End {
		return p.header
	}
	return groundwork.Span{}
}

// split cuts p with its cutters. It returns nil if none of them can. The sizes
// of the parts are not known yet.
func (p piece) split(text string) []piece {
	if parts := p.splitHeader(text); parts != nil {
		return parts
	}
	own := p.span.In(text)
	for ; len(p.cutters) > 0; p.cutters = p.cutters[1:] {
		if cuts := p.cutters[0](own, maxParts); len(cuts) > 0 {
			return p.parts(text, cuts)
		}
	}
	return nil
}

// splitHeader parts a table from its header.
func (p piece) splitHeader(text string) []piece {
	if p.header.Empty() || p.span.Start >= p.header.End || p.span.End <= p.header.End {
		return nil
	}
	parts := p.parts(text, []int{p.header.End - p.span.Start})
	if len(parts) == 2 {
		parts[0].header = groundwork.Span{}
		parts[0].flags |= isHeading
	}
	return parts
}

// halves cuts p in two wherever it can. It returns nil if p is one character.
func (p piece) halves(text string) []piece {
	cut := halve(p.span.In(text))
	if cut == 0 {
		return nil
	}
	p.cutters = nil
	return p.parts(text, []int{cut})
}

// parts returns what the cuts make of p, without what is blank.
func (p piece) parts(text string, cuts []int) []piece {
	more := len(cuts) == maxParts
	out := make([]piece, 0, len(cuts)+1)
	from := 0
	for i := range len(cuts) + 1 {
		to := p.span.Len()
		if i < len(cuts) {
			to = cuts[i]
		}
		part := p
		part.flags &^= isRest
		if i < len(cuts) {
			part.flags &^= isLeadIn
		}
		part.span = trim(text, groundwork.Span{Start: p.span.Start + from, End: p.span.Start + to})
		if more && i == len(cuts) {
			part.flags |= isRest
		}
		if !part.span.Empty() {
			out = append(out, part)
		}
		from = to
	}
	return out
}

// trim returns span without the white space at its ends. The indentation of
// its first line stays.
func trim(text string, span groundwork.Span) groundwork.Span {
	own := span.In(text)
	end := len(strings.TrimRightFunc(own, unicode.IsSpace))
	start := len(own) - len(strings.TrimLeftFunc(own, unicode.IsSpace))
	if start >= end {
		return groundwork.Span{Start: span.Start, End: span.Start}
	}
	line := len(strings.TrimRight(own[:start], " \t"))
	if line == 0 && (span.Start == 0 || text[span.Start-1] == '\n') || line > 0 && own[line-1] == '\n' {
		start = line
	}
	return groundwork.Span{Start: span.Start + start, End: span.Start + end}
}
