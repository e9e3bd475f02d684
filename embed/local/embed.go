package local

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/seed4837efcb/groundwork/embed"
)

// Small calls go the short way, past running large ones.
const (
	smallTexts = 16
	smallBytes = 4 << 10
)

// Embed returns one vector of unit length per text. Texts are prefixed by role
// as the model wants it. Of several texts that are too long, the first is
// reported. When ctx ends, Embed returns its error after the layer in hand, at
// most some milliseconds later.
func (e *Embedder) Embed(ctx context.Context, role embed.Role, texts []string) (*embed.Batch, error) {
	if role != embed.Passage && role != embed.Query {
		return nil, fmt.Errorf("local: embed: unknown role %d", role)
	}
	b := &embed.Batch{
		Dim:    e.info.Dim,
		Data:   make([]float32, len(texts)*e.info.Dim),
		Tokens: make([]int, len(texts)),
	}
	if len(texts) == 0 {
		return b, nil
	}
	if err := e.fill(ctx, e.prefix[role], texts, b); err != nil {
		if err == ctx.Err() {
			err = fmt.Errorf("local: embed: %w", err)
		}
		return nil, err
	}
	for i, n := range b.Tokens {
		if n > e.info.MaxTokens {
			b.Cut = append(b.Cut, embed.Cut{Index: i, Tokens: n, Kept: e.info.MaxTokens})
		}
	}
	return b, nil
}

// fill computes the vectors by the short way or the long one.
func (e *Embedder) fill(ctx context.Context, prefix string, texts []string, b *embed.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(texts) <= smallTexts && bytesOf(texts) <= smallBytes {
		r := &request{ctx: ctx, pooling: e.pooling, out: b.Data, done: make(chan struct{})}
		for i, text := range texts {
			if err := e.encode(&r.unit, prefix, text, i, b); err != nil {
				return err
			}
		}
		if len(r.unit.ids) <= unitTokens {
			return e.pool.submit(r)
		}
	}
	return e.fillLarge(ctx, prefix, texts, b)
}

func bytesOf(texts []string) int {
	n := 0
	for _, t := range texts {
		n += len(t)
	}
	return n
}

// encode appends the tokens of text i to u and notes their number in b.
func (e *Embedder) encode(u *unit, prefix, text string, i int, b *embed.Batch) error {
	if prefix != "" {
		text = prefix + text
	}
	var total int
	u.ids, total = e.tokenizer.Encode(u.ids, text, e.info.MaxTokens)
	u.ends = append(u.ends, len(u.ids))
	b.Tokens[i] = total
	if total > e.info.MaxTokens && !e.truncate {
		err := fmt.Errorf("%d tokens, %d allowed: %w", total, e.info.MaxTokens, embed.ErrTooLong)
		return &embed.TextError{Index: i, Err: err}
	}
	return nil
}

// A call is a large Embed call that several goroutines work on. Texts are
// handed out in order, one at a time, so that when one is found too long all
// before it are in somebody's hands.
type call struct {
	ctx    context.Context
	e      *Embedder
	prefix string
	texts  []string
	batch  *embed.Batch
	target int // tokens of a unit
	next   atomic.Int64
	failed atomic.Bool

	mu  sync.Mutex
	err error // guarded by mu; a *embed.TextError of the lowest index wins
}

func (e *Embedder) fillLarge(ctx context.Context, prefix string, texts []string, b *embed.Batch) error {
	c := &call{ctx: ctx, e: e, prefix: prefix, texts: texts, batch: b}
	workers := min(cap(e.pool.workers), len(texts))
	// Few texts are shared evenly: a token has about four bytes.
	c.target = min(unitTokens, max(48, bytesOf(texts)/4/workers/2))
	var group sync.WaitGroup
	for range workers - 1 {
		group.Go(c.work)
	}
	c.work()
	group.Wait()
	return c.err
}

// work runs units until no text is left.
func (c *call) work() {
	var carry unit // a text that did not fit into the last unit
	var carried int
	for !c.failed.Load() {
		select {
		case <-c.ctx.Done():
			c.fail(c.ctx.Err())
			return
		case w := <-c.e.pool.workers:
			more := c.runUnit(w, &carry, &carried)
			c.e.pool.workers <- w
			if !more {
				return
			}
		}
	}
}

// runUnit collects texts, computes their vectors and reports whether there
// were any.
func (c *call) runUnit(w *worker, carry *unit, carried *int) bool {
	w.unit.reset()
	index := w.index[:0]
	if len(carry.ends) > 0 {
		w.unit.append(carry)
		index = append(index, *carried)
		carry.reset()
	}
	for len(w.unit.ids) < c.target {
		i := int(c.next.Add(1)) - 1
		if i >= len(c.texts) {
			break
		}
		if err := c.e.encode(carry, c.prefix, c.texts[i], i, c.batch); err != nil {
			c.fail(err)
			return false
		}
		if len(index) > 0 && len(w.unit.ids)+len(carry.ids) > c.target {
			*carried = i
			break
		}
		w.unit.append(carry)
		index = append(index, i)
		carry.reset()
	}
	w.index = index
	if len(index) == 0 {
		return false
	}
	if err := w.run(c.pause(w)); err != nil {
		c.fail(err)
		return false
	}
	for j, i := range index {
		w.unit.pool(w.model, w.bulk, j, c.batch.Vector(i), c.e.pooling)
	}
	return true
}

// pause returns what happens between two layers: small requests of others are
// served, and a call that nobody wants any more ends.
func (c *call) pause(w *worker) func() error {
	return func() error {
		c.e.pool.serve(w)
		return c.ctx.Err()
	}
}

func (c *call) fail(err error) {
	c.failed.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	have, isText := c.err.(*embed.TextError)
	text, ok := err.(*embed.TextError)
	if c.err == nil || (ok && (!isText || text.Index < have.Index)) {
		c.err = err
	}
}
