package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A writer takes prepared items, embeds what has no vector yet in batches, and
// commits every item as soon as its last vector is there. Vectors of items
// that need more batches are staged with each commit, so that a crash in the
// middle of a large file loses one batch.
type writer struct {
	*run
	vectors map[groundwork.Key]*vector     // of items not committed yet
	waiting map[groundwork.Key][]*openItem // who waits for a key
	jobs    []job                          // to be embedded, in order
	ready   []*openItem                    // to be committed
	held    int                            // chunks of those
	done    Progress

	encodings tally            // of what is stored and what was read in this run
	doubtful  []prepared       // whose encoding waits for that of the others
	doubts    map[string]doubt // by item id
	settling  bool             // all others were read

	vectorRows bool // the store takes vectors from State rows

	// textOnly commits chunks without a vector as they are, for a later run to
	// complete.
	textOnly bool
}

// A job is one text to be embedded: that of a chunk. It is put together when
// its turn comes, so that those of a large file are not all in memory.
type job struct {
	key   groundwork.Key
	doc   *groundwork.Document
	chunk *groundwork.Chunk
}

// A vector is shared by the open items that have a chunk for it. Once it is
// staged, the store keeps it: a large file's would fill the memory.
type vector struct {
	v      []float32 // nil once it is staged, where the store reads it from there
	wanted int       // by how many items that are not committed
}

// take gives an item a vector that it waits for no longer.
func (it *openItem) take(k groundwork.Key, v *vector) {
	if it.vectors[k] == nil {
		it.vectors[k] = v
		v.wanted++
	}
}

// An openItem is an item on its way into the store.
type openItem struct {
	row     *Item // as it will stand in the ledger
	old     *Item // as it stands there now; nil if new
	docs    []cut
	vectors map[groundwork.Key]*vector // of its chunks, as they come
	bytes   int64
	missing int // keys without a vector
	total   int // keys that had none at first
	failed  bool

	completes bool // the row awaited its vectors, which are all that changes
}

func (r *run) newWriter(files int, bytes int64) *writer {
	return &writer{
		run:        r,
		vectorRows: slices.Contains(r.store.Info().Features, vectorstore.FeatureVectorRows),

		vectors: map[groundwork.Key]*vector{},
		waiting: map[groundwork.Key][]*openItem{},
		done:    Progress{FilesTotal: int64(files), BytesTotal: bytes},

		encodings: newTally(r.items),
		doubts:    map[string]doubt{},
	}
}

// index brings the store in step with src.
func (r *run) index(ctx context.Context, src loaders.Source, o IndexOptions) error {
	p, err := r.list(ctx, src, o)
	if err != nil {
		return err
	}
	r.report.toRead = int64(len(p.work))
	r.observer.tell(ctx, Listed{Items: int64(len(p.work)), Bytes: p.bytes, Unchanged: int64(r.report.Unchanged),
		Skipped: int64(r.report.SkippedItems), Removed: int64(len(p.gone)), Duration: time.Since(r.started)})
	w := r.newWriter(len(p.work), p.bytes)
	w.textOnly = o.TextFirst > 0 && p.bytes+r.awaitingBytes() > o.TextFirst
	r.report.TextFirst = w.textOnly
	if err := w.writeAll(ctx, src, p); err != nil {
		return err
	}
	if err := r.drop(ctx, p.gone, p.skips); err != nil {
		return err
	}
	if !w.textOnly {
		if err := w.complete(ctx); err != nil {
			return err
		}
		if err := r.dropStaged(ctx); err != nil {
			return err
		}
	}
	if p.end != nil {
		return fmt.Errorf("pipeline: index: list: %w", p.end)
	}
	return nil
}

// writeAll brings what p wants to be read into the store.
func (w *writer) writeAll(ctx context.Context, src loaders.Source, p *plan) error {
	if err := w.readAll(ctx, src, p.work); err != nil {
		return err
	}
	if err := w.settle(ctx, src, p); err != nil {
		return err
	}
	return w.flushAll(ctx)
}

// readAll reads and adds items.
func (w *writer) readAll(ctx context.Context, src loaders.Source, work []loaders.Item) error {
	within, cancel := context.WithCancel(ctx)
	items := w.prepare(within, src, work)
	defer func() {
		cancel()
		for range items { // let the workers end
		}
	}()
	for p := range items {
		if err := w.add(ctx, p); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("pipeline: index: %w", err)
	}
	return nil
}

// add takes one prepared item, unless its encoding is in doubt: then it waits
// for the others.
func (w *writer) add(ctx context.Context, p prepared) error {
	if errors.Is(p.err, context.Canceled) {
		return fmt.Errorf("pipeline: index: %w", p.err)
	}
	if w.postpone(p) {
		return nil
	}
	return w.take(ctx, p)
}

