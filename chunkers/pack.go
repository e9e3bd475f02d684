package chunkers

import (
	"context"
	"slices"

	"github.com/seed4837efcb/groundwork"
)

// A draft is a chunk in the making: pieces in order, the first of which may
// repeat the end of the chunk before.
type draft struct {
	pieces  []piece
	repeats int // how many of pieces are repeated
	size    int // of all pieces, in tokens
	section int // that all of them lie in, -1 if none has text yet
}

// bare reports whether d holds nothing but headings.
func (d *draft) bare() bool {
	for i := range d.pieces {
		if !d.pieces[i].flags.has(isHeading) {
			return false
		}
	}
	return len(d.pieces) > 0
}

func (d *draft) span() groundwork.Span {
	return groundwork.Span{Start: d.pieces[0].span.Start, End: d.pieces[len(d.pieces)-1].span.End}
}

// shortPart is the part of the target up to which the end of a group counts as
// short.
const shortPart = 3

// A packer fills chunks with pieces, in order. Pieces that do not fit are cut.
type packer struct {
	*builder
	draft draft
	todo  []piece // what is to be placed, last one first
	held  *draft  // the last finished draft of the group, not emitted yet
}

// pack makes chunks of the pieces of one region. No chunk mixes them with
// those of another call.
func (p *packer) pack(ctx context.Context, pieces []piece) error {
	p.todo = slices.Clone(pieces)
	slices.Reverse(p.todo)
	p.reset()
	for n := 0; len(p.todo) > 0; n++ {
		if n%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		next := p.todo[len(p.todo)-1]
		p.todo = p.todo[:len(p.todo)-1]
		if next.size == 0 {
			next.size = p.size(next.span.In(p.doc.Text))
		}
		p.place(next)
		if len(p.todo) == 0 {
			p.flush()
		}
	}
	p.release()
	return nil
}

func (p *packer) reset() { p.draft = draft{section: -1} }

// total returns the tokens of the embedded text of d with next added.
func (p *packer) total(d *draft, next *piece) int {
	section := d.section
	if own, body := p.outline.scope(next.span); body {
		section = p.outline.join(section, own)
	}
	first := next
	if len(d.pieces) > 0 {
		first = &d.pieces[0]
	}
	_, lead := p.lead(first)
	bytes := (next.span.End - first.span.Start) / bytesPerToken
	return p.base + p.frame(max(section, 0)).size + lead + max(d.size+next.size, bytes)
}

// place adds next to the draft, or cuts it, or finishes the draft first.
func (p *packer) place(next piece) {
	d := &p.draft
	with := p.total(d, &next)
	fresh := p.total(&draft{section: -1}, &next)
	low := 2*d.size < p.target-p.base
	switch {
	case with <= p.target:
		p.add(next)
	case len(d.pieces) == d.repeats || d.bare() && !next.flags.has(isHeading):
		// The chunk needs this piece, or part of it, to say anything.
		p.begin(next, with)
	case next.flags.has(isRest) && fresh > p.max && p.cut(next):
	case low && with <= p.max:
		p.add(next)
	case low && !next.flags.has(isWhole|isHeading) && p.replace(next.split(p.doc.Text)):
	case low && fresh > p.max && p.cut(next):
	default:
		p.todo = append(p.todo, next)
		p.flush()
	}
}

// begin places next in a draft that has no text of its own yet. with is what
// the chunk would count with it.
func (p *packer) begin(next piece, with int) {
	switch {
	case with <= p.max:
		p.add(next)
	case p.draft.repeats > 0:
		p.reset()
		p.todo = append(p.todo, next)
	case p.cut(next):
	default:
		p.add(next) // one character
	}
}

// cut puts the parts of next in its place. It reports false if next is one
// character.
func (p *packer) cut(next piece) bool {
	return p.replace(next.split(p.doc.Text)) || p.replace(next.halves(p.doc.Text))
}

