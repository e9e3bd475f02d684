package hnsw

import (
	"context"
	"slices"

	"github.com/seed4837efcb/groundwork/internal/kernel"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A dense is one dense query under way.
type dense struct {
	*view
	*scratch
	q      *vectorstore.Query
	metric vectorstore.Metric
	unit   []float32 // the query as keys want it: of length 1 for the cosine
	norm   float64   // of q.Vector
	accept acceptor
}

// denseSearch answers q. exact says that nothing was approximated.
//
// The plan: without a graph, when asked to, or when so few records pass that
// comparing with each is cheaper than walking, all of them are compared;
// otherwise the graph gives candidates. If it gives fewer than there are, all
// are compared after all: a result is never short.
func (b *build) denseSearch(ctx context.Context, v *view, q *vectorstore.Query, passed []bool) ([]candidate, bool, error) {
	d := dense{
		view: v, scratch: b.db.scratch.get(v.slab.capacity()), q: q, metric: b.space.Metric,
		norm: norm(q.Vector), accept: acceptor{slab: v.slab, seq: v.seq, passed: passed},
	}
	defer b.db.scratch.put(d.scratch)
	d.unit = unit(q.Vector, d.norm, d.metric)
	matches := v.live
	if passed != nil {
		matches = d.count()
	}
	want := min(q.K, matches)
	if want == 0 {
		return nil, true, nil
	}
	effort := max(b.db.effort, 2*q.K)
	if !q.Exact && v.graphed > 0 && !v.odd && matches > b.db.exactBelow && effort < matches/4 {
		if found := d.walk(effort, want); found != nil {
			return found, false, ctx.Err()
		}
	}
	found, err := d.compareAll(ctx, want)
	return found, true, err
}

// unit returns x of length 1 for the cosine, otherwise x.
func unit(x []float32, norm float64, m vectorstore.Metric) []float32 {
	if m != vectorstore.Cosine {
		return x
	}
	out := make([]float32, len(x))
	for i := range x {
		out[i] = float32(float64(x[i]) / norm)
	}
	return out
}

// count returns how many vectors pass.
func (d *dense) count() (n int) {
	for slot := range d.n {
		if d.slab.hasVector(slot) && d.accept.passes(slot) {
			n++
		}
	}
	return n
}

// key returns the key of a slot from its vector: see quantize.go.
func (d *dense) key(slot uint32) float32 {
	k := kernel.DotF32(d.unit, d.vectors.row(slot))
	n := d.slab.norm[slot]
	switch d.metric {
	case vectorstore.Cosine:
		return float32(float64(k) / n)
	case vectorstore.L2:
		return k - float32(n*n/2)
	}
	return k
}

// blur is more than two keys can be off by together: products of n numbers in
// float32, added in 32 lanes, are within (n/32+6)·2^-24 of |q|·|x|.
func (d *dense) blur() float32 {
	u := 1.0 / (1 << 24)
	gamma := (float64(len(d.unit))/32 + 8) * u
	e := gamma
	switch d.metric {
	case vectorstore.Dot:
		e *= d.norm * d.longest
	case vectorstore.L2:
		e = gamma*d.norm*d.longest + 2*u*d.longest*d.longest
	}
	return float32(2*e) * 1.01
}

// compareAll finds the want best by their vectors. Keys decide which come into
// question, with room for their error; true scores decide among these.
func (d *dense) compareAll(ctx context.Context, want int) ([]candidate, error) {
	d.found = d.found[:0]
	for slot := range d.n {
		if slot%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if d.slab.hasVector(slot) && d.accept.passes(slot) {
			var k float32
			if !d.odd {
				k = d.key(slot)
			}
			d.found = append(d.found, near{k, slot})
		}
	}
	return d.finish(want), nil
}

// finish returns the want best of d.found, whose keys are those of the vectors.
func (d *dense) finish(want int) []candidate {
	if !d.odd && !d.extreme() {
		d.cut(want)
	}
	out := make([]candidate, 0, len(d.found))
	for _, n := range d.found {
		s := score(d.metric, d.q.Vector, d.vectors.row(n.slot), d.norm, d.slab.norm[n.slot])
		if d.q.MinScore == 0 || s >= d.q.MinScore {
			out = append(out, candidate{n.slot, s})
		}
	}
	d.sortCandidates(out)
	return out[:min(want, len(out))]
}

// extreme says that the query's length makes keys overflow or vanish.
func (d *dense) extreme() bool {
	return d.metric != vectorstore.Cosine && (d.norm > farOut || d.norm < shortest && d.norm != 0)
}

// cut leaves in d.found what may be among the want best.
func (d *dense) cut(want int) {
	if len(d.found) <= want {
		return
	}
	best := d.res[:0]
	for _, n := range d.found {
		if len(best) < want {
			best.push(n)
		} else if n.key > best[0].key {
			best.replace(n)
		}
	}
	d.res = best
	least := best[0].key - d.blur()
	d.found = slices.DeleteFunc(d.found, func(n near) bool { return n.key < least })
}

// walk searches the graph, and compares with slots that are not in it yet. nil
// means that it found too few.
func (d *dense) walk(effort, want int) []candidate {
	d.codes = resize(d.codes, d.slab.stride)
	d.query.codeQuery(d.unit, d.slab.stride, d.codes)
	w := walker{slab: d.slab, scratch: d.scratch, metric: d.metric, limit: d.n}
	at := w.descend(uint32(d.entry), int(d.entry>>32), 0)
	w.search(at, 0, effort, &d.accept)
	d.take(none)
	if keep := max(3*d.q.K, 30); len(d.found) > keep {
		d.found = d.found[:keep]
	}
	for i := range d.found {
		d.found[i].key = d.key(d.found[i].slot)
	}
	for slot := d.graphed; slot < d.n; slot++ {
		if d.slab.hasVector(slot) && d.accept.passes(slot) {
			d.found = append(d.found, near{d.key(slot), slot})
		}
	}
	if len(d.found) < want {
		return nil
	}
	return d.finish(want)
}
