package main

import (
	"context"
	"errors"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/pipeline"
)

// pending walks the folder and lists what the next index would read.
func (s *stack) pending(ctx context.Context, items map[string]*pipeline.Item) ([]problemFile, error) {
	if s.corpus.checkFolder() != nil {
		return nil, nil // what is gone cannot be pending
	}
	if err := s.openSource(); err != nil {
		return nil, err
	}
	var out []problemFile
	for it, err := range s.source.List(ctx) {
		var skip *loaders.SkipError
		var list *loaders.ListError
		if errors.As(err, &skip) || errors.As(err, &list) {
			continue
		}
		if err != nil {
			return nil, indexf("%v", err)
		}
		row := items[groundwork.DocumentID(it.Source, it.URI)]
		switch {
		case row == nil:
			out = append(out, problemFile{Path: it.URI, Status: "pending", Stage: known("list"), Reason: known("new")})
		case row.Size != it.Size || !row.ModTime.Equal(it.ModTime):
			out = append(out, problemFile{Path: it.URI, Status: "pending", Stage: known("list"), Reason: known("changed")})
		}
	}
	return out, nil
}
