package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/retriever"
)

// AnswererOptions are the choices of an Answerer. The zero value is useful.
type AnswererOptions struct {
	// Passages is how many passages a generator gets when a question does not
	// say; 0 means retriever.DefaultK.
	Passages int

	// Unsupported says what becomes of sentences without a citation that
	// holds.
	Unsupported Policy

	// Fresh reports whether the source of a cited passage is still what was
	// indexed; citations of others are Stale. nil does not look.
	Fresh func(ctx context.Context, uri, revision string) bool

	// Analyzer says what a word is when a sentence is compared with its
	// quotations; nil means lexical.Standard.
	Analyzer lexical.Analyzer

	// Embedder compares the meaning of a sentence that a model worded with its
	// quotations. nil compares words alone, which supports no answer in
	// another language than the passages.
	Embedder embed.Embedder

	// Drafts adds Draft events with the generator's unchecked text.
	Drafts bool

	Observe func(context.Context, Event) // called for every event
	Logger  *slog.Logger                 // takes the events too; nil is silent
}

// A Policy says what becomes of sentences that no citation supports.
type Policy uint8

// The policies.
const (
	MarkUnsupported   Policy = iota // shown with status None
	RemoveUnsupported               // never shown; a warning counts them
)

// A Question is what to answer, and from what.
type Question struct {
	Text      string
	K         int                 // passages; 0 means AnswererOptions.Passages
	Filter    filter.Filter       // nil passes everything
	Generator generator.Generator // nil means the Answerer's
	Exact     bool                // compare with every vector instead of the index
}

// An Answerer answers questions from one namespace. It is safe for concurrent
// use.
type Answerer struct {
	retriever retriever.Retriever
	generator generator.Generator
	opts      AnswererOptions
	observer  observer

	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup
}

// NewAnswerer returns an Answerer that searches with r and words answers with
// g. It closes neither.
func NewAnswerer(r retriever.Retriever, g generator.Generator, opts *AnswererOptions) (*Answerer, error) {
	if r == nil || g == nil {
		return nil, errors.New("pipeline: new answerer: retriever and generator are required")
	}
	a := &Answerer{retriever: r, generator: g}
	if opts != nil {
		a.opts = *opts
	}
	if a.opts.Passages < 0 || a.opts.Unsupported > RemoveUnsupported {
		return nil, fmt.Errorf("pipeline: new answerer: %d passages, policy %d: not possible", a.opts.Passages, a.opts.Unsupported)
	}
	if a.opts.Analyzer == nil {
		a.opts.Analyzer = lexical.Standard()
	}
	a.observer = newObserver(a.opts.Observe, a.opts.Logger)
	return a, nil
}

// Close waits for answers in progress and refuses new ones with ErrClosed. It
// is idempotent.
func (a *Answerer) Close() error {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.calls.Wait()
	return nil
}

func (a *Answerer) begin() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return fmt.Errorf("pipeline: answerer: %w", ErrClosed)
	}
	a.calls.Add(1)
	return nil
}

// Ask returns the whole answer to q.
func (a *Answerer) Ask(ctx context.Context, q Question) (*Answer, error) {
	for e, err := range a.Stream(ctx, q) {
		if err != nil {
			return nil, err
		}
		if d, ok := e.(Done); ok {
			return d.Answer, nil
		}
	}
	return nil, fmt.Errorf("pipeline: ask: %w", ctx.Err())
}

// Stream yields the answer to q as it comes about: the passages, then every
// sentence once it is complete and checked, then the whole. Whether to answer
// at all is decided before the first sentence. An error ends the sequence;
// sentences before it stand. Breaking out of the loop stops the work.
func (a *Answerer) Stream(ctx context.Context, q Question) iter.Seq2[AnswerEvent, error] {
	return func(yield func(AnswerEvent, error) bool) {
		if err := a.begin(); err != nil {
			yield(nil, err)
			return
		}
		defer a.calls.Done()
		start := time.Now()
		t := &telling{Answerer: a, ctx: ctx, yield: yield, answer: &Answer{Question: q.Text}}
		err := t.run(q)
		t.answer.Timing.Total = time.Since(start)
		if errors.Is(err, errStopped) {
			return
		}
		a.observer.tell(ctx, Answered{Abstained: t.answer.Abstained, Sentences: len(t.answer.Sentences),
			Citations: len(t.answer.Citations), Duration: t.answer.Timing.Total, Err: err})
		if err != nil {
			yield(nil, err)
			return
		}
		yield(Done{t.answer}, nil)
	}
}

// errStopped says that the consumer broke out of the loop.
var errStopped = errors.New("stopped")

// A telling is one answer on its way.
type telling struct {
	*Answerer
	ctx     context.Context // of the call that this value lives for
	yield   func(AnswerEvent, error) bool
	answer  *Answer
	numbers map[quoteKey]int // citation numbers by what is quoted, and how far it carries
	fresh   map[string]bool  // by document id
	removed int
	foreign int // citations that were left out
	draft   draft
	checker *generator.Checker
	script  error // why the model could not read the question; nil if it could
}

