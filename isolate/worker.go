package isolate

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"time"
)

const (
	maxJobs  = 200              // a child is replaced after so many jobs
	idleTime = 30 * time.Second // a child without a job ends after it
)

// A Worker runs jobs in child processes, at most as many at once as Go has
// threads (GOMAXPROCS when it was made); further ones wait. Children are kept
// for the next job while they are in order. It is safe for concurrent use.
type Worker struct {
	executable func() (string, error)
	slots      chan struct{} // one token for each job that may run

	mu     sync.Mutex // guards what follows
	closed bool
	idle   []*process
	busy   map[*process]bool
}

func newWorker(executable func() (string, error)) *Worker {
	return &Worker{
		executable: executable,
		slots:      make(chan struct{}, runtime.GOMAXPROCS(0)),
		busy:       make(map[*process]bool),
	}
}

// Run does one job and yields its frames in order as they arrive; each is the
// caller's. The last pair may carry an error: ErrDeadline, ErrMemory,
// ErrOutput, ErrCrash, ErrClosed, ErrHandler, a *JobError, the context's, or
// one that tells why no child could be started. Ending the loop early, like
// the end of ctx, kills the child. input is not modified and may be at most
// 1 GiB. A nil limits means the defaults.
func (w *Worker) Run(ctx context.Context, handler string, input []byte, limits *Limits) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		done, err := w.run(ctx, handler, input, limits, func(frame []byte) bool { return yield(frame, nil) })
		if err != nil && !done {
			yield(nil, err)
		}
	}
}

// run reports done if yield ended the loop.
func (w *Worker) run(ctx context.Context, handler string, input []byte, limits *Limits, yield func([]byte) bool) (done bool, err error) {
	l, err := limits.withDefaults()
	if err != nil {
		return false, err
	}
	if len(input) > maxInput {
		return false, fmt.Errorf("isolate: run %s: input of %d bytes; the limit is %d", handler, len(input), maxInput)
	}
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	p, err := w.take(ctx, l.Memory)
	if err != nil {
		return false, err
	}
	j := job{process: p, limits: l, header: header{Handler: handler, Memory: l.Memory, CPU: seconds(l.CPU), Size: len(input)}}
	done, err = j.do(ctx, input, yield)
	w.put(p, j.clean)
	return done, err
}

func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// take returns an idle child with the wanted memory limit, or a new one.
func (w *Worker) take(ctx context.Context, memory int64) (*process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p, err := w.takeIdle(memory); p != nil || err != nil {
		return p, err
	}
	path, err := w.executable()
	if err != nil {
		return nil, fmt.Errorf("isolate: find the program: %w", err)
	}
	p, err := start(ctx, path, memory)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		p.kill(ErrClosed)
		p.wait()
		return nil, fmt.Errorf("isolate: %w", ErrClosed)
	}
	w.busy[p] = true
	return p, nil
}

func (w *Worker) takeIdle(memory int64) (*process, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, fmt.Errorf("isolate: %w", ErrClosed)
	}
	for i := len(w.idle) - 1; i >= 0; i-- {
		if p := w.idle[i]; p.memory == memory {
			w.idle = append(w.idle[:i], w.idle[i+1:]...)
			p.idle.Stop()
			w.busy[p] = true
			return p, nil
		}
	}
	return nil, nil
}

// put takes back a child. One that is not clean is already dead.
func (w *Worker) put(p *process, clean bool) {
	w.mu.Lock()
	delete(w.busy, p)
	p.jobs++
	keep := clean && !w.closed && p.jobs < maxJobs && len(w.idle) < cap(w.slots)
	if keep {
		w.idle = append(w.idle, p)
		p.idle = time.AfterFunc(idleTime, func() { w.retire(p) })
	}
	w.mu.Unlock()
	if !keep {
		p.kill(nil)
		p.wait()
	}
}

// retire ends a child that has been idle for long.
func (w *Worker) retire(p *process) {
	w.mu.Lock()
	found := false
	for i, q := range w.idle {
		if q == p {
			w.idle = append(w.idle[:i], w.idle[i+1:]...)
			found = true
			break
		}
	}
	w.mu.Unlock()
	if found {
		p.kill(nil)
		p.wait()
	}
}

// Close kills all children; jobs that run end with ErrClosed. It may be called
// on a nil Worker and more than once.
func (w *Worker) Close() error {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	w.closed = true
	idle := w.idle
	w.idle = nil
	for p := range w.busy {
		p.kill(ErrClosed) // its job waits for it
	}
	w.mu.Unlock()
	for _, p := range idle {
		p.idle.Stop()
		p.kill(nil)
		p.wait()
	}
	return nil
}
