// Package shelf keeps the indexes that the measuring commands of eval search:
// one per test set and model, made as kbqa makes its own, and kept for another
// run where a folder is named.
package shelf

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/chunkers"
	"github.com/seed4837efcb/groundwork/embed/local"
	"github.com/seed4837efcb/groundwork/eval"
	"github.com/seed4837efcb/groundwork/models/e5"
	"github.com/seed4837efcb/groundwork/models/minilm"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/hnsw"
)

// A Shelf holds the indexes of one model. It is not safe for concurrent use.
type Shelf struct {
	Embedder *local.Embedder

	folder, model string
	temporary     bool
	open          []*hnsw.DB
}

// New returns the shelf in folder for a model, "e5" or "minilm". An empty
// folder is a temporary one that ends with Close.
func New(folder, model string) (*Shelf, error) {
	files := map[string]func() map[string]string{"e5": e5.Files, "minilm": minilm.Files}[model]
	if files == nil {
		return nil, fmt.Errorf("shelf: unknown model %q: name e5 or minilm", model)
	}
	s := &Shelf{folder: folder, model: model, temporary: folder == ""}
	var err error
	if s.Embedder, err = local.New(files(), nil); err != nil {
		return nil, err
	}
	if s.temporary {
		s.folder, err = os.MkdirTemp("", "shelf")
	}
	return s, err
}

// Close closes the indexes.
func (s *Shelf) Close() error {
	var all []error
	for _, db := range s.open {
		all = append(all, db.Close())
	}
	if s.temporary {
		all = append(all, os.RemoveAll(s.folder))
	}
	return errors.Join(all...)
}

// Store returns the index with the given name, made if there is none.
func (s *Shelf) Store(ctx context.Context, name string) (vectorstore.Store, error) {
	db, err := hnsw.Open(ctx, filepath.Join(s.folder, name+"-"+s.model), nil)
	if err != nil {
		return nil, err
	}
	s.open = append(s.open, db)
	return db.Open(ctx, name, pipeline.Space(s.Embedder.Model(), nil))
}

// Set returns the index of a set's documents.
func (s *Shelf) Set(ctx context.Context, name string, set *eval.Set) (vectorstore.Store, error) {
	docs := make([]*groundwork.Document, len(set.Docs))
	for i, d := range set.Docs {
		docs[i] = &groundwork.Document{URI: d.ID, Title: d.Title, Text: d.Text, MIME: "text/plain"}
	}
	return s.Fill(ctx, name, docs)
}

// Fill returns the index with the given name, holding docs cut as kbqa does.
func (s *Shelf) Fill(ctx context.Context, name string, docs []*groundwork.Document) (vectorstore.Store, error) {
	store, err := s.Store(ctx, name)
	if err != nil {
		return nil, err
	}
	chunker, err := chunkers.NewStructure(&chunkers.Options{MaxTokens: s.Embedder.Model().MaxTokens, Count: pipeline.CountTokens(s.Embedder)})
	if err != nil {
		return nil, err
	}
	x, err := pipeline.NewIndexer(store, s.Embedder, chunker, nil)
	if err != nil {
		return nil, err
	}
	defer x.Close()
	_, err = x.Put(ctx, docs...)
	return store, err
}
