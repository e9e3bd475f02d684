package hnsw

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seed4837efcb/groundwork/vectorstore"
)

// The graph is that of Malkov and Yashunin (HNSW, 2016) over the codes of a
// slab. Many writers may insert while readers search:
//
//   - Everything about a slot is written before it is linked, and its links to
//     others on all levels before any link to it (a slot found too early would
//     be a dead end).
//   - A slot's list is changed under its lock and read without one, element by
//     element; a reader that sees half a change still sees valid slots.
//   - No two locks are held at once.
//   - A slot whose last link at level 0 would be dropped keeps it, so that it
//     stays reachable.
type graph struct {
	*slab
	dim    int
	metric vectorstore.Metric
	effort int           // candidates an insertion looks at
	entry  atomic.Uint64 // level<<32 | slot, or noEntry
	locks  [512]sync.Mutex
}

const noEntry = ^uint64(0)

// defaultConstruction is how many candidates an insertion looks at.
const defaultConstruction = 200

func packEntry(level uint8, slot uint32) uint64 { return uint64(level)<<32 | uint64(slot) }

// list returns the place of a slot's neighbours at a level.
func (s *slab) list(slot uint32, level int) []uint32 {
	if level == 0 {
		at := int(slot) * degree0
		return s.links[at : at+degree0]
	}
	at := int(s.upAt[slot]) + (level-1)*degree
	return s.upper[at : at+degree]
}

// neighbours copies the list to dst, which has room, and returns the slots
// below limit.
func neighbours(dst, list []uint32, limit uint32) []uint32 {
	dst = dst[:0]
	for i := range list {
		n := atomic.LoadUint32(&list[i])
		if n == none {
			break
		}
		if n < limit {
			dst = append(dst, n)
		}
	}
	return dst
}

