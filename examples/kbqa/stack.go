package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"golang.org/x/text/unicode/norm"

	"github.com/seed4837efcb/groundwork/chunkers"
	"github.com/seed4837efcb/groundwork/embed/local"
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
	readOnly error // why the index cannot be written: the committed state is used
}

// open opens the index of dir, creating it if there is none.
func (a *app) open(ctx context.Context, dir string, want access) (*stack, error) {
	c, err := a.openCorpus(dir)
	if err != nil {
		return nil, err
	}
	s := &stack{app: a, corpus: c, analyzer: lexical.Standard()}
	if err = s.openSource(); err != nil && want == toRead && c.exists() {
		s.talk("kbqa: %v; using what is indexed", err)
		err = nil
	}
	if err == nil {
		err = s.followNote()
	}
	if err == nil {
		err = s.openStore(ctx, want)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	c.touch()
	return s, nil
}

// useModel loads a model, if it is not the one in use.
func (s *stack) useModel(name string) error {
	if s.embedder != nil && s.model == name {
		return nil
	}
	e, err := s.openModel(s.corpus, name)
	if err == nil {
		s.model, s.embedder = name, e
	}
	return err
}

// openSource opens the folder of documents. An index inside of it is none of
// them.
func (s *stack) openSource() error {
	if err := s.corpus.checkFolder(); err != nil {
		return err
	}
	o := loaders.DirOptions{Normalize: norm.NFC.String}
	if inside, ok := s.corpus.indexInside(); ok {
		o.Ignore = []string{ignorePattern(inside)}
	}
	var err error
	if s.source, err = loaders.Dir(s.corpus.root, &o); err != nil {
		return indexf("%v", err)
	}
	return nil
}

// explainSpace adds to a *SpaceError what to type.
func (s *stack) explainSpace(err error) error {
	var space *vectorstore.SpaceError
	if !errors.As(err, &space) {
		return err
	}
	return fmt.Errorf("the index was made otherwise than this program would make it; to make it anew: kbqa index --model %s %s (%w)",
		quoteArg(s.model), s.corpus.operands(), err)
}

// space is what the store's build must have been made with.
func (s *stack) space() vectorstore.Space { return pipeline.Space(s.embedder.Model(), s.analyzer) }

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
	decoder, err := text.New(&text.Options{Encoding: s.corpus.note.Encoding})
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
	return &retriever.Hybrid{Store: s.store, Embedder: s.embedder, EmbedMissing: spotVectors}
}

func (s *stack) answerer(passages int, o *wording) (*pipeline.Answerer, error) {
	g, err := s.generator(o)
	if err != nil {
		return nil, err
	}
	return pipeline.NewAnswerer(s.retriever(), g, &pipeline.AnswererOptions{Passages: passages, Fresh: s.isFresh,
		Analyzer: s.analyzer, Embedder: s.embedder, Unsupported: o.policy()})
}

// isFresh reports whether the file behind a citation still has the bytes that
// were indexed.
func (s *stack) isFresh(ctx context.Context, uri, revision string) bool {
	if s.source == nil {
		return false
	}
	it := loaders.Item{Source: loaders.DefaultSource, URI: uri}
	f, err := s.source.Open(ctx, it)
	if errors.Is(err, fs.ErrNotExist) {
		it.Escaped = true // a name that is not valid UTF-8
		f, err = s.source.Open(ctx, it)
	}
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
