package chunkers

import (
	"slices"

	"github.com/seed4837efcb/groundwork"
)

// overlapOf returns the whole sentences at the end of d that the next chunk
// repeats: as many as fit into the overlap, but never all of d. What is not
// prose is not repeated.
func (b *builder) overlapOf(d *draft) []piece {
	first := len(d.pieces)
	for first > d.repeats && d.pieces[first-1].flags.has(isProse) {
		first--
	}
	if b.overlap == 0 || first == len(d.pieces) {
		return nil
	}
	tail := groundwork.Span{Start: d.pieces[first].span.Start, End: d.span().End}
	sentences := Sentences(tail.In(b.doc.Text))
	var out []piece
	left := b.overlap
	for i := len(sentences) - 1; i >= 0; i-- {
		s := groundwork.Span{Start: tail.Start + sentences[i].Start, End: tail.Start + sentences[i].End}
		size := b.size(s.In(b.doc.Text))
		if left -= size; left < 0 || s.Start <= d.span().Start {
			break
		}
		out = append(out, piece{span: s, size: size, flags: isProse})
	}
	slices.Reverse(out)
	return out
}
