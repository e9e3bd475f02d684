package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/chunkers"
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/embed/local"
	"github.com/seed4837efcb/groundwork/eval"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/hnsw"
)

// A shelf keeps the indexes of the sets, as eval/nearest names them.
type shelf struct {
	folder, model string
	embedder      *local.Embedder
	open          []*hnsw.DB
}

func (s *shelf) close() {
	for _, db := range s.open {
		db.Close()
	}
}

func (s *shelf) store(ctx context.Context, name string) (vectorstore.Store, error) {
	db, err := hnsw.Open(ctx, filepath.Join(s.folder, name+"-"+s.model), nil)
	if err != nil {
		return nil, err
	}
	s.open = append(s.open, db)
	return db.Open(ctx, name, pipeline.Space(s.embedder.Model(), nil))
}

// set returns the index of a set, filled.
func (s *shelf) set(ctx context.Context, name string, set *eval.Set) (vectorstore.Store, error) {
	docs := make([]*groundwork.Document, len(set.Docs))
	for i, d := range set.Docs {
		docs[i] = &groundwork.Document{URI: d.ID, Title: d.Title, Text: d.Text, MIME: "text/plain"}
	}
	return s.fill(ctx, name, docs)
}

// fill returns the store with the given name, holding docs cut as kbqa does.
func (s *shelf) fill(ctx context.Context, name string, docs []*groundwork.Document) (vectorstore.Store, error) {
	store, err := s.store(ctx, name)
	if err != nil {
		return nil, err
	}
	chunker, err := chunkers.NewStructure(&chunkers.Options{MaxTokens: s.embedder.Model().MaxTokens, Count: pipeline.CountTokens(s.embedder)})
	if err != nil {
		return nil, err
	}
	x, err := pipeline.NewIndexer(store, s.embedder, chunker, nil)
	if err != nil {
		return nil, err
	}
	defer x.Close()
	_, err = x.Put(ctx, docs...)
	return store, err
}

// together returns a store with the passages of all stores, and of the
// documentation folder where it is there.
func (s *shelf) together(ctx context.Context, o options, stores map[string]vectorstore.Store) (vectorstore.Store, error) {
	all, err := s.store(ctx, "together")
	if err != nil {
		return nil, err
	}
	pages, err := markdown(filepath.Join(o.data, "docs-fastapi"))
	if err != nil {
		return nil, err
	}
	docs, err := s.fill(ctx, "docs-fastapi", pages)
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

// A memo remembers the vectors of the question at hand: asked with and without
// the documents that answer it, most units come up twice.
type memo struct {
	embed.Embedder
	vectors map[string][]float32
}

func (m *memo) Embed(ctx context.Context, role embed.Role, texts []string) (*embed.Batch, error) {
	key := func(text string) string { return string(rune('0'+int(role))) + text }
	var missing []string
	for _, t := range texts {
		if m.vectors[key(t)] == nil {
			missing = append(missing, t)
		}
	}
	if len(missing) > 0 {
		b, err := m.Embedder.Embed(ctx, role, missing)
		if err != nil {
			return nil, err
		}
		for i, t := range missing {
			m.vectors[key(t)] = b.Vector(i)
		}
	}
	out := &embed.Batch{Dim: m.Model().Dim}
	for _, t := range texts {
		out.Data = append(out.Data, m.vectors[key(t)]...)
	}
	return out, nil
}
