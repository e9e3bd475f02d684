package postings

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/seed4837efcb/groundwork/lexical"
)

// A posting is a document that holds a term; term is a number in the order of
// first appearance.
type posting struct {
	term uint32
	doc  int32
	tf   uint32
}

// build makes the segment of docs, which are ordered by slot.
func build(a lexical.Analyzer, docs []Doc) (*segment, error) {
	var (
		ids      = make(map[string]uint32)
		terms    []string
		postings []posting
		tf       []uint32 // occurrences in the current document, by term
		seen     []uint32 // terms of the current document
		tokens   []lexical.Token
		w        segmentWriter
	)
	for doc := range docs {
		tokens = a.Analyze(tokens[:0], docs[doc].Text)
		if uint64(len(tokens)) > math.MaxUint32 {
			return nil, fmt.Errorf("postings: apply: slot %d has %d tokens: %w", docs[doc].Slot, len(tokens), ErrBatch)
		}
		w.addDoc(docs[doc].Slot, uint32(len(tokens)))
		seen = seen[:0]
		for i := range tokens {
			id, ok := ids[tokens[i].Term]
			if !ok {
				id = uint32(len(terms))
				ids[tokens[i].Term] = id
				terms = append(terms, tokens[i].Term)
				tf = append(tf, 0)
			}
			if tf[id] == 0 {
				seen = append(seen, id)
			}
			tf[id]++
		}
		for _, id := range seen {
			postings = append(postings, posting{id, int32(doc), tf[id]})
			tf[id] = 0
		}
	}
	w.addTerms(terms, postings)
	return w.finish()
}

// A segmentWriter puts a segment together: documents first, in the order of
// their slots, then terms in their order.
type segmentWriter struct {
	docs, terms               int
	tokens                    uint64
	slots, lens               []byte
	termEnds, listEnds, freqs []byte
	termBlock, listBlock      []byte
	last                      int // document of the open list's last posting
	count                     uint32
	overflow                  bool
}

func (w *segmentWriter) addDoc(slot, length uint32) {
	w.slots = binary.LittleEndian.AppendUint32(w.slots, slot)
	w.lens = binary.LittleEndian.AppendUint32(w.lens, length)
	w.tokens += uint64(length)
	w.docs++
}

// addTerms writes the lists of all terms; the postings of each are in the
// order of their documents.
func (w *segmentWriter) addTerms(terms []string, postings []posting) {
	order := make([]uint32, len(terms))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		if terms[a] < terms[b] {
			return -1
		}
		return 1 // terms are distinct
	})
	starts := make([]int, len(terms)+1) // counting sort by term keeps documents in order
	for i := range postings {
		starts[postings[i].term+1]++
	}
	for i := range terms {
		starts[i+1] += starts[i]
	}
	sorted := make([]posting, len(postings))
	ends := slices.Clone(starts)
	for _, p := range postings {
		sorted[ends[p.term]] = p
		ends[p.term]++
	}
	for _, id := range order {
		w.openTerm()
		for _, p := range sorted[starts[id]:starts[id+1]] {
			w.add(int(p.doc), p.tf)
		}
		w.closeTerm(terms[id])
	}
}

func (w *segmentWriter) openTerm() { w.last, w.count = -1, 0 }

func (w *segmentWriter) add(doc int, tf uint32) {
	w.listBlock = appendPosting(w.listBlock, w.last, doc, tf)
	w.last = doc
	w.count++
}

// closeTerm ends the open list; one without postings leaves no trace.
func (w *segmentWriter) closeTerm(term string) {
	if w.count == 0 {
		return
	}
	w.termBlock = append(w.termBlock, term...)
	w.termEnds = binary.LittleEndian.AppendUint32(w.termEnds, uint32(len(w.termBlock)))
	w.listEnds = binary.LittleEndian.AppendUint32(w.listEnds, uint32(len(w.listBlock)))
	w.freqs = binary.LittleEndian.AppendUint32(w.freqs, w.count)
	w.terms++
	w.overflow = w.overflow || uint64(len(w.termBlock)) > math.MaxUint32 || uint64(len(w.listBlock)) > math.MaxUint32
}

// finish joins the tables to one block.
func (w *segmentWriter) finish() (*segment, error) {
	if w.overflow {
		return nil, fmt.Errorf("postings: apply: a text has postings of over 4 GiB, split it: %w", ErrBatch)
	}
	tables := [][]byte{w.slots, w.lens, w.termEnds, w.listEnds, w.freqs, w.termBlock, w.listBlock}
	size := headerSize
	for _, t := range tables {
		size += len(t)
	}
	raw := make([]byte, 0, size)
	for _, n := range []int{w.docs, w.terms, len(w.termBlock), len(w.listBlock)} {
		raw = binary.LittleEndian.AppendUint32(raw, uint32(n))
	}
	raw = binary.LittleEndian.AppendUint64(raw, w.tokens)
	for _, t := range tables {
		raw = append(raw, t...)
	}
	s, _ := layout(raw)
	return s, nil
}
