package main

import (
	"context"
	"errors"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/pipeline"
)

// A drift is how the folder differs from what the index knows of it, as far as
// names, sizes and times tell.
type drift struct {
	added, changed, removed []string
}

// drift walks the folder. It opens no document.
func (s *stack) drift(ctx context.Context, items map[string]*pipeline.Item) (*drift, error) {
	var d drift
	var lists []error
	seen := map[string]bool{}
	for it, err := range s.source.List(ctx) {
		var skip *loaders.SkipError
		var list *loaders.ListError
		switch {
		case errors.As(err, &skip), errors.Is(err, loaders.ErrEmptyRoot):
			continue
		case errors.As(err, &list):
			lists = append(lists, err)
			continue
		case err != nil:
			return nil, indexf("%w", err)
		}
		id := groundwork.DocumentID(it.Source, it.URI)
		seen[id] = true
		switch row := items[id]; {
		case row == nil:
			d.added = append(d.added, it.URI)
		case row.Size != it.Size || !row.ModTime.Equal(it.ModTime):
			d.changed = append(d.changed, it.URI)
		}
	}
	for id, row := range items {
		if row.Source == loaders.DefaultSource && !seen[id] && row.Status != pipeline.Skipped && !isUnknown(lists, row.URI) {
			d.removed = append(d.removed, row.URI)
		}
	}
	return &d, ctx.Err()
}

// pending lists what the next index would read, as status shows it.
func (s *stack) pending(ctx context.Context, items map[string]*pipeline.Item) ([]problemFile, error) {
	if s.corpus.checkFolder() != nil {
		return nil, nil // what is gone cannot be pending
	}
	if err := s.openSource(); err != nil {
		return nil, err
	}
	d, err := s.drift(ctx, items)
	if err != nil {
		return nil, err
	}
	var out []problemFile
	for _, kind := range []struct {
		reason string
		files  []string
	}{{"new", d.added}, {"changed", d.changed}} {
		for _, name := range kind.files {
			out = append(out, problemFile{Path: name, Status: "pending", Stage: known("list"), Reason: known(kind.reason)})
		}
	}
	return out, nil
}
