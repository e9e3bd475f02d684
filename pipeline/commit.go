package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// commit writes all items that are ready, stages the vectors of embedded whose
// items are not, and takes note in the report.
func (w *writer) commit(ctx context.Context, embedded []groundwork.Key) error {
	start := time.Now()
	version := w.tick()
	chunks := 0
	for _, it := range w.ready {
		for _, d := range it.docs {
			chunks += len(d.chunks)
		}
	}
	b := vectorstore.Batch{Upserts: make([]vectorstore.Record, 0, chunks)}
	released := map[groundwork.Key]bool{}
	for _, it := range w.ready {
		if err := w.addItem(&b, it, version, released); err != nil {
			return err
		}
	}
	var staged []groundwork.Key
	for _, k := range embedded {
		if v := w.vectors[k]; v != nil && !released[k] {
			b.State = append(b.State, vectorstore.Entry{Key: vectorKey(k), Value: vectorstore.EncodeVector(v.v)})
			w.keys.staged[k] = true
			staged = append(staged, k)
		}
	}
	if len(b.State) == 0 {
		return nil
	}
	if err := w.apply(ctx, b); err != nil {
		return err
	}
	for _, it := range w.ready {
		w.committed(it)
	}
	w.observer.tell(ctx, Committed{Files: len(w.ready), Chunks: len(b.Upserts), Deleted: len(b.Deletes), Duration: time.Since(start)})
	w.ready, w.held = w.ready[:0], 0
	for k := range released {
		delete(w.vectors, k)
	}
	for _, k := range staged {
		w.shelve(k)
	}
	return nil
}

// shelve lets go of a vector that is staged, if the store can take it from its
// row.
func (w *writer) shelve(k groundwork.Key) {
	if w.vectorRows {
		w.vectors[k].v = nil
	}
}

// addItem adds what it takes to make the store hold it to b.
func (w *writer) addItem(b *vectorstore.Batch, it *openItem, version int64, released map[groundwork.Key]bool) error {
	row, err := it.row.entry()
	if err != nil {
		return fmt.Errorf("pipeline: ledger row of %q: %w", it.row.URI, err)
	}
	b.State = append(b.State, row)
	for _, d := range it.docs {
		for _, c := range d.chunks {
			b.Upserts = append(b.Upserts, w.record(it, c, version))
			released[c.Key] = true
		}
		value, err := encodeDocument(d.doc)
		if err != nil {
			return fmt.Errorf("pipeline: document %q: %w", d.doc.URI, err)
		}
		b.State = append(b.State, vectorstore.Entry{Key: docPrefix + d.doc.ID, Value: value})
	}
	w.release(b, it)
	if it.old != nil {
		dropOld(b, it.old, it.row, version)
	}
	return nil
}

// record returns a chunk as it is stored: without a vector if it has to wait
// for one.
func (w *writer) record(it *openItem, c groundwork.Chunk, version int64) vectorstore.Record {
	r := vectorstore.Record{Chunk: c, Version: version}
	if v := it.vectors[c.Key]; v != nil {
		if r.Vector = v.v; v.v == nil {
			r.VectorRow = vectorKey(c.Key)
		}
	}
	return r
}

// release adds to b the removal of the staged vectors that no item wants any
// more, now that this one is written.
func (w *writer) release(b *vectorstore.Batch, it *openItem) {
	for k, v := range it.vectors {
		if v.wanted--; v.wanted > 0 {
			continue
		}
		delete(w.vectors, k)
		if w.keys.staged[k] {
			b.State = append(b.State, vectorstore.Entry{Key: vectorKey(k)})
			delete(w.keys.staged, k)
		}
	}
}

// dropOld adds to b the deletion of every chunk and document of old that is
// not in row.
func dropOld(b *vectorstore.Batch, old, row *Item, version int64) {
	keep, docs := map[string]bool{}, map[string]bool{}
	if row != nil {
		for _, id := range row.chunkIDs() {
			keep[id] = true
		}
		for _, d := range row.Documents {
			docs[d.ID] = true
		}
	}
	for _, id := range old.chunkIDs() {
		if !keep[id] {
			b.Deletes = append(b.Deletes, vectorstore.Tombstone{ID: id, Version: version})
		}
	}
	for _, d := range old.Documents {
		if !docs[d.ID] {
			b.State = append(b.State, vectorstore.Entry{Key: docPrefix + d.ID})
		}
	}
}

// committed takes note that it is in the store.
func (w *writer) committed(it *openItem) {
	id := strings.TrimPrefix(it.row.key(), itemPrefix)
	w.items[id] = it.row
	w.keys.add(it)
	w.done.Files++
	w.done.Bytes += it.bytes
	for _, d := range it.docs {
		w.report.Chunks += len(d.chunks)
	}
	if it.old != nil {
		w.report.Deleted += len(it.old.chunkIDs()) - len(common(it.old, it.row))
	}
	switch {
	case it.completes && !it.failed:
		w.report.Completed++
	case it.row.Problem != nil:
		w.noteProblem(it)
	case it.old == nil || it.old.Status != Indexed:
		w.report.Added++
	case it.docs == nil:
		w.report.Unchanged++
		w.report.Touched++
	default:
		w.report.Changed++
	}
	w.report.Warnings = append(w.report.Warnings, it.row.Warnings...)
}

func common(a, b *Item) []string {
	in := map[string]bool{}
	for _, id := range b.chunkIDs() {
		in[id] = true
	}
	return slices.DeleteFunc(a.chunkIDs(), func(id string) bool { return !in[id] })
}

