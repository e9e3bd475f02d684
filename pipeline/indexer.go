package pipeline

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/seed4837efcb/groundwork/chunkers"
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// IndexerOptions are the choices of an Indexer. The zero value is useful.
type IndexerOptions struct {
	// Loader reads the items of a source. It is required by Index only.
	Loader loaders.Loader

	// Workers is how many items are read and cut at a time; 0 means one per
	// core. Embedding uses the embedder's own workers.
	Workers int

	// BatchTexts is how many texts are embedded and committed together; 0
	// means 32. A crash loses at most the work of one batch.
	BatchTexts int

	// Observe is called for every event, from one goroutine at a time per run.
	// It must return soon.
	Observe func(context.Context, Event)

	// Logger takes the events too; nil is silent.
	Logger *slog.Logger
}

// An Indexer keeps one namespace of a store in step with its sources. It is
// safe for concurrent use: runs, Put and Remove wait for each other; searches
// need not wait.
type Indexer struct {
	store    vectorstore.Store
	embedder embed.Embedder
	chunker  chunkers.Chunker
	opts     IndexerOptions
	observer observer

	turn   sync.Mutex // held by whoever changes the store
	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup // calls in progress
}

// NewIndexer returns an Indexer that writes to store. The store's Space must
// name the embedder's model. The Indexer closes none of its arguments.
func NewIndexer(store vectorstore.Store, embedder embed.Embedder, chunker chunkers.Chunker, opts *IndexerOptions) (*Indexer, error) {
	if store == nil || embedder == nil || chunker == nil {
		return nil, errors.New("pipeline: new indexer: store, embedder and chunker are required")
	}
	x := &Indexer{store: store, embedder: embedder, chunker: chunker}
	if opts != nil {
		x.opts = *opts
	}
	if x.opts.Workers == 0 {
		x.opts.Workers = runtime.GOMAXPROCS(0)
	}
	if x.opts.BatchTexts == 0 {
		x.opts.BatchTexts = 32
	}
	if x.opts.Workers < 0 || x.opts.BatchTexts < 0 {
		return nil, fmt.Errorf("pipeline: new indexer: %d workers, batches of %d: give a number above 0, or 0 for the default", x.opts.Workers, x.opts.BatchTexts)
	}
	model, space := embedder.Model(), store.Info().Space
	if space.Model != model.Fingerprint || space.Dim != model.Dim {
		want := space
		want.Model, want.Dim = model.Fingerprint, model.Dim
		return nil, fmt.Errorf("pipeline: new indexer: %w", &vectorstore.SpaceError{Have: space, Want: want})
	}
	x.observer = newObserver(x.opts.Observe, x.opts.Logger)
	return x, nil
}

// Close waits for calls in progress and refuses new ones with ErrClosed. It is
// idempotent.
func (x *Indexer) Close() error {
	x.mu.Lock()
	x.closed = true
	x.mu.Unlock()
	x.calls.Wait()
	return nil
}

// begin registers a call that changes the store, waits for its turn and reads
// the ledger. The returned function ends it.
func (x *Indexer) begin(ctx context.Context) (r *run, end func(), err error) {
	return x.beginRun(ctx, false)
}

// beginRun is begin. If mending, the ledger may be damaged: what cannot be read
// is not in the run.
func (x *Indexer) beginRun(ctx context.Context, mending bool) (r *run, end func(), err error) {
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return nil, nil, fmt.Errorf("pipeline: indexer: %w", ErrClosed)
	}
	x.calls.Add(1)
	x.mu.Unlock()
	x.turn.Lock()
	end = func() {
		x.turn.Unlock()
		x.calls.Done()
	}
	if r, err = x.newRun(ctx, mending); err != nil {
		end()
		return nil, nil, err
	}
	return r, end, nil
}

// fingerprint identifies how items are read, cut and embedded now.
func (x *Indexer) fingerprint() string {
	loader := ""
	if x.opts.Loader != nil {
		loader = x.opts.Loader.Fingerprint()
	}
	return fingerprintOf(loader, x.chunker.Fingerprint(), x.embedder.Model().Fingerprint)
}

func fingerprintOf(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// IndexOptions are the choices of one run. The zero value is useful.
type IndexOptions struct {
	// AllowMassRemoval lets a run remove more than half of the sources.
	AllowMassRemoval bool

	// RetryFailed reads again what failed before although it did not change.
	RetryFailed bool

	// TextFirst, if above 0, is how many bytes of sources are too many to
	// wait for. A run that has more of them to read and embed commits what it
	// reads without vectors, within seconds, and ends there: it is found by
	// its words, Coverage.Awaiting counts its chunks, and the next run without
	// TextFirst embeds them. With less to do it changes nothing. The store must
	// have vectorstore.FeatureLexical.
	TextFirst int64

	// Source is the name of the source, as in its items. It is needed only
	// where the source may list nothing at all; otherwise its items tell.
	Source string
}

// Index brings the store in step with src: what is new or changed is read,
// cut, embedded and committed; what is gone is removed. It returns what it did
// also beside an error. An item that fails is in the report and does not end
// the run; an error means that the run itself could not be finished, and what
// was committed until then stays.
func (x *Indexer) Index(ctx context.Context, src loaders.Source, opts *IndexOptions) (*Report, error) {
	if x.opts.Loader == nil {
		return nil, errors.New("pipeline: index: IndexerOptions.Loader is required to read a source")
	}
	r, end, err := x.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	var o IndexOptions
	if opts != nil {
		o = *opts
	}
	if err = r.checkTextFirst(o.TextFirst); err == nil {
		err = r.index(ctx, src, o)
	}
	return r.finish(err), err
}

// A run is one call of Index, Put or Remove: the state of the ledger as it
// goes along, and what the report will say.
type run struct {
	*Indexer
	started time.Time
	current string           // fingerprint of how items are read, cut and embedded in this run
	items   map[string]*Item // by item id
	keys    keyIndex
	owners  map[string]string // document id -> item id
	clock   int64
	report  Report
}

func (x *Indexer) newRun(ctx context.Context, mending bool) (*run, error) {
	r := &run{Indexer: x, started: time.Now(), current: x.fingerprint()}
	var damaged, err error
	if r.items, damaged, err = readItems(ctx, x.store); err != nil || damaged != nil && !mending {
		return nil, fmt.Errorf("pipeline: read ledger: %w", cmp.Or(err, damaged))
	}
	if r.clock, err = readClock(ctx, x.store); err != nil && !(mending && errors.Is(err, vectorstore.ErrDamaged)) {
		return nil, err
	}
	if r.keys, err = newKeyIndex(ctx, x.store, r.items); err != nil {
		return nil, err
	}
	r.owners = make(map[string]string)
	for id, it := range r.items {
		for _, d := range it.Documents {
			r.owners[d.ID] = id
		}
	}
	if err := r.finishIntents(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *run) finish(err error) *Report {
	r.report.Coverage = coverageOf(r.items, r.store.Info())
	if err != nil {
		r.report.Coverage.Pending = int(r.report.toRead - r.report.read)
	}
	r.report.Duration = time.Since(r.started)
	return &r.report
}

func (r *run) tick() int64 {
	r.clock = nextVersion(r.clock, time.Now())
	return r.clock
}
