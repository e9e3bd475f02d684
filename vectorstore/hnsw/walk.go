package hnsw

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A scratch is the working memory of one search or insertion.
type scratch struct {
	query, other, centre coded
	codes                []uint8 // for coding a query
	seen                 []uint16
	epoch                uint16
	open                 closest
	res                  farthest
	found                []near
	slots                []uint32
	keys                 []float32
	rest                 [degree0 + 1]uint32
	restKeys             [degree0 + 1]float32
	products             [2 * degree0]int32
	chosen               [64][]near // by level
	pruned, passed       []near
}

// visit says whether a slot is new to this walk, and notes it.
func (s *scratch) visit(slot uint32) bool {
	if s.seen[slot] == s.epoch {
		return false
	}
	s.seen[slot] = s.epoch
	return true
}

// begin forgets the walk before.
func (s *scratch) begin() {
	s.open, s.res = s.open[:0], s.res[:0]
	if s.epoch++; s.epoch == 0 {
		clear(s.seen)
		s.epoch = 1
	}
}

// take moves the results to s.found, closest first, without one slot.
func (s *scratch) take(without uint32) []near {
	s.found = s.found[:0]
	for _, n := range s.res {
		if n.slot != without {
			s.found = append(s.found, n)
		}
	}
	sortNear(s.found)
	return s.found
}

func sortNear(list []near) {
	slices.SortFunc(list, func(a, b near) int {
		return cmp.Or(cmp.Compare(b.key, a.key), cmp.Compare(a.slot, b.slot))
	})
}

// A scratchPool keeps scratches between calls. sync.Pool is emptied by every
// garbage collection, which makes a busy index allocate its visited lists over
// and over.
type scratchPool struct {
	mu   sync.Mutex
	free []*scratch
}

// get returns a scratch for n slots.
func (p *scratchPool) get(n int) *scratch {
	p.mu.Lock()
	var s *scratch
	if last := len(p.free) - 1; last >= 0 {
		s, p.free = p.free[last], p.free[:last]
	}
	p.mu.Unlock()
	if s == nil {
		s = &scratch{}
	}
	if len(s.seen) < n {
		s.seen, s.epoch = make([]uint16, n+n/4), 0
	}
	return s
}

func (p *scratchPool) put(s *scratch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < 2*runtime.GOMAXPROCS(0) {
		p.free = append(p.free, s)
	}
}

// A walker searches the graph of a slab for s.query, as far as slots below
// limit lead.
type walker struct {
	*slab
	*scratch
	metric vectorstore.Metric
	limit  uint32
}

// descend goes greedily from level from to just above level to.
func (w *walker) descend(entry uint32, from, to int) uint32 {
	at := near{w.key(entry), entry}
	for l := from; l > to; l-- {
		for {
			best := w.step(at, l)
			if best.slot == at.slot { // not best == at: a key may be NaN
				break
			}
			at = best
		}
	}
	return at.slot
}

// step returns the closest of a slot and its neighbours at a level.
func (w *walker) step(at near, level int) near {
	w.slots = neighbours(w.slots, w.list(at.slot, level), w.limit)
	w.score()
	for i, n := range w.slots {
		if w.keys[i] > at.key {
			at = near{w.keys[i], n}
		}
	}
	return at
}

// score sets w.keys to the keys of w.slots, at most degree0 of them.
func (w *walker) score() {
	w.keys = resize(w.keys, len(w.slots))
	w.query.keys(w.keys, w.products[:], w.slab, w.slots, w.metric)
}

func (w *walker) key(slot uint32) float32 {
	w.slots = append(w.slots[:0], slot)
	w.score()
	return w.keys[0]
}

// search leaves in w.res the ef closest slots that accept passes (nil: all),
// as far as the walk from entry finds them. Others are walked through.
func (w *walker) search(entry uint32, level, ef int, accept *acceptor) {
	w.begin()
	w.visit(entry)
	first := near{w.key(entry), entry}
	w.open.push(first)
	w.offer(first, ef, accept)
	for len(w.open) > 0 {
		c := w.open.pop()
		if len(w.res) == ef && c.key < w.res[0].key {
			return
		}
		w.unseen(c.slot, level)
		for i, n := range w.slots {
			k := w.keys[i]
			if len(w.res) == ef && k <= w.res[0].key {
				continue
			}
			w.open.push(near{k, n})
			w.offer(near{k, n}, ef, accept)
		}
	}
}

// offer adds a slot to the results, or if accept is given those of it and its
// twins that pass.
func (w *walker) offer(n near, ef int, accept *acceptor) {
	if accept == nil {
		w.keep(n, ef)
		return
	}
	if accept.passes(n.slot) {
		w.keep(n, ef)
	}
	for t := atomic.LoadUint32(&w.twin[n.slot]); t != none; t = atomic.LoadUint32(&w.twin[t]) {
		if t < w.limit && accept.passes(t) {
			w.keep(near{n.key, t}, ef)
		}
	}
}

func (w *walker) keep(n near, ef int) {
	if len(w.res) < ef {
		w.res.push(n)
	} else if n.key > w.res[0].key {
		w.res.replace(n)
	}
}

// unseen sets w.slots and w.keys to the neighbours of a slot that the walk has
// not met.
func (w *walker) unseen(slot uint32, level int) {
	all := neighbours(w.slots, w.list(slot, level), w.limit)
	w.slots = all[:0]
	for _, n := range all {
		if w.visit(n) {
			w.slots = append(w.slots, n)
		}
	}
	w.score()
}

// An acceptor says which slots a search may return: those alive in its view
// that pass its filter.
type acceptor struct {
	slab   *slab
	seq    uint64
	passed []bool // by origin; nil passes all
}

func (a *acceptor) passes(slot uint32) bool {
	return a.slab.alive(slot, a.seq) && (a.passed == nil || a.passed[a.slab.origin[slot]])
}
