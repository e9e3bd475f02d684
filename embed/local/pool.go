package local

import (
	"context"

	"github.com/seed4837efcb/groundwork/internal/transformer"
)

const (
	// unitTokens is about how many tokens of several texts run as one unit.
	unitTokens = 256

	// urgentQueue bounds the small requests that wait; further callers block.
	urgentQueue = 64
)

// A pool holds the workers of an embedder. A worker is memory, not a
// goroutine: whoever takes one from the channel computes with it.
//
// Small requests do not wait for a large one to end. They go into a queue that
// is served by whoever comes first: a caller that gets a free worker, or a
// worker in the middle of a large unit, which looks into the queue before each
// layer. Small requests that wait together run together.
type pool struct {
	workers chan *worker
	urgent  chan *request
}

// A worker is the working memory of one computation and of one small one that
// interrupts it.
type worker struct {
	model    *transformer.Model
	tokens   int                // of a unit
	bulk     *transformer.State // nil until first used, as the next
	urgent   *transformer.State
	unit     unit
	index    []int // of the unit's texts in their call
	requests unit
	taken    []*request
}

// A unit is a group of texts that run together.
type unit struct {
	ids  []int32
	ends []int
}

func (u *unit) reset() { u.ids, u.ends = u.ids[:0], u.ends[:0] }

// A request is a unit that somebody waits for.
type request struct {
	ctx     context.Context // of the caller, who may be gone when it is served
	unit    unit
	pooling transformer.Pooling
	out     []float32     // (texts, dim)
	done    chan struct{} // closed when out is complete, or err set
	err     error
}

func newPool(m *transformer.Model, workers, tokens int) pool {
	p := pool{workers: make(chan *worker, workers), urgent: make(chan *request, urgentQueue)}
	for range workers {
		p.workers <- &worker{model: m, tokens: tokens}
	}
	return p
}

// submit runs a small request, of at most unitTokens tokens, and returns when
// it is done or ctx is.
func (p *pool) submit(r *request) error {
	for queued := false; !queued; {
		select {
		case p.urgent <- r:
			queued = true
		case <-r.ctx.Done():
			return r.ctx.Err()
		case w := <-p.workers: // the queue may be full of requests given up
			p.serve(w)
			p.workers <- w
		}
	}
	for {
		select {
		case <-r.done:
			return r.err
		case <-r.ctx.Done():
			return r.ctx.Err()
		case w := <-p.workers:
			served := p.serve(w)
			p.workers <- w
			if served {
				continue
			}
		}
		// The queue is empty: another worker has the request.
		select {
		case <-r.done:
			return r.err
		case <-r.ctx.Done():
			return r.ctx.Err()
		}
	}
}

// run computes w.unit.
func (w *worker) run(pause func() error) error {
	if w.bulk == nil {
		w.bulk = w.model.NewState(w.tokens)
	}
	return w.model.Forward(w.bulk, w.unit.ids, w.unit.ends, pause)
}

// serve runs waiting small requests, as many as fit into one unit, and reports
// whether there were any.
func (p *pool) serve(w *worker) bool {
	if !w.take(p.urgent) {
		return false
	}
	if len(w.taken) == 0 {
		return true // nobody waits for them any more
	}
	if w.urgent == nil {
		w.urgent = w.model.NewState(2 * unitTokens)
	}
	// Without a pause there is no error.
	_ = w.model.Forward(w.urgent, w.requests.ids, w.requests.ends, nil)
	text := 0
	for i, r := range w.taken {
		for j := range r.unit.ends {
			w.requests.pool(w.model, w.urgent, text, r.vector(j), r.pooling)
			text++
		}
		close(r.done)
		w.taken[i] = nil
	}
	return true
}

// take fills w with waiting requests and reports whether there were any. It
// stops at the first beyond unitTokens, so there are fewer than twice as many.
func (w *worker) take(queue <-chan *request) (any bool) {
	w.requests.reset()
	w.taken = w.taken[:0]
	for len(w.requests.ids) < unitTokens {
		select {
		case r := <-queue:
			any = true
			if r.err = r.ctx.Err(); r.err != nil {
				close(r.done)
				continue
			}
			w.taken = append(w.taken, r)
			w.requests.append(&r.unit)
		default:
			return any
		}
	}
	return any
}

// vector returns where the vector of text j belongs.
func (r *request) vector(j int) []float32 {
	dim := len(r.out) / len(r.unit.ends)
	return r.out[j*dim : (j+1)*dim]
}

// append adds the texts of another unit.
func (u *unit) append(v *unit) {
	start := len(u.ids)
	u.ids = append(u.ids, v.ids...)
	for _, end := range v.ends {
		u.ends = append(u.ends, start+end)
	}
}

// pool writes the vector of text i, after the pass.
func (u *unit) pool(m *transformer.Model, s *transformer.State, i int, dst []float32, p transformer.Pooling) {
	start := 0
	if i > 0 {
		start = u.ends[i-1]
	}
	m.Pool(dst, s, start, u.ends[i], p)
}
