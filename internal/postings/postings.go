// Package postings is an in-memory BM25 index that never changes in place.
//
// Start from [New]; [Index.Apply] returns the next state and leaves the one it
// was called on as it was, so that a writer publishes a pointer and readers
// search without locks. A batch becomes a small immutable segment, deletes are
// bits beside the segments, and segments of like size are merged as they
// gather.
//
// Statistics are exact: the number of documents, their mean length and every
// document frequency count live documents alone, whatever has been merged. A
// score therefore depends on the live documents only and is equal, bit for
// bit, to the one computed by going over all of them.
//
// The package stores no texts and keeps no files; [Index.AppendBinary] and
// [Parse] move an index in and out of a caller's snapshot.
package postings

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/seed4837efcb/groundwork/lexical"
)

// Errors of Apply and Parse.
var (
	// ErrBatch says that a batch cannot be applied as it is.
	ErrBatch = errors.New("invalid batch")
	// ErrFormat says that bytes are not a complete and consistent index.
	ErrFormat = errors.New("damaged or foreign index")
	// ErrAnalyzer says that an index was made with another analyzer.
	ErrAnalyzer = errors.New("index was made with another analyzer")
)

// ChunkText returns the text that stands for a chunk in lexical search. All
// stores index this one, so that their scores agree.
func ChunkText(title string, headings []string, text string) string {
	return title + "\n" + strings.Join(headings, "\n") + "\n" + text
}

// A Doc is a text to be indexed under a slot, a number that the caller chooses
// and gets back from a search.
type Doc struct {
	Slot uint32
	Text string
}

// A Batch is one change of an index. Removals come first, so that a slot may
// stand in both; adding to a slot in use replaces what it held.
type Batch struct {
	Add    []Doc
	Remove []uint32 // slots; those not in use are passed over
}

// An Index is one immutable state of an index. It is safe for concurrent use.
type Index struct {
	analyzer lexical.Analyzer
	scratch  *sync.Pool // of *accumulator, shared by all states
	parts    []part     // oldest first
	stats    Stats
}

// A part is a segment with the documents of it that have been removed.
type part struct {
	*segment
	dead      []uint64 // bit per document; nil when there are none
	deadCount int
}

// New returns the empty index of an analyzer.
func New(a lexical.Analyzer) *Index {
	return &Index{
		analyzer: a,
		scratch:  &sync.Pool{New: func() any { return new(accumulator) }},
	}
}

// Stats returns the numbers that scores are made of. They count live
// documents only.
func (x *Index) Stats() Stats { return x.stats }

// Analyzer returns what the index was made with.
func (x *Index) Analyzer() lexical.Analyzer { return x.analyzer }

// Contains reports whether a document is indexed under slot.
func (x *Index) Contains(slot uint32) bool {
	_, _, ok := x.find(slot)
	return ok
}

// Frequency returns the number of live documents that hold term, which is
// given as the analyzer writes it.
func (x *Index) Frequency(term string) int {
	n := 0
	for i := range x.parts {
		n += x.parts[i].frequency(term)
	}
	return n
}

// Apply returns the state after b; x stays as it is and shares memory with the
// new state. Its cost is that of analyzing the batch, plus merges that touch
// every document a few times in its life. A slot added twice, or a text with
// over 4 GiB of postings, is ErrBatch.
func (x *Index) Apply(b Batch) (*Index, error) {
	docs := slices.Clone(b.Add)
	slices.SortFunc(docs, func(a, b Doc) int { return cmp.Compare(a.Slot, b.Slot) })
	for i := 1; i < len(docs); i++ {
		if docs[i].Slot == docs[i-1].Slot {
			return nil, fmt.Errorf("postings: apply: slot %d is added twice: %w", docs[i].Slot, ErrBatch)
		}
	}
	next := &Index{analyzer: x.analyzer, scratch: x.scratch, parts: slices.Clone(x.parts), stats: x.stats}
	owned := make(map[int]bool) // parts whose dead bits are already a copy
	for _, slot := range b.Remove {
		next.kill(slot, owned)
	}
	for i := range docs {
		next.kill(docs[i].Slot, owned)
	}
	for len(docs) > 0 {
		n := runLength(docs)
		seg, err := build(x.analyzer, docs[:n])
		if err != nil {
			return nil, err
		}
		docs = docs[n:]
		next.parts = append(next.parts, part{segment: seg})
		next.stats.Docs += seg.docs
		next.stats.Tokens += seg.tokens()
		next.settle()
	}
	next.settle()
	return next, nil
}

// maxRun is how many bytes of text are analyzed into one segment. Building
// takes some twenty times as much memory.
const maxRun = 8 << 20

// runLength returns how many of docs, at least one, make a segment.
func runLength(docs []Doc) int {
	n, size := 1, len(docs[0].Text)
	for n < len(docs) && size+len(docs[n].Text) <= maxRun {
		size += len(docs[n].Text)
		n++
	}
	return n
}

// Compact returns the same index in as few segments as possible, without the
// remains of removed documents: the form to store.
func (x *Index) Compact() *Index {
	next := *x
	next.parts = slices.Clone(x.parts)
	next.mergeFrom(0)
	return &next
}

// kill marks the document under slot as removed, if there is one. owned says
// which parts' bits were copied since x was made.
func (x *Index) kill(slot uint32, owned map[int]bool) {
	i, doc, ok := x.find(slot)
	if !ok {
		return
	}
	p := &x.parts[i]
	if !owned[i] {
		bits := make([]uint64, (p.docs+63)/64)
		copy(bits, p.dead)
		p.dead, owned[i] = bits, true
	}
	p.dead[doc/64] |= 1 << (doc % 64)
	p.deadCount++
	x.stats.Docs--
	x.stats.Tokens -= uint64(p.length(doc))
}

// find returns the part and the number within it of the live document under
// slot. At most one part has it alive.
func (x *Index) find(slot uint32) (i, doc int, ok bool) {
	for i := len(x.parts) - 1; i >= 0; i-- {
		if doc, ok := x.parts[i].search(slot); ok && !x.parts[i].isDead(doc) {
			return i, doc, true
		}
	}
	return 0, 0, false
}

func (p *part) isDead(doc int) bool {
	return p.dead != nil && p.dead[doc/64]&(1<<(doc%64)) != 0
}

func (p *part) live() int { return p.docs - p.deadCount }

// frequency counts the live documents of the part that hold term.
func (p *part) frequency(term string) int {
	t, ok := p.lookup(term)
	if !ok {
		return 0
	}
	return p.liveFrequency(t)
}

// liveFrequency goes over a list only where some document of the part is dead.
func (p *part) liveFrequency(t int) int {
	if p.deadCount == 0 {
		return p.docFrequency(t)
	}
	n := 0
	for it := p.postings(t); it.next(); {
		if !p.isDead(it.doc) {
			n++
		}
	}
	return n
}
