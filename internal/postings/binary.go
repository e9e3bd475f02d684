package postings

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"

	"github.com/seed4837efcb/groundwork/lexical"
)

// The stored form, little endian:
//
//	magic, format (16 bits), size of the fingerprint (16 bits), fingerprint
//	number of parts (32 bits); then for each part:
//	  size of the segment (64 bits), words of dead bits (32 bits)
//	  the dead bits, the segment
const (
	magic  = "GWpl"
	format = 1
)

// AppendBinary appends the stored form of x to dst and returns the extended
// slice. [Parse] reads it. Guarding it with a checksum is the caller's.
func (x *Index) AppendBinary(dst []byte) []byte {
	buf := bytes.NewBuffer(dst)
	_ = x.WriteBinary(buf) // a Buffer takes everything
	return buf.Bytes()
}

// WriteBinary writes what AppendBinary appends, without a copy of it all.
func (x *Index) WriteBinary(w io.Writer) error {
	le := binary.LittleEndian
	made := madeWith(x.analyzer)
	head := append([]byte{}, magic...)
	head = le.AppendUint16(head, format)
	head = le.AppendUint16(head, uint16(len(made)))
	head = append(head, made...)
	head = le.AppendUint32(head, uint32(len(x.parts)))
	for i := range x.parts {
		p := &x.parts[i]
		head = le.AppendUint64(head, uint64(len(p.raw)))
		head = le.AppendUint32(head, uint32(len(p.dead)))
		for _, word := range p.dead {
			head = le.AppendUint64(head, word)
		}
		if _, err := w.Write(head); err != nil {
			return err
		}
		if _, err := w.Write(p.raw); err != nil {
			return err
		}
		head = head[:0]
	}
	_, err := w.Write(head) // of an index without parts
	return err
}

// madeWith returns what is stored of an analyzer's fingerprint.
func madeWith(a lexical.Analyzer) string {
	s := a.Fingerprint()
	return s[:min(len(s), math.MaxUint16)]
}

// Parse returns the index that [Index.AppendBinary] wrote. It keeps data,
// which must not change while the index or a state made from it is in use. An
// index made with another analyzer is ErrAnalyzer; anything but a whole index
// of this format is ErrFormat. In both cases the caller builds it anew.
//
// Parse checks sizes, tables and the order of slots and terms, in time that
// does not grow with the postings. No bytes make a later call leave its memory
// or run for ever; damage within the postings, which the caller's checksum
// finds, gives wrong hits. [Index.Check] reads everything.
func Parse(data []byte, a lexical.Analyzer) (*Index, error) {
	r := reader{rest: data}
	if string(r.take(len(magic))) != magic || r.uint(2) != format {
		return nil, fmt.Errorf("postings: parse: %w: no header of format %d", ErrFormat, format)
	}
	made := r.take(int(r.uint(2)))
	n := r.uint(4)
	if r.failed {
		return nil, fmt.Errorf("postings: parse: %w: cut within the header", ErrFormat)
	}
	if string(made) != madeWith(a) {
		return nil, fmt.Errorf("postings: parse: %w: %q instead of %q", ErrAnalyzer, made, madeWith(a))
	}
	x := New(a)
	for i := range n {
		p, err := r.part()
		if err != nil {
			return nil, fmt.Errorf("postings: parse: part %d of %d: %w", i+1, n, err)
		}
		x.parts = append(x.parts, p)
		x.stats.Docs += p.live()
		x.stats.Tokens += p.liveTokens()
	}
	if len(r.rest) > 0 {
		return nil, fmt.Errorf("postings: parse: %w: %d bytes too many", ErrFormat, len(r.rest))
	}
	if slot, twice := x.aliveTwice(); twice {
		return nil, fmt.Errorf("postings: parse: %w: slot %d is alive twice", ErrFormat, slot)
	}
	return x, nil
}

// aliveTwice returns a slot that two parts have alive, if there is one. Within
// a part slots differ.
func (x *Index) aliveTwice() (slot uint32, twice bool) {
	if len(x.parts) < 2 {
		return 0, false
	}
	slots := make([]uint32, 0, x.stats.Docs)
	for i := range x.parts {
		p := &x.parts[i]
		for doc := range p.docs {
			if !p.isDead(doc) {
				slots = append(slots, p.slot(doc))
			}
		}
	}
	slices.Sort(slots)
	for i := 1; i < len(slots); i++ {
		if slots[i-1] == slots[i] {
			return slots[i], true
		}
	}
	return 0, false
}

// A reader takes numbers and pieces off the front; past the end it fails and
// gives zeros.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.rest, r.failed = nil, true
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) uint(size int) uint64 {
	var full [8]byte
	copy(full[:], r.take(size))
	return binary.LittleEndian.Uint64(full[:])
}