func (w *writer) noteProblem(it *openItem) {
	if it.row.Status == Skipped {
		w.report.SkippedItems++
		if it.old != nil && it.old.Status == Indexed {
			w.report.Removed++
		}
		return
	}
	w.report.FailedItems++
	if it.row.Stale {
		w.report.StaleItems++
	}
	w.report.Files = append(w.report.Files, FileProblem{URI: it.row.URI, Stale: it.row.Stale, Problem: *it.row.Problem})
}

// drop removes rows with their documents and chunks, and writes the rows of
// items that were skipped.
func (r *run) drop(ctx context.Context, gone, skips []*Item) error {
	version := r.tick()
	b := vectorstore.Batch{}
	rows := map[string]vectorstore.Entry{} // a row that is gone may be skipped now: that one holds
	for _, row := range gone {
		dropOld(&b, row, nil, version)
		rows[row.key()] = vectorstore.Entry{Key: row.key()}
	}
	for _, row := range skips {
		e, err := row.entry()
		if err != nil {
			return fmt.Errorf("pipeline: ledger row of %q: %w", row.URI, err)
		}
		rows[e.Key] = e
	}
	b.State = slices.AppendSeq(b.State, maps.Values(rows))
	if len(b.State) == 0 {
		return nil
	}
	if err := r.apply(ctx, b); err != nil {
		return err
	}
	for _, row := range gone {
		delete(r.items, strings.TrimPrefix(row.key(), itemPrefix))
		if row.Status == Indexed {
			r.report.Removed++
		}
	}
	for _, row := range skips {
		r.items[strings.TrimPrefix(row.key(), itemPrefix)] = row
	}
	r.report.Deleted += len(b.Deletes)
	return nil
}

// dropStaged removes the staged vectors that no item has use for, now that
// every one has its own.
func (r *run) dropStaged(ctx context.Context) error {
	if len(r.keys.staged) == 0 {
		return nil
	}
	r.tick()
	b := vectorstore.Batch{}
	for k := range r.keys.staged {
		b.State = append(b.State, vectorstore.Entry{Key: vectorKey(k)})
	}
	if err := r.apply(ctx, b); err != nil {
		return err
	}
	clear(r.keys.staged)
	return nil
}

// apply commits b with the clock. Where the store cannot commit all at once,
// the chunk ids that the writes touch are written down first: a run that finds
// such an intent knows what to clean up.
func (r *run) apply(ctx context.Context, b vectorstore.Batch) error {
	b.State = append(b.State, clockEntry(r.clock))
	if r.store.Info().Transactional {
		return r.write(ctx, b)
	}
	intent, err := json.Marshal(intentOf(b))
	if err != nil {
		return fmt.Errorf("pipeline: intent: %w", err)
	}
	key := fmt.Sprintf("%s%019d", intentPrefix, r.clock)
	steps := []vectorstore.Batch{
		{State: []vectorstore.Entry{{Key: key, Value: intent}, clockEntry(r.clock)}},
		{Upserts: b.Upserts},
		{Deletes: b.Deletes},
		{State: append(b.State, vectorstore.Entry{Key: key})},
	}
	for _, step := range steps {
		if err := r.write(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) write(ctx context.Context, b vectorstore.Batch) error {
	if len(b.Upserts)+len(b.Deletes)+len(b.State) == 0 {
		return nil
	}
	if err := r.store.Apply(ctx, b); err != nil {
		return fmt.Errorf("pipeline: commit: %w", err)
	}
	return nil
}

// An intent is what a write is about to touch.
type intent struct {
	Upserts []string `json:"upserts,omitempty"`
	Deletes []string `json:"deletes,omitempty"`
}

func intentOf(b vectorstore.Batch) intent {
	var in intent
	for i := range b.Upserts {
		in.Upserts = append(in.Upserts, b.Upserts[i].ID)
	}
	for _, t := range b.Deletes {
		in.Deletes = append(in.Deletes, t.ID)
	}
	return in
}

// finishIntents deletes every chunk that an interrupted write touched and the
// ledger does not know: the ledger's word is what was committed. Chunks that
// the ledger knows and the write deleted are missing now; their items lose
// their fingerprint and are read again.
func (r *run) finishIntents(ctx context.Context) error {
	if r.store.Info().Transactional {
		return nil
	}
	b := vectorstore.Batch{}
	version := r.tick()
	touched := map[string]bool{}
	for e, err := range vectorstore.State(ctx, r.store, vectorstore.StateScan{Prefix: intentPrefix}) {
		if err != nil {
			return fmt.Errorf("pipeline: read intents: %w", err)
		}
		var in intent
		if err := json.Unmarshal(e.Value, &in); err != nil {
			return fmt.Errorf("pipeline: read intents: row %s: %w", e.Key, err)
		}
		for _, id := range append(in.Upserts, in.Deletes...) {
			touched[id] = true
		}
		b.State = append(b.State, vectorstore.Entry{Key: e.Key})
	}
	if len(b.State) == 0 {
		return nil
	}
	for _, row := range r.items {
		hit := false
		for _, id := range row.chunkIDs() {
			hit = hit || touched[id]
			delete(touched, id)
		}
		if hit {
			row.Fingerprint = ""
			e, err := row.entry()
			if err != nil {
				return err
			}
			b.State = append(b.State, e)
		}
	}
	for id := range touched {
		b.Deletes = append(b.Deletes, vectorstore.Tombstone{ID: id, Version: version})
	}
	b.State = append(b.State, clockEntry(version))
	return r.write(ctx, b)
}
