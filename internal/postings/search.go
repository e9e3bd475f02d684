package postings

import (
	"cmp"
	"slices"

	"github.com/seed4837efcb/groundwork/lexical"
)

// A Hit is a document that was found.
type Hit struct {
	Slot  uint32
	Score float64 // BM25; above zero
}

// SearchOptions refine a search. Nil stands for the zero value.
type SearchOptions struct {
	// Accept says whether the document under a slot may be a hit. Nil accepts
	// all. It does not touch the statistics: scores are those of a search
	// without it.
	Accept func(slot uint32) bool
	// Before orders hits of equal score and must be a strict order. Nil orders
	// them by slot.
	Before func(a, b uint32) bool
}

// Search returns the k best documents for text, best first; fewer when fewer
// hold any of its terms, none for a k below 1. A term that text repeats counts
// once.
func (x *Index) Search(text string, k int, o *SearchOptions) []Hit {
	if k < 1 || x.stats.Docs == 0 {
		return nil
	}
	acc := x.scratch.Get().(*accumulator)
	acc.prepare(x, text)
	best := topK{k: k, before: func(a, b uint32) bool { return a < b }}
	if o != nil {
		best.accept = o.Accept
		if o.Before != nil {
			best.before = o.Before
		}
	}
	for i := range x.parts {
		if acc.score(x, i) {
			acc.drain(&x.parts[i], &best)
		}
	}
	x.scratch.Put(acc) // not deferred: a callback that panics leaves scores in it
	return best.sorted()
}

// An accumulator is the working memory of a search.
type accumulator struct {
	tokens []lexical.Token
	terms  []string // distinct, in the order of their first appearance
	seen   map[string]bool
	idf    []float64 // of each term
	number []int32   // parts × terms: the term's number in the part, or -1
	scores []float64 // of the documents of one part; all zero between parts
}

// prepare analyzes text and looks its terms up in all parts.
func (acc *accumulator) prepare(x *Index, text string) {
	acc.tokens = x.analyzer.Analyze(acc.tokens[:0], text)
	if acc.seen == nil {
		acc.seen = make(map[string]bool)
	}
	clear(acc.seen)
	acc.terms = acc.terms[:0]
	for i := range acc.tokens {
		if t := acc.tokens[i].Term; !acc.seen[t] {
			acc.seen[t] = true
			acc.terms = append(acc.terms, t)
		}
	}
	acc.idf, acc.number = acc.idf[:0], acc.number[:0]
	for range len(x.parts) * len(acc.terms) {
		acc.number = append(acc.number, -1)
	}
	for i, term := range acc.terms {
		df := 0
		for p := range x.parts {
			if t, ok := x.parts[p].lookup(term); ok {
				acc.number[p*len(acc.terms)+i] = int32(t)
				df += x.parts[p].liveFrequency(t)
			}
		}
		acc.idf = append(acc.idf, x.stats.IDF(df))
	}
}

// score adds up the scores of the documents of a part, dead ones included. It
// reports whether there are any. Terms are taken one after the other in the
// query's order, so that every sum is made in that order.
func (acc *accumulator) score(x *Index, part int) (any bool) {
	p := &x.parts[part]
	if len(acc.scores) < p.docs {
		acc.scores = make([]float64, p.docs)
	}
	scores := acc.scores[:p.docs]
	for i, t := range acc.number[part*len(acc.terms):][:len(acc.terms)] {
		if t < 0 {
			continue
		}
		any = true
		idf := acc.idf[i]
		for it := p.postings(int(t)); it.next(); {
			scores[it.doc] += weight(idf, float64(it.tf), x.stats.norm(p.length(it.doc)))
		}
	}
	return any
}

// drain offers the scored documents of a part and leaves zeros.
func (acc *accumulator) drain(p *part, best *topK) {
	for doc, score := range acc.scores[:p.docs] {
		if score == 0 {
			continue
		}
		acc.scores[doc] = 0
		if best.reachable(score) && !p.isDead(doc) {
			best.offer(Hit{p.slot(doc), score})
		}
	}
}

// topK keeps the best k hits in a heap with the worst on top.
type topK struct {
	k      int
	accept func(uint32) bool
	before func(a, b uint32) bool
	heap   []Hit
}

// reachable reports whether a hit of this score may still get in.
func (b *topK) reachable(score float64) bool {
	return len(b.heap) < b.k || score >= b.heap[0].Score
}

// better is the order of results.
func (b *topK) better(x, y Hit) bool {
	if x.Score != y.Score {
		return x.Score > y.Score
	}
	return b.before(x.Slot, y.Slot)
}

func (b *topK) offer(h Hit) {
	full := len(b.heap) == b.k
	if full && !b.better(h, b.heap[0]) || b.accept != nil && !b.accept(h.Slot) {
		return
	}
	if full {
		b.heap[0] = h
		b.sink()
		return
	}
	b.heap = append(b.heap, h)
	b.rise()
}

// rise moves the last hit up to its place.
func (b *topK) rise() {
	for i := len(b.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !b.better(b.heap[up], b.heap[i]) {
			return
		}
		b.heap[up], b.heap[i] = b.heap[i], b.heap[up]
		i = up
	}
}

// sink moves the first hit down to its place.
func (b *topK) sink() {
	for i := 0; ; {
		worst := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(b.heap); c++ {
			if b.better(b.heap[worst], b.heap[c]) {
				worst = c
			}
		}
		if worst == i {
			return
		}
		b.heap[i], b.heap[worst] = b.heap[worst], b.heap[i]
		i = worst
	}
}

func (b *topK) sorted() []Hit {
	slices.SortFunc(b.heap, func(x, y Hit) int {
		switch {
		case b.better(x, y):
			return -1
		case b.better(y, x):
			return 1
		}
		return cmp.Compare(x.Slot, y.Slot)
	})
	return b.heap
}