// take takes one prepared item and commits whatever is ready.
func (w *writer) take(ctx context.Context, p prepared) error {
	chunks := 0
	for _, d := range p.docs {
		chunks += len(d.chunks)
	}
	w.observer.tell(ctx, FileRead{URI: p.item.URI, Bytes: p.item.Size, Chunks: chunks, Err: p.err, Duration: p.took})
	w.report.read++
	it := w.open(p)
	if p.err == nil && !p.same {
		if err := w.want(ctx, it); err != nil {
			return err
		}
	}
	if it.missing == 0 {
		w.ready = append(w.ready, it)
		w.held += chunks
	}
	return w.flushFull(ctx)
}

// flushFull embeds and commits what fills a batch.
func (w *writer) flushFull(ctx context.Context) error {
	for len(w.jobs) >= w.opts.BatchTexts {
		if err := w.flush(ctx, w.opts.BatchTexts); err != nil {
			return err
		}
	}
	if len(w.ready) >= 4*w.opts.BatchTexts || w.held >= 64*w.opts.BatchTexts {
		return w.flush(ctx, 0)
	}
	return nil
}

// open makes the row that p will have in the ledger.
func (w *writer) open(p prepared) *openItem {
	id := groundwork.DocumentID(p.item.Source, p.item.URI)
	it := &openItem{old: w.items[id], docs: p.docs, bytes: max(p.item.Size, 1), vectors: map[groundwork.Key]*vector{}}
	it.row = &Item{
		Source: p.item.Source, URI: p.item.URI, Size: p.item.Size, ModTime: p.item.ModTime,
		ReadAt: p.readAt, Version: p.item.Version, Revision: p.revision,
		Fingerprint: w.current, Status: Indexed,
	}
	switch {
	case p.same:
		it.keepOld()
		it.row.Status = it.old.Status
	case p.err != nil:
		it.fail(problemOf(p.err), isSkip(p.err))
	default:
		it.fill()
		if err := w.checkOwners(id, it); err != nil {
			it.fail(problemOf(err), false)
		}
	}
	w.noteEncoding(id, it.row, p)
	return it
}

// keepOld lets the row tell what it told before.
func (it *openItem) keepOld() {
	it.row.Documents, it.row.Warnings, it.row.Awaiting = it.old.Documents, it.old.Warnings, it.old.Awaiting
	it.row.Encoding, it.row.EncodingBy = it.old.Encoding, it.old.EncodingBy
	it.row.Doubt, it.row.Leaning, it.row.Preferred = it.old.Doubt, it.old.Leaning, it.old.Preferred
}

// fill sets the row's documents.
func (it *openItem) fill() {
	for _, d := range it.docs {
		doc := ItemDocument{ID: d.doc.ID, URI: d.doc.URI, Revision: d.doc.Revision}
		for _, c := range d.chunks {
			doc.Keys = append(doc.Keys, c.Key)
		}
		it.row.Documents = append(it.row.Documents, doc)
		it.row.Warnings = append(it.row.Warnings, d.doc.Warnings...)
		it.row.setEncoding(d.doc)
	}
	if len(it.docs) == 0 || it.row.Chunks() == 0 {
		it.fail(&Problem{Stage: "parse", Reason: string(loaders.SkipNoText)}, true)
	}
}

// fail turns the item into one that was skipped, or that failed: then it keeps
// what it had, marked stale.
func (it *openItem) fail(p *Problem, skip bool) {
	it.docs, it.missing = nil, 0
	it.row.Problem = p
	it.row.Documents, it.row.Status, it.row.Awaiting = nil, Failed, false
	it.row.Encoding, it.row.EncodingBy = "", ""
	switch {
	case skip:
		it.row.Status = Skipped
	case it.old != nil && it.old.Status == Indexed:
		it.row.Status, it.row.Stale = Indexed, true
		it.keepOld()
	}
	it.failed = true
}

func isSkip(err error) bool {
	var skip *loaders.SkipError
	return errors.As(err, &skip)
}

// checkOwners refuses a document id that stands twice in an item or belongs to
// another item: one of the two would be lost.
func (w *writer) checkOwners(item string, it *openItem) error {
	seen := map[string]bool{}
	for _, d := range it.docs {
		owner, taken := w.owners[d.doc.ID]
		if seen[d.doc.ID] || taken && owner != item {
			return &DocumentError{URI: d.doc.URI, Stage: "load",
				Err: fmt.Errorf("%w: document id %s is taken by another document; give each a URI of its own", groundwork.ErrInvalid, d.doc.ID)}
		}
		seen[d.doc.ID] = true
	}
	for id := range seen {
		w.owners[id] = item
	}
	return nil
}

