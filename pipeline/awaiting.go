package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/seed4837efcb/groundwork/vectorstore"
)

// checkTextFirst reports why IndexOptions.TextFirst cannot be honoured.
func (r *run) checkTextFirst(bytes int64) error {
	switch {
	case bytes < 0:
		return fmt.Errorf("pipeline: index: text first from %d bytes on: give a number above 0, or 0 for never", bytes)
	case bytes > 0 && !slices.Contains(r.store.Info().Features, vectorstore.FeatureLexical):
		return fmt.Errorf("pipeline: index: text first in a store without text search: %w", vectorstore.ErrUnsupported)
	}
	return nil
}

// awaiting returns the rows whose chunks await their vectors, in an order that
// is the same in every run. What could not be embedded is left out: it is read
// again, which tries it anew.
func (r *run) awaiting() []*Item {
	var rows []*Item
	for _, row := range r.items {
		if row.Awaiting && (row.Problem == nil || row.Problem.Stage != "embed") {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b *Item) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.URI, b.URI))
	})
	return rows
}

// awaitingBytes estimates how many bytes of sources await being embedded, from
// the share of their chunks that has no vector.
func (r *run) awaitingBytes() int64 {
	bytes, chunks := 0.0, 0
	for _, row := range r.awaiting() {
		bytes += float64(max(row.Size, 1))
		chunks += row.Chunks()
	}
	if chunks == 0 {
		return 0
	}
	info := r.store.Info()
	return int64(bytes * min(1, float64(info.Records-info.Vectors)/float64(chunks)))
}

// complete embeds what earlier runs committed without vectors, from what is
// stored.
func (w *writer) complete(ctx context.Context) error {
	rows := w.awaiting()
	w.done.FilesTotal += int64(len(rows))
	for _, row := range rows {
		w.done.BytesTotal += max(row.Size, 1)
	}
	for _, row := range rows {
		p, ok := w.fromStored(ctx, row)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("pipeline: index: %w", err)
		}
		if err := w.addRepaired(ctx, p, row, ok); err != nil {
			return err
		}
		if err := w.flushFull(ctx); err != nil {
			return err
		}
	}
	return w.flushAll(ctx)
}