func (r *reader) part() (part, error) {
	size, words := r.uint(8), r.uint(4)
	dead := r.take(8 * int(words))
	if size > uint64(len(r.rest)) {
		r.failed = true
	}
	if r.failed {
		return part{}, fmt.Errorf("%w: cut", ErrFormat)
	}
	s, err := cut(r.take(int(size)))
	if err != nil {
		return part{}, err
	}
	p := part{segment: s}
	if words == 0 {
		return p, nil
	}
	if int(words) != (s.docs+63)/64 {
		return part{}, fmt.Errorf("%w: dead bits of another size", ErrFormat)
	}
	p.dead = make([]uint64, words)
	for i := range p.dead {
		p.dead[i] = binary.LittleEndian.Uint64(dead[8*i:])
		p.deadCount += bits.OnesCount64(p.dead[i])
	}
	if tail := s.docs % 64; tail != 0 && p.dead[words-1]>>tail != 0 {
		return part{}, fmt.Errorf("%w: dead bits past the last document", ErrFormat)
	}
	return p, nil
}

func (p *part) liveTokens() uint64 {
	n := p.tokens()
	for doc := range p.docs {
		if p.isDead(doc) {
			n -= uint64(p.length(doc))
		}
	}
	return n
}

// cut lays the tables of a segment over foreign bytes and checks them.
func cut(raw []byte) (*segment, error) {
	s, ok := layout(raw)
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: size", ErrFormat)
	case !s.slotsAscend():
		return nil, fmt.Errorf("%w: slots out of order", ErrFormat)
	case s.sumLengths() != s.tokens():
		return nil, fmt.Errorf("%w: lengths of documents", ErrFormat)
	case !endsFit(s.termEnds, s.terms, len(s.termBlock)) || !endsFit(s.listEnds, s.terms, len(s.listBlock)):
		return nil, fmt.Errorf("%w: ends", ErrFormat)
	case !s.termsAscend():
		return nil, fmt.Errorf("%w: terms out of order", ErrFormat)
	}
	return s, nil
}

// layout lays the tables of a segment over its bytes; ok says that they fit.
func layout(raw []byte) (s *segment, ok bool) {
	r := reader{rest: raw}
	docs, terms := int(r.uint(4)), int(r.uint(4))
	termSize, listSize := int(r.uint(4)), int(r.uint(4))
	r.uint(8) // tokens
	s = &segment{docs: docs, terms: terms, raw: raw}
	s.slots, s.lens = r.take(4*docs), r.take(4*docs)
	s.termEnds, s.listEnds, s.freqs = r.take(4*terms), r.take(4*terms), r.take(4*terms)
	s.termBlock, s.listBlock = r.take(termSize), r.take(listSize)
	return s, !r.failed && len(r.rest) == 0 && docs <= math.MaxInt32 && terms <= math.MaxInt32
}

func (s *segment) slotsAscend() bool {
	for doc := 1; doc < s.docs; doc++ {
		if s.slot(doc-1) >= s.slot(doc) {
			return false
		}
	}
	return true
}

func (s *segment) sumLengths() (n uint64) {
	for doc := range s.docs {
		n += uint64(s.length(doc))
	}
	return n
}

// endsFit reports whether ends cut a block of the given size without a rest.
func endsFit(ends []byte, n, size int) bool {
	last := uint32(0)
	for i := range n {
		end := at(ends, i)
		if end < last {
			return false
		}
		last = end
	}
	return int(last) == size
}

// termsAscend also checks that no term claims more documents than there are.
func (s *segment) termsAscend() bool {
	for t := range s.terms {
		if t > 0 && bytes.Compare(s.term(t-1), s.term(t)) >= 0 || s.docFrequency(t) > s.docs {
			return false
		}
	}
	return true
}

// Check reads every posting and reports the first thing that cannot be as
// ErrFormat: lists that break off or lie about their length, documents whose
// tokens do not add up, slots that are alive twice.
func (x *Index) Check() error {
	for i := range x.parts {
		p := &x.parts[i]
		if err := p.check(); err != nil {
			return fmt.Errorf("postings: check: part %d of %d: %w", i+1, len(x.parts), err)
		}
	}
	if slot, twice := x.aliveTwice(); twice {
		return fmt.Errorf("postings: check: %w: slot %d is alive twice", ErrFormat, slot)
	}
	return nil
}

func (s *segment) check() error {
	sums := make([]uint64, s.docs)
	for t := range s.terms {
		n, it := 0, s.postings(t)
		for it.next() {
			sums[it.doc] += uint64(it.tf)
			n++
		}
		if it.docs < 0 || n != s.docFrequency(t) {
			return fmt.Errorf("%w: list of term %q", ErrFormat, s.term(t))
		}
	}
	for doc, n := range sums {
		if n != uint64(s.length(doc)) {
			return fmt.Errorf("%w: tokens of slot %d", ErrFormat, s.slot(doc))
		}
	}
	return nil
}