// want finds the vectors that exist for the item and queues the texts of the
// others.
func (w *writer) want(ctx context.Context, it *openItem) error {
	wanted := map[groundwork.Key]bool{}
	for _, d := range it.docs {
		for _, c := range d.chunks {
			if w.vectors[c.Key] == nil && w.waiting[c.Key] == nil {
				wanted[c.Key] = true
			}
		}
	}
	found, err := w.keys.find(ctx, w.store, wanted)
	if err != nil {
		return err
	}
	for k, v := range found {
		w.vectors[k] = &vector{v: v}
		if _, stored := w.keys.chunks[k]; w.keys.staged[k] && !stored {
			w.shelve(k) // it was read just now, from its row
		}
	}
	counted := map[groundwork.Key]bool{}
	for _, d := range it.docs {
		for i := range d.chunks {
			c := &d.chunks[i]
			if v := w.vectors[c.Key]; v != nil || counted[c.Key] {
				if v != nil {
					it.take(c.Key, v)
				}
				w.report.Reused++
				continue
			}
			if w.textOnly {
				it.row.Awaiting = true
				continue
			}
			counted[c.Key] = true
			if w.waiting[c.Key] == nil {
				w.jobs = append(w.jobs, job{c.Key, d.doc, c})
			} else { // on its way for another item
				w.report.Reused++
			}
			w.waiting[c.Key] = append(w.waiting[c.Key], it)
			it.missing++
		}
	}
	it.total = it.missing
	return nil
}

func (w *writer) flushAll(ctx context.Context) error {
	for len(w.jobs) > 0 || len(w.ready) > 0 {
		if err := w.flush(ctx, min(len(w.jobs), w.opts.BatchTexts)); err != nil {
			return err
		}
	}
	return nil
}

// flush embeds the first n jobs and commits what is ready then. The vectors of
// items that still wait for others are staged.
func (w *writer) flush(ctx context.Context, n int) error {
	batch := slices.Clone(w.jobs[:n])
	w.jobs = w.jobs[n:]
	embedded, err := w.embed(ctx, batch)
	if err != nil {
		return err
	}
	if err := w.commit(ctx, embedded); err != nil {
		return err
	}
	w.tellProgress(ctx)
	return nil
}

// embed gives each job its vector and returns the keys that got one. A text
// that cannot be embedded fails its items, not the others.
func (w *writer) embed(ctx context.Context, batch []job) ([]groundwork.Key, error) {
	var keys []groundwork.Key
	for len(batch) > 0 {
		texts := make([]string, len(batch))
		for i, j := range batch {
			texts[i] = groundwork.EmbedText(j.doc, j.chunk)
		}
		start := time.Now()
		out, err := w.embedder.Embed(ctx, embed.Passage, texts)
		var bad *embed.TextError
		if errors.As(err, &bad) && bad.Index >= 0 && bad.Index < len(batch) {
			w.failJob(batch[bad.Index], bad.Err)
			batch = slices.Delete(batch, bad.Index, bad.Index+1)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("pipeline: embed: %w", err)
		}
		if out.Len() != len(batch) || out.Dim != w.store.Info().Space.Dim {
			return nil, fmt.Errorf("pipeline: embed: %w: %d vectors of dimension %d for %d texts", vectorstore.ErrDimension, out.Len(), out.Dim, len(batch))
		}
		tokens := 0
		for i, j := range batch {
			w.deliver(j.key, slices.Clone(out.Vector(i)))
			keys = append(keys, j.key)
			if i < len(out.Tokens) {
				tokens += out.Tokens[i]
			}
		}
		w.report.Embedded += len(batch)
		w.report.EmbeddedTokens += tokens
		w.observer.tell(ctx, Embedded{Texts: len(batch), Tokens: tokens, Duration: time.Since(start)})
		break
	}
	return keys, nil
}

func (w *writer) deliver(k groundwork.Key, v []float32) {
	shared := &vector{v: v}
	w.vectors[k] = shared
	for _, it := range w.waiting[k] {
		if it.failed {
			continue
		}
		it.take(k, shared)
		if it.missing--; it.missing == 0 {
			w.ready = append(w.ready, it)
		}
	}
	delete(w.waiting, k)
}

func (w *writer) failJob(j job, err error) {
	for _, it := range w.waiting[j.key] {
		if !it.failed {
			it.fail(problemOf(&DocumentError{URI: it.row.URI, Stage: "embed", Err: err}), false)
			w.ready = append(w.ready, it)
		}
	}
	delete(w.waiting, j.key)
}

func (w *writer) tellProgress(ctx context.Context) {
	p := w.done
	p.Chunks = int64(w.report.Embedded + w.report.Reused)
	p.Elapsed = time.Since(w.started)
	open := map[*openItem]bool{}
	for _, items := range w.waiting {
		for _, it := range items {
			if !open[it] && it.total > 0 {
				open[it] = true
				p.Bytes += it.bytes * int64(it.total-it.missing) / int64(it.total)
			}
		}
	}
	w.observer.tell(ctx, p)
}
