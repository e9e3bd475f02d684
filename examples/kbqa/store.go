package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/hnsw"
)

// An access is what a command opens an index for.
type access int

const (
	toWrite   access = iota // waits while another process is writing
	toRefresh               // is content with what is committed where it cannot write
	toRead                  // writes nothing
)

// errBusy reports an index that another process is writing to, with nothing in
// it that this command could do with.
var errBusy = errors.New("nothing is committed yet")

// openStore opens the store as want says. While another process is writing and
// has not committed what could be used, it waits.
func (s *stack) openStore(ctx context.Context, want access) error {
	return s.whileBusy(ctx, func() error {
		var err error
		if want != toRead {
			if err = s.openWriter(ctx); !cannotWrite(err) {
				return err
			}
			if want == toWrite && errors.Is(err, vectorstore.ErrLocked) {
				return fmt.Errorf("%w: %w", errBusy, err)
			}
			s.readOnly = err
		}
		return s.openReader(ctx)
	})
}

// openWriter opens the store for writing, which no other process can do then.
func (s *stack) openWriter(ctx context.Context) error {
	if err := s.corpus.makeFolder(); err != nil {
		return err
	}
	opts := hnsw.Options{Analyzer: s.analyzer}
	db, err := hnsw.Open(ctx, s.corpus.database(), &opts)
	if s.repairing && errors.Is(err, vectorstore.ErrDamaged) {
		s.talk("kbqa: %v; making it anew from the log", err)
		opts.Repair = true
		db, err = hnsw.Open(ctx, s.corpus.database(), &opts)
	}
	if err != nil {
		return err
	}
	if err := s.openLive(ctx, db); err != nil {
		return errors.Join(err, db.Close())
	}
	s.db, s.readOnly = db, nil
	return nil
}

// openLive opens the live build for writing. Only who holds the lock writes the
// note, so what was read before may be old.
func (s *stack) openLive(ctx context.Context, db *hnsw.DB) error {
	if err := s.followNote(); err != nil {
		return err
	}
	c := s.corpus
	recoded := c.recode(s.coding)
	if !c.exists() || c.note.Corpus != c.root || recoded { // new, or the folder moved
		if err := c.write(note{Model: s.model, Next: c.note.Next}); err != nil {
			return err
		}
	}
	var err error
	s.store, err = db.Open(ctx, namespace, s.space())
	var space *vectorstore.SpaceError
	if next := c.note.Next; errors.As(err, &space) && next != "" { // the last run ended between the two
		if err := errors.Join(c.write(note{Model: next}), s.useModel(next)); err != nil {
			return err
		}
		s.store, err = db.Open(ctx, namespace, s.space())
	}
	return s.explainSpace(err)
}

// followNote reads the note anew and uses the model that it names.
func (s *stack) followNote() error {
	if err := s.corpus.readNote(); err != nil {
		return err
	}
	model, err := s.modelFor(s.corpus)
	if err != nil {
		return err
	}
	return s.useModel(model)
}

// openReader opens what is committed. It takes no lock.
func (s *stack) openReader(ctx context.Context) error {
	db, err := hnsw.Open(ctx, s.corpus.database(), &hnsw.Options{Analyzer: s.analyzer, ReadOnly: true})
	if err == nil {
		if err = s.openCommitted(ctx, db); err == nil {
			s.db = db
		} else {
			err = errors.Join(err, db.Close())
		}
	}
	none := isAny(err, vectorstore.ErrNotFound, fs.ErrNotExist)
	switch {
	case err == nil:
		return nil
	case s.readOnly == nil && none:
		return s.corpus.notIndexed()
	case s.readOnly == nil:
		return err
	case none && errors.Is(s.readOnly, vectorstore.ErrLocked):
		return fmt.Errorf("%w: %w", errBusy, s.readOnly)
	case none:
		return s.readOnly
	}
	return fmt.Errorf("%w (and for reading: %w)", s.readOnly, err)
}

// openCommitted opens the live build for reading, with the model it was made
// with: another process may have changed that since the note was read.
func (s *stack) openCommitted(ctx context.Context, db *hnsw.DB) error {
	if err := s.followNote(); err != nil {
		return err
	}
	if !s.corpus.exists() {
		return vectorstore.ErrNotFound
	}
	var err error
	s.store, err = db.Open(ctx, namespace, s.space())
	var space *vectorstore.SpaceError
	if next := s.corpus.note.Next; errors.As(err, &space) && next != "" {
		if err := s.useModel(next); err != nil {
			return err
		}
		s.store, err = db.Open(ctx, namespace, s.space())
	}
	if err == nil && errors.Is(s.readOnly, vectorstore.ErrLocked) && s.store.Info().Records == 0 {
		return vectorstore.ErrNotFound
	}
	return s.explainSpace(err)
}

// openBuild opens a build with the model of --model beside the live one.
func (a *app) openBuild(ctx context.Context, c *corpus) (*stack, error) {
	s := &stack{app: a, corpus: c, analyzer: lexical.Standard()}
	err := s.openSource()
	if err == nil {
		c.recode(s.coding)
		err = s.useModel(a.model)
	}
	if err == nil {
		err = s.whileBusy(ctx, func() error {
			var err error
			s.db, err = hnsw.Open(ctx, c.database(), &hnsw.Options{Analyzer: s.analyzer})
			if errors.Is(err, vectorstore.ErrLocked) {
				return fmt.Errorf("%w: %w", errBusy, err)
			}
			return err
		})
	}
	if err == nil {
		s.store, err = s.db.Build(ctx, namespace, s.space())
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// openStored opens an index for reading what is stored: no model, no
// folder.
func (a *app) openStored(ctx context.Context, c *corpus) (*stack, error) {
	s := &stack{app: a, corpus: c, model: c.note.Model, analyzer: lexical.Standard()}
	var err error
	if s.db, err = hnsw.Open(ctx, c.database(), &hnsw.Options{Analyzer: s.analyzer, ReadOnly: true}); err != nil {
		return nil, err
	}
	if s.store, err = s.db.Open(ctx, namespace, vectorstore.Space{}); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// reopenStore opens the store anew for want, which lets others write meanwhile.
func (s *stack) reopenStore(ctx context.Context, want access) error {
	err := s.db.Close()
	if s.db = nil; err != nil {
		return err
	}
	return s.openStore(ctx, want)
}
