package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
)

// prepared is an item that was read and cut, or why it was not.
type prepared struct {
	item     loaders.Item
	readAt   time.Time
	revision string // of the bytes read; empty if they could not be
	same     bool   // the bytes are those of the ledger: nothing else was done
	docs     []cut
	err      error
	took     time.Duration
}

// A cut is a document with its chunks.
type cut struct {
	doc    *groundwork.Document
	chunks []groundwork.Chunk
}

// prepare reads and cuts the work with several workers. The channel is closed
// when all is done or ctx ends.
func (r *run) prepare(ctx context.Context, src loaders.Source, work []loaders.Item) <-chan prepared {
	in, out := make(chan loaders.Item), make(chan prepared)
	rows := make(map[string]Item, len(work)) // the workers' own copy: the run changes its rows
	for _, it := range work {
		if row := r.items[groundwork.DocumentID(it.Source, it.URI)]; row != nil {
			rows[groundwork.DocumentID(it.Source, it.URI)] = *row
		}
	}
	go func() {
		defer close(in)
		for _, it := range work {
			select {
			case in <- it:
			case <-ctx.Done():
				return
			}
		}
	}()
	var wg sync.WaitGroup
	for range min(r.opts.Workers, len(work)) {
		wg.Go(func() {
			for it := range in {
				row, known := rows[groundwork.DocumentID(it.Source, it.URI)]
				p := r.prepareItem(ctx, src, it, known && row.Fingerprint == r.current && row.Problem == nil && row.Doubt == nil, row.Revision)
				select {
				case out <- p:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	go func() {
		wg.Wait()
		close(out)
	}()
	return out
}

// prepareItem reads and cuts one item. If comparable, the bytes are first
// compared with revision, so that a file that was only touched is not parsed.
func (r *run) prepareItem(ctx context.Context, src loaders.Source, it loaders.Item, comparable bool, revision string) prepared {
	p := prepared{item: it, readAt: time.Now()}
	defer func() { p.took = time.Since(p.readAt) }()
	if comparable {
		if got, err := revisionOf(ctx, src, it); err == nil && got == revision {
			p.revision, p.same = got, true
			return p
		}
	}
	p.readAt = time.Now()
	f, err := src.Open(ctx, it)
	if err != nil {
		p.err = asFileError(it, "open", err)
		return p
	}
	defer f.Close()
	body := &hashing{r: f, h: sha256.New()}
	p.docs, p.err = r.read(ctx, it, body)
	p.revision = body.finish()
	return p
}

// read loads and cuts the documents of one item. A panic of a loader or
// chunker is an error of the item.
func (r *run) read(ctx context.Context, it loaders.Item, body io.Reader) (docs []cut, err error) {
	defer func() {
		if v := recover(); v != nil {
			docs, err = nil, &loaders.FileError{URI: it.URI, Stage: "parse", Err: fmt.Errorf("%w: parser panicked: %v", loaders.ErrMalformed, v)}
		}
	}()
	for doc, err := range r.opts.Loader.Load(ctx, it, body) {
		if err != nil {
			return nil, asFileError(it, "parse", err)
		}
		c, err := r.cut(ctx, doc)
		if err != nil {
			return nil, err
		}
		docs = append(docs, c)
	}
	return docs, nil
}

func (r *run) cut(ctx context.Context, doc *groundwork.Document) (cut, error) {
	if err := doc.Validate(); err != nil {
		return cut{}, &DocumentError{URI: doc.URI, Stage: "load", Err: err}
	}
	chunks, err := r.chunker.Chunk(ctx, doc)
	if err != nil {
		return cut{}, &DocumentError{URI: doc.URI, Stage: "chunk", Err: err}
	}
	return cut{doc: doc, chunks: chunks}, nil
}

// asFileError returns err as it is if it says enough, otherwise as an error of
// the item in stage.
func asFileError(it loaders.Item, stage string, err error) error {
	var file *loaders.FileError
	var skip *loaders.SkipError
	if errors.As(err, &file) || errors.As(err, &skip) || errors.Is(err, context.Canceled) {
		return err
	}
	return &loaders.FileError{URI: it.URI, Stage: stage, Err: err}
}

// problemOf puts the error of an item into a row.
func problemOf(err error) *Problem {
	var file *loaders.FileError
	var doc *DocumentError
	var skip *loaders.SkipError
	switch {
	case errors.As(err, &skip):
		return &Problem{Stage: "parse", Reason: string(skip.Reason), Remedy: skip.Detail}
	case errors.As(err, &file):
		return &Problem{Stage: file.Stage, Reason: file.Err.Error(), Remedy: file.Remedy}
	case errors.As(err, &doc):
		return &Problem{Stage: doc.Stage, Reason: doc.Err.Error()}
	}
	return &Problem{Stage: "parse", Reason: err.Error()}
}

func revisionOf(ctx context.Context, src loaders.Source, it loaders.Item) (string, error) {
	f, err := src.Open(ctx, it)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// hashing passes a reader on and hashes what went through.
type hashing struct {
	r   io.Reader
	h   hash.Hash
	err error
}

func (h *hashing) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.h.Write(p[:n])
	if err != nil && err != io.EOF {
		h.err = err
	}
	return n, err
}

// finish reads what was left unread and returns the revision of all bytes,
// empty if they could not be read.
func (h *hashing) finish() string {
	if h.err == nil {
		io.Copy(io.Discard, h)
	}
	if h.err != nil {
		return ""
	}
	return hex.EncodeToString(h.h.Sum(nil))
}