// insertAll inserts the slots from and below to that have a vector and are
// alive, on all processors if they are many. It ends early when ctx is done;
// then the graph is usable but not complete.
func (g *graph) insertAll(ctx context.Context, from, to uint32, pool *scratchPool) error {
	workers := min(runtime.GOMAXPROCS(0), int(to-from)/16)
	if g.entry.Load() == noEntry {
		// The first ones alone: slots that see nothing of each other would make
		// a graph in pieces.
		from = g.insertRange(ctx, from, min(to, from+64), pool)
	}
	if workers <= 1 {
		g.insertRange(ctx, from, to, pool)
		return ctx.Err()
	}
	var next atomic.Uint32
	next.Store(from)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				at := next.Add(8) - 8
				if at >= to || ctx.Err() != nil {
					return
				}
				g.insertRange(ctx, at, min(at+8, to), pool)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

func (g *graph) insertRange(ctx context.Context, from, to uint32, pool *scratchPool) uint32 {
	s := pool.get(g.capacity())
	defer pool.put(s)
	for ; from < to && ctx.Err() == nil; from++ {
		// The dead stay out, but not those that stand for others.
		if g.reaches(from, 0) && (atomic.LoadUint64(&g.death[from]) == 0 || g.twin[from] != none) {
			g.insert(from, s)
		}
	}
	return from
}

// holds says whether a slot was inserted.
func (g *graph) holds(slot uint32) bool {
	return atomic.LoadUint32(&g.links[int(slot)*degree0]) != none || uint32(g.entry.Load()) == slot
}

func (g *graph) insert(slot uint32, s *scratch) {
	level := int(g.level[slot])
	if g.entry.Load() == noEntry && g.entry.CompareAndSwap(noEntry, packEntry(uint8(level), slot)) {
		return
	}
	entry := g.entry.Load()
	s.query.codeSlot(g.slab, slot, g.dim)
	w := walker{slab: g.slab, metric: g.metric, scratch: s, limit: uint32(g.capacity())}
	top := int(entry >> 32)
	at := w.descend(uint32(entry), top, level)
	shared := min(level, top)
	for l := shared; l >= 0; l-- {
		w.search(at, l, g.effort, nil)
		found := s.take(slot)
		s.chosen[l] = g.choose(s.chosen[l][:0], found, slot, degree, s)
		if len(found) > 0 {
			at = found[0].slot
		}
	}
	for l := shared; l >= 0; l-- {
		g.setList(slot, l, s.chosen[l])
	}
	for l := shared; l >= 0; l-- {
		for _, n := range s.chosen[l] {
			g.link(n.slot, slot, l, s)
		}
	}
	g.raise(slot, level)
}

// raise makes slot the entry if it reaches higher than the one there is.
func (g *graph) raise(slot uint32, level int) {
	for {
		e := g.entry.Load()
		if level <= int(e>>32) || g.entry.CompareAndSwap(e, packEntry(uint8(level), slot)) {
			return
		}
	}
}

// setList writes a slot's own links, before anything leads to it.
func (g *graph) setList(slot uint32, level int, chosen []near) {
	list := g.list(slot, level)
	for i, n := range chosen {
		atomic.StoreUint32(&list[i], n.slot)
		if level == 0 {
			atomic.AddUint32(&g.indeg[n.slot], 1)
		}
	}
}

// link adds to to the neighbours of slot at a level. A full list is chosen
// anew.
func (g *graph) link(slot, to uint32, level int, s *scratch) {
	mu := &g.locks[slot%uint32(len(g.locks))]
	mu.Lock()
	defer mu.Unlock()
	list := g.list(slot, level)
	s.slots = neighbours(s.slots, list, none)
	if slices.Contains(s.slots, to) {
		return
	}
	if level == 0 {
		atomic.AddUint32(&g.indeg[to], 1)
	}
	if n := len(s.slots); n < len(list) {
		atomic.StoreUint32(&list[n], to)
		return
	}
	s.slots = append(s.slots, to)
	s.centre.codeSlot(g.slab, slot, g.dim)
	s.keys = resize(s.keys, len(s.slots))
	s.centre.keys(s.keys, s.products[:], g.slab, s.slots, g.metric)
	s.found = s.found[:0]
	for i, n := range s.slots {
		s.found = append(s.found, near{s.keys[i], n})
	}
	sortNear(s.found)
	s.pruned = g.choose(s.pruned[:0], s.found, slot, len(list), s)
	if level == 0 {
		g.keepReachable(s)
	}
	for i := range list {
		n := uint32(none)
		if i < len(s.pruned) {
			n = s.pruned[i].slot
		}
		atomic.StoreUint32(&list[i], n)
	}
}

// keepReachable takes a link off each of s.found that s.pruned leaves out, and
// puts those back whose last one it was: in free places, or else in place of
// the farthest that has others.
func (g *graph) keepReachable(s *scratch) {
	chosen := len(s.pruned)
	for _, n := range s.found {
		if slices.ContainsFunc(s.pruned[:chosen], func(c near) bool { return c.slot == n.slot }) {
			continue
		}
		if atomic.AddUint32(&g.indeg[n.slot], ^uint32(0)) > 0 {
			continue
		}
		atomic.AddUint32(&g.indeg[n.slot], 1)
		if len(s.pruned) < degree0 {
			s.pruned = append(s.pruned, n)
			continue
		}
		for i := chosen - 1; i >= 0; i-- {
			if atomic.AddUint32(&g.indeg[s.pruned[i].slot], ^uint32(0)) > 0 {
				s.pruned[i] = n
				break
			}
			atomic.AddUint32(&g.indeg[s.pruned[i].slot], 1)
		}
	}
}

// choose appends to dst those of found (closest to centre first) that are
// closer to centre than to any one chosen before: links in all directions
// instead of into one crowd (the paper's algorithm 4). Passed-over ones fill up
// to half of the places.
func (g *graph) choose(dst, found []near, centre uint32, places int, s *scratch) []near {
	s.passed = s.passed[:0]
	for _, c := range found {
		if len(dst) == places {
			return dst
		}
		if g.diverse(c, dst, centre, s) {
			dst = append(dst, c)
		} else {
			s.passed = append(s.passed, c)
		}
	}
	for _, c := range s.passed {
		if len(dst) >= places/2 {
			break
		}
		dst = append(dst, c)
	}
	return dst
}

// diverse says whether c is closer to centre than to all chosen ones.
func (g *graph) diverse(c near, chosen []near, centre uint32, s *scratch) bool {
	if len(chosen) == 0 {
		return true
	}
	key := c.key
	if g.metric == vectorstore.L2 { // the key of centre as c sees it
		a, b := g.norm[c.slot], g.norm[centre]
		key += float32((a*a - b*b) / 2)
	}
	s.other.codeSlot(g.slab, c.slot, g.dim)
	slots := s.rest[:0]
	for _, n := range chosen {
		slots = append(slots, n.slot)
	}
	keys := s.restKeys[:len(slots)]
	s.other.keys(keys, s.products[:], g.slab, slots, g.metric)
	return !slices.ContainsFunc(keys, func(k float32) bool { return k >= key })
}