type quoteKey struct {
	chunk  string
	span   groundwork.Span
	status CitationStatus
}

func (t *telling) send(e AnswerEvent) error {
	if !t.yield(e, nil) {
		return errStopped
	}
	return nil
}

func (t *telling) run(q Question) error {
	g := q.Generator
	if g == nil {
		g = t.generator
	}
	t.answer.Generator = g.Info()
	if q.K == 0 {
		q.K = t.opts.Passages
	}
	if err := t.retrieve(q); err != nil {
		return err
	}
	if err := t.send(Found{t.answer.Passages}); err != nil {
		return err
	}
	if err := t.word(g, q); err != nil {
		return err
	}
	if t.answer.Abstained && t.script != nil {
		// Passages found by words alone prove nothing about what is not there.
		return fmt.Errorf("pipeline: ask: %w: %w", ErrUnreadable, t.script)
	}
	return nil
}

// word has the answer worded, or abstains where nothing was found.
func (t *telling) word(g generator.Generator, q Question) error {
	if len(t.answer.Passages) == 0 {
		t.abstain(generator.Stop{Reason: generator.StopAbstained, Detail: "no passage matches the question"})
		return nil
	}
	start := time.Now()
	defer func() { t.answer.Timing.Generate = time.Since(start) }()
	return t.generate(g, q)
}

func (t *telling) retrieve(q Question) error {
	start := time.Now()
	found, err := t.retriever.Retrieve(t.ctx, retriever.Query{Text: q.Text, K: q.K, Filter: q.Filter, Exact: q.Exact})
	t.answer.Timing.Retrieve = time.Since(start)
	if err != nil {
		t.observer.tell(t.ctx, Retrieved{Duration: t.answer.Timing.Retrieve, Err: err})
		return fmt.Errorf("pipeline: ask: %w", err)
	}
	t.observer.tell(t.ctx, Retrieved{Hits: len(found.Hits), Duration: t.answer.Timing.Retrieve})
	t.answer.Passages, t.answer.Complete = found.Hits, found.Complete
	t.answer.Warnings = append(t.answer.Warnings, found.Warnings...)
	for _, leg := range found.Legs {
		if errors.Is(leg.Dropped, retriever.ErrScript) {
			t.script = leg.Dropped
		}
	}
	return nil
}

func (t *telling) generate(g generator.Generator, q Question) error {
	r := generator.Request{Question: q.Text, Passages: t.answer.Passages}
	t.checker = generator.NewChecker(r, &generator.CheckOptions{Analyzer: t.opts.Analyzer, Embedder: t.opts.Embedder})
	for e, err := range g.Generate(t.ctx, r) {
		if err == nil {
			err = t.take(e)
		}
		if errors.Is(err, errStopped) {
			return err
		}
		if err != nil {
			return fmt.Errorf("pipeline: ask: %s: %w", t.answer.Generator.Name, err)
		}
	}
	if err := t.endDraft(); err != nil {
		return err
	}
	t.warnLeftOut(t.removed, "sentences without a citation that holds were left out")
	t.warnLeftOut(t.foreign, "citations of passages that do not say the sentence, or that do not exist, were left out")
	if !t.answer.Abstained && len(t.answer.Sentences) == 0 {
		t.abstain(generator.Stop{Detail: "no statement could be supported by the passages"})
	}
	return nil
}

func (t *telling) warnLeftOut(n int, what string) {
	if n > 0 {
		t.answer.Warnings = append(t.answer.Warnings, groundwork.Warning{Code: groundwork.Unverified, Stage: "generate",
			Detail: fmt.Sprintf("%d %s", n, what)})
	}
}

func (t *telling) take(e generator.Event) error {
	switch e := e.(type) {
	case generator.Claim:
		return t.claim(e)
	case generator.Delta:
		if t.opts.Drafts {
			if err := t.send(Draft{e.Text}); err != nil {
				return err
			}
		}
		return t.takeDelta(e.Text)
	case generator.Usage:
		t.answer.Usage.PromptTokens += e.PromptTokens
		t.answer.Usage.AnswerTokens += e.AnswerTokens
	case generator.Warned:
		t.answer.Warnings = append(t.answer.Warnings, e.Warning)
	case generator.Stop:
		t.answer.Support = max(t.answer.Support, e.Support)
		t.stop(e)
	}
	return nil
}

func (t *telling) stop(e generator.Stop) {
	switch e.Reason {
	case generator.StopAbstained:
		t.abstain(e)
	case generator.StopLength:
		t.answer.Warnings = append(t.answer.Warnings, groundwork.Warning{Code: groundwork.Truncated, Stage: "generate", Detail: "the answer was cut at the generator's limit"})
	}
}

// abstain says that the passages do not hold the answer.
func (t *telling) abstain(s generator.Stop) {
	t.answer.Abstained = true
	t.answer.Sentences, t.answer.Citations = nil, nil
	t.answer.Reason = "not in these documents"
	if s.Detail != "" {
		t.answer.Reason += ": " + s.Detail
	}
}
