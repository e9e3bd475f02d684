package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/seed4837efcb/groundwork/chunkers"
	"github.com/seed4837efcb/groundwork/embed/local"
	"github.com/seed4837efcb/groundwork/generator/extractive"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/loaders/html"
	"github.com/seed4837efcb/groundwork/loaders/markdown"
	"github.com/seed4837efcb/groundwork/loaders/pdf"
	"github.com/seed4837efcb/groundwork/loaders/text"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/retriever"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/hnsw"
)

// namespace is the only one that kbqa uses in a database.
const namespace = "documents"

// A stack is everything that is open while a command works on an index.
type stack struct {
	*app
	corpus   *corpus
	model    string
	embedder *local.Embedder
	analyzer lexical.Analyzer
	db       *hnsw.DB
	store    vectorstore.Store
	source   loaders.Source
	readOnly bool // another process is writing: the committed state is used
}

// open opens the index of dir for writing, creating it if there is none. If
// another process is writing, it opens what is committed for reading.
func (a *app) open(ctx context.Context, dir string) (*stack, error) {
	c, err := a.openCorpus(dir)
	if err != nil {
		return nil, err
	}
	model, err := a.modelFor(c)
	if err != nil {
		return nil, err
	}
	return a.openWith(ctx, c, model)
}

func (a *app) openWith(ctx context.Context, c *corpus, model string) (*stack, error) {
	if err := c.checkFolder(); err != nil {
		return nil, err
	}
	s := &stack{app: a, corpus: c, model: model, analyzer: lexical.Standard()}
	var err error
	if s.source, err = loaders.Dir(c.root, &loaders.DirOptions{Normalize: norm.NFC.String}); err != nil {
		return nil, indexf("%v", err)
	}
	if s.embedder, err = a.openModel(model); err != nil {
		return nil, err
	}
	if !c.exists() {
		if err := c.create(model); err != nil {
			return nil, err
		}
	}
	if err := s.openStore(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *stack) openStore(ctx context.Context) error {
	opts := hnsw.Options{Analyzer: s.analyzer}
	db, err := hnsw.Open(ctx, s.corpus.database(), &opts)
	if errors.Is(err, vectorstore.ErrLocked) {
		s.talk("kbqa: %v; using what is committed so far", err)
		opts.ReadOnly, s.readOnly = true, true
		db, err = hnsw.Open(ctx, s.corpus.database(), &opts)
	}
	if err != nil {
		return err
	}
	s.db = db
	s.store, err = db.Open(ctx, namespace, s.space())
	return err
}

// openBuild opens a build with the model of --model beside the live one.
func (a *app) openBuild(ctx context.Context, c *corpus) (*stack, error) {
	s := &stack{app: a, corpus: c, model: a.model, analyzer: lexical.Standard()}
	if err := c.checkFolder(); err != nil {
		return nil, err
	}
	var err error
	if s.source, err = loaders.Dir(c.root, &loaders.DirOptions{Normalize: norm.NFC.String}); err != nil {
		return nil, indexf("%v", err)
	}
	if s.embedder, err = a.openModel(a.model); err != nil {
		return nil, err
	}
	if s.db, err = hnsw.Open(ctx, c.database(), &hnsw.Options{Analyzer: s.analyzer}); err == nil {
		s.store, err = s.db.Build(ctx, namespace, s.space())
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// space is what the store's build must have been made with.
func (s *stack) space() vectorstore.Space { return pipeline.Space(s.embedder.Model(), s.analyzer) }

// openStored opens the index of dir for reading what is stored: no model, no
// folder.
func (a *app) openStored(ctx context.Context, dir string) (*stack, error) {
	c, err := a.openCorpus(dir)
	if err != nil {
		return nil, err
	}
	if !c.exists() {
		return nil, indexf("%s is not indexed yet: kbqa index %s", c.root, quoteArg(c.root))
	}
	s := &stack{app: a, corpus: c, model: c.note.Model, analyzer: lexical.Standard(), readOnly: true}
	if s.db, err = hnsw.Open(ctx, c.database(), &hnsw.Options{Analyzer: s.analyzer, ReadOnly: true}); err != nil {
		return nil, err
	}
	if s.store, err = s.db.Open(ctx, namespace, vectorstore.Space{}); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *stack) close() error {
	var errs []error
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if c, ok := s.source.(io.Closer); ok {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// loader reads every format that this program knows.
func (s *stack) loader() (loaders.Loader, error) {
	decoder, err := text.New(nil)
	if err != nil {
		return nil, err
	}
	opts := &loaders.Options{Decoder: decoder}
	set, err := loaders.Plain(opts)
	if err != nil {
		return nil, err
	}
	add := func(l loaders.Loader, err2 error, types ...string) {
		for _, t := range types {
			set[t] = l
		}
		err = errors.Join(err, err2)
	}
	md, e := markdown.New(opts)
	add(md, e, "text/markdown")
	page, e := html.New(opts)
	add(page, e, "text/html", "application/xhtml+xml")
	doc, e := pdf.New(&pdf.Options{Worker: s.worker})
	add(doc, e, "application/pdf")
	return set, err
}

func (s *stack) indexer(observe func(context.Context, pipeline.Event)) (*pipeline.Indexer, error) {
	loader, err := s.loader()
	if err != nil {
		return nil, err
	}
	chunker, err := chunkers.NewStructure(&chunkers.Options{
		MaxTokens: s.embedder.Model().MaxTokens,
		Count:     pipeline.CountTokens(s.embedder),
	})
	if err != nil {
		return nil, err
	}
	return pipeline.NewIndexer(s.store, s.embedder, chunker, &pipeline.IndexerOptions{Loader: loader, Workers: s.workers, Observe: observe})
}

func (s *stack) retriever() retriever.Retriever {
	return &retriever.Hybrid{Store: s.store, Embedder: s.embedder}
}

func (s *stack) answerer(passages int) (*pipeline.Answerer, error) {
	g, err := extractive.New(&extractive.Options{Embedder: s.embedder, Analyzer: s.analyzer})
	if err != nil {
		return nil, err
	}
	return pipeline.NewAnswerer(s.retriever(), g, &pipeline.AnswererOptions{Passages: passages, Fresh: s.isFresh})
}

// isFresh reports whether the file behind a citation still has the bytes that
// were indexed.
func (s *stack) isFresh(ctx context.Context, uri, revision string) bool {
	uri, _, _ = strings.Cut(uri, "#")
	f, err := s.source.Open(ctx, loaders.Item{Source: loaders.DefaultSource, URI: uri})
	if err != nil {
		return false
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return false
	}
	return hex.EncodeToString(h.Sum(nil)) == revision
}
