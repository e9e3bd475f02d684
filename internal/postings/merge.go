package postings

import (
	"bytes"
	"math/bits"
	"slices"
)

const (
	// fanout is how many segments of a tier gather before they are merged, and
	// how much larger the next tier is: each document is rewritten
	// log(documents/batch)/log(fanout) times, and a search looks its terms up
	// in fewer than fanout segments a tier.
	fanout = 8
	// A segment is rewritten alone when more than one in deadShare of its
	// documents is dead.
	deadShare = 4
	// maxMerged bounds the bytes of a merged segment, far below the reach of
	// its 32-bit offsets. Segments above its fanout-th part gather no more.
	maxMerged = 1 << 30
)

// settle rewrites what is mostly dead and merges what has gathered.
func (x *Index) settle() {
	for i := range x.parts {
		if p := &x.parts[i]; p.deadCount*deadShare > p.docs {
			*p = merge(x.parts[i : i+1])
		}
	}
	x.parts = slices.DeleteFunc(x.parts, func(p part) bool { return p.docs == 0 })
	for {
		start, ok := x.gathered()
		if !ok {
			return
		}
		x.mergeFrom(start)
	}
}

// gathered returns where the newest parts begin among which fanout are of one
// tier and none is of a higher one.
func (x *Index) gathered() (start int, ok bool) {
	tier, count := 0, 0
	for i := len(x.parts) - 1; i >= 0; i-- {
		p := &x.parts[i]
		if len(p.raw) > maxMerged/fanout {
			return 0, false
		}
		if t := p.tier(); t > tier {
			tier, count = t, 0
		}
		if p.tier() == tier {
			count++
		}
		if count == fanout {
			return i, true
		}
	}
	return 0, false
}

// tier is the logarithm of the number of documents, base fanout.
func (p *part) tier() int { return (bits.Len(uint(p.docs)) - 1) / 3 }

// mergeFrom merges the parts from start on, into as few as maxMerged allows.
func (x *Index) mergeFrom(start int) {
	old := x.parts[start:]
	var out []part
	for len(old) > 0 {
		n, sum := 1, len(old[0].raw)
		for n < len(old) && sum+len(old[n].raw) <= maxMerged {
			sum += len(old[n].raw)
			n++
		}
		if p := merge(old[:n]); p.docs > 0 {
			out = append(out, p)
		}
		old = old[n:]
	}
	x.parts = append(x.parts[:start:start], out...)
}

// merge writes the live documents of parts into one part.
func merge(parts []part) part {
	if len(parts) == 1 && parts[0].deadCount == 0 {
		return parts[0]
	}
	var w segmentWriter
	numbers := renumber(&w, parts)
	m := merger{parts: parts, numbers: numbers, next: make([]int, len(parts))}
	for m.mergeTerm(&w) {
	}
	s, err := w.finish()
	if err != nil { // maxMerged keeps far from it
		panic(err)
	}
	return part{segment: s}
}

// renumber writes the live documents in the order of their slots and returns
// the new number of each old one, -1 for the dead.
func renumber(w *segmentWriter, parts []part) [][]int32 {
	type ref struct {
		slot      uint32
		part, doc int32
	}
	total := 0
	for i := range parts {
		total += parts[i].live()
	}
	refs := make([]ref, 0, total)
	numbers := make([][]int32, len(parts))
	for i := range parts {
		numbers[i] = make([]int32, parts[i].docs)
		for doc := range parts[i].docs {
			numbers[i][doc] = -1
			if !parts[i].isDead(doc) {
				refs = append(refs, ref{parts[i].slot(doc), int32(i), int32(doc)})
			}
		}
	}
	slices.SortFunc(refs, func(a, b ref) int { return int(int64(a.slot) - int64(b.slot)) })
	for n, r := range refs {
		numbers[r.part][r.doc] = int32(n)
		w.addDoc(r.slot, parts[r.part].length(int(r.doc)))
	}
	return numbers
}

// A merger walks the dictionaries of several parts side by side.
type merger struct {
	parts   []part
	numbers [][]int32
	next    []int // first term of each part that is not written yet
	gather  []posting
}

// mergeTerm writes the list of the smallest term left, or reports that there
// is none.
func (m *merger) mergeTerm(w *segmentWriter) bool {
	var least []byte
	for i := range m.parts {
		if m.next[i] < m.parts[i].terms {
			if t := m.parts[i].term(m.next[i]); least == nil || bytes.Compare(t, least) < 0 {
				least = t
			}
		}
	}
	if least == nil {
		return false
	}
	m.gather = m.gather[:0]
	sorted := true
	for i := range m.parts {
		p := &m.parts[i]
		if m.next[i] == p.terms || !bytes.Equal(p.term(m.next[i]), least) {
			continue
		}
		for it := p.postings(m.next[i]); it.next(); {
			if doc := m.numbers[i][it.doc]; doc >= 0 {
				sorted = sorted && (len(m.gather) == 0 || m.gather[len(m.gather)-1].doc < doc)
				m.gather = append(m.gather, posting{doc: doc, tf: it.tf})
			}
		}
		m.next[i]++
	}
	if !sorted {
		slices.SortFunc(m.gather, func(a, b posting) int { return int(a.doc - b.doc) })
	}
	w.openTerm()
	for _, p := range m.gather {
		w.add(int(p.doc), p.tf)
	}
	w.closeTerm(string(least))
	return true
}
