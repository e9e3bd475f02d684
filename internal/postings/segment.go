package postings

import (
	"encoding/binary"
	"sort"
)

// A segment is an immutable inverted index over some documents, numbered from
// 0 in the order of their slots. It holds no pointers but to one block of
// bytes, so the collector has nothing to walk and a stored block is used as it
// is. All numbers are little endian, 32 bits wide where not said otherwise:
//
//	docs, terms, size of terms, size of lists, tokens of all documents (64 bits)
//	slot of each document, ascending
//	tokens of each document
//	end of each term in the block of terms, in the order of the terms' bytes
//	end of each term's list in the block of lists
//	documents of each term
//	block of terms
//	block of lists
//
// A list is the documents that hold a term, ascending, as varints of twice the
// distance from the one before (the first from -1), plus 1 where the term
// occurs more than once; then a varint of the occurrences follows.
type segment struct {
	docs, terms int
	raw         []byte // the whole block

	slots, lens               []byte // docs × 4
	termEnds, listEnds, freqs []byte // terms × 4
	termBlock, listBlock      []byte
}

const headerSize = 4*4 + 8

func at(table []byte, i int) uint32 { return binary.LittleEndian.Uint32(table[4*i:]) }

func (s *segment) tokens() uint64         { return binary.LittleEndian.Uint64(s.raw[16:]) }
func (s *segment) slot(doc int) uint32    { return at(s.slots, doc) }
func (s *segment) length(doc int) uint32  { return at(s.lens, doc) }
func (s *segment) docFrequency(t int) int { return int(at(s.freqs, t)) }
func (s *segment) term(t int) []byte      { return within(s.termBlock, s.termEnds, t) }
func (s *segment) postings(t int) list    { return list{rest: s.listBytes(t), docs: s.docs, doc: -1} }
func (s *segment) listBytes(t int) []byte { return within(s.listBlock, s.listEnds, t) }
func (s *segment) search(slot uint32) (doc int, ok bool) {
	doc = sort.Search(s.docs, func(i int) bool { return s.slot(i) >= slot })
	return doc, doc < s.docs && s.slot(doc) == slot
}

// lookup returns the number of term.
func (s *segment) lookup(term string) (t int, ok bool) {
	lo, hi := 0, s.terms
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if string(s.term(mid)) < term {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < s.terms && string(s.term(lo)) == term
}

// within returns the i-th part of a block that is cut at ends.
func within(block, ends []byte, i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = at(ends, i-1)
	}
	return block[start:at(ends, i)]
}

// A list walks the documents of a term. It stops at the first thing that
// cannot be, so that damaged bytes never lead out of the segment.
type list struct {
	rest []byte
	docs int
	doc  int    // the current document
	tf   uint32 // how often it holds the term
}

func (l *list) next() bool {
	if len(l.rest) == 0 {
		return false
	}
	v := uint64(l.rest[0]) // one byte is the rule: common terms are dense
	if v < 0x80 {
		l.rest = l.rest[1:]
	} else {
		n := 0
		if v, n = binary.Uvarint(l.rest); n <= 0 {
			return l.stop()
		}
		l.rest = l.rest[n:]
	}
	gap := v >> 1
	if gap == 0 || gap > uint64(l.docs-1-l.doc) {
		return l.stop()
	}
	l.doc += int(gap)
	l.tf = 1
	if v&1 != 0 {
		tf, n := binary.Uvarint(l.rest)
		if n <= 0 || tf < 2 || tf > 1<<32-1 {
			return l.stop()
		}
		l.tf, l.rest = uint32(tf), l.rest[n:]
	}
	return true
}

func (l *list) stop() bool {
	l.rest, l.docs = nil, -1
	return false
}

// appendPosting writes the posting of doc behind that of last (-1 before the
// first).
func appendPosting(dst []byte, last, doc int, tf uint32) []byte {
	gap := uint64(doc-last) << 1
	if tf == 1 {
		return binary.AppendUvarint(dst, gap)
	}
	dst = binary.AppendUvarint(dst, gap|1)
	return binary.AppendUvarint(dst, uint64(tf))
}
