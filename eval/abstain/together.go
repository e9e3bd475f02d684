package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/eval/internal/shelf"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// together returns a store with the passages of all stores, and of the
// documentation folder where it is there.
func together(ctx context.Context, s *shelf.Shelf, o options, stores map[string]vectorstore.Store) (vectorstore.Store, error) {
	all, err := s.Store(ctx, "together")
	if err != nil {
		return nil, err
	}
	pages, err := markdown(filepath.Join(o.data, "docs-fastapi"))
	if err != nil {
		return nil, err
	}
	docs, err := s.Fill(ctx, "docs-fastapi", pages)
	if err != nil {
		return nil, err
	}
	for _, name := range o.sets {
		if err := copyRecords(ctx, all, stores[name]); err != nil {
			return nil, err
		}
	}
	return all, copyRecords(ctx, all, docs)
}

func copyRecords(ctx context.Context, to, from vectorstore.Store) error {
	var b vectorstore.Batch
	flush := func() error {
		defer func() { b = vectorstore.Batch{} }()
		return to.Apply(ctx, b)
	}
	for r, err := range from.Scan(ctx, vectorstore.Scan{Load: vectorstore.LoadText | vectorstore.LoadMeta | vectorstore.LoadVector}) {
		if err != nil {
			return err
		}
		if b.Upserts = append(b.Upserts, r); len(b.Upserts) == 500 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// markdown returns the Markdown files below folder, none if there is no such
// folder.
func markdown(folder string) ([]*groundwork.Document, error) {
	var docs []*groundwork.Document
	root := os.DirFS(folder)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == "." {
			return fs.SkipAll
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".md") {
			return err
		}
		text, err := fs.ReadFile(root, name)
		docs = append(docs, &groundwork.Document{URI: name, Text: string(text), MIME: "text/plain"})
		return err
	})
	return docs, err
}