// replace schedules parts next, in order; their sizes are to be counted. It
// reports false if there are none.
func (p *packer) replace(parts []piece) bool {
	for i := len(parts) - 1; i >= 0; i-- {
		parts[i].size = 0
		p.todo = append(p.todo, parts[i])
	}
	return len(parts) > 0
}

func (p *packer) add(next piece) {
	d := &p.draft
	if own, body := p.outline.scope(next.span); body {
		d.section = p.outline.join(d.section, own)
	}
	d.pieces = append(d.pieces, next)
	d.size += next.size
}

// flush finishes the draft. What should not end a chunk, and what turns out
// not to fit, is scheduled again.
func (p *packer) flush() {
	p.carryLeadIns()
	p.takeShort()
	for len(p.draft.pieces) > p.draft.repeats && p.measureDraft() > p.max {
		if !p.shrink() {
			break
		}
	}
	if len(p.draft.pieces) > p.draft.repeats {
		p.hold()
	} else {
		p.reset()
	}
}

func (p *packer) measureDraft() int {
	lead, _ := p.lead(&p.draft.pieces[0])
	return p.measure(p.draft.span(), lead)
}

// shrink takes something out of a draft that is too large: what it repeats,
// its last piece, or part of its only piece. It reports false if it cannot.
func (p *packer) shrink() bool {
	d := &p.draft
	last := d.pieces[len(d.pieces)-1]
	switch {
	case d.repeats > 0:
		p.refill(d.pieces[d.repeats:], 0)
	case len(d.pieces) > 1:
		p.refill(d.pieces[:len(d.pieces)-1], 0)
		p.todo = append(p.todo, last)
	default:
		if !p.cut(last) {
			return false
		}
		p.reset()
	}
	return true
}

// refill makes a draft of pieces, the first repeats of which are repeated.
func (p *packer) refill(pieces []piece, repeats int) {
	p.reset()
	for _, next := range pieces {
		p.add(next)
	}
	p.draft.repeats = repeats
}

// carryLeadIns moves headings and lead-ins at the end of the draft to the next
// chunk, if they fit there with what they announce.
func (p *packer) carryLeadIns() {
	if len(p.todo) == 0 || p.draft.bare() {
		return
	}
	next := p.todo[len(p.todo)-1]
	pieces := p.draft.pieces
	keep, size := len(pieces), 0
	for keep > p.draft.repeats+1 && pieces[keep-1].flags.has(isHeading|isLeadIn) {
		keep--
		size += pieces[keep].size
	}
	if keep == len(pieces) || !pieces[keep].flags.has(isHeading) && p.total(&draft{section: -1, size: size}, &next) > p.max {
		return
	}
	for i := len(pieces) - 1; i >= keep; i-- {
		p.todo = append(p.todo, pieces[i])
	}
	p.refill(pieces[:keep], p.draft.repeats)
}

// takeShort joins the last draft of a group to the one before if it is short
// and both fit into one chunk.
func (p *packer) takeShort() {
	d := &p.draft
	if len(p.todo) > 0 || p.held == nil || d.size > (p.target-p.base)/shortPart {
		return
	}
	lead, _ := p.lead(&p.held.pieces[0])
	span := groundwork.Span{Start: p.held.span().Start, End: d.span().End}
	if len(d.pieces) == d.repeats || p.held.size+d.size > p.max || p.measure(span, lead) > p.max {
		return
	}
	all := slices.Concat(p.held.pieces, d.pieces[d.repeats:])
	repeats := p.held.repeats
	p.held = nil
	p.refill(all, repeats)
}

// hold keeps the draft back until its successor is known, and begins the next
// one with what it repeats.
func (p *packer) hold() {
	p.release()
	held := p.draft
	p.held = &held
	p.refill(p.overlapOf(&held), 0)
	p.draft.repeats = len(p.draft.pieces)
}

// release emits the held draft.
func (p *packer) release() {
	if p.held != nil {
		p.emitDraft(p.held)
	}
	p.held = nil
}

func (p *packer) emitDraft(d *draft) {
	lead, _ := p.lead(&d.pieces[0])
	p.emit(d.span(), lead)
}
