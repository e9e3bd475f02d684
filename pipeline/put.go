package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
)

// PutSource is the name of the source that documents given to Put belong to.
// Index never touches them.
const PutSource = "put"

// Put indexes documents that come from the program itself: rows, messages,
// pages it has fetched. A document with the URI of an earlier one replaces it;
// an unchanged one, by Revision, costs nothing. An empty ID is filled in from
// PutSource and the URI, an empty Revision from Text. The documents are not
// modified. If one of them is invalid, nothing is written.
func (x *Indexer) Put(ctx context.Context, docs ...*groundwork.Document) (*Report, error) {
	r, end, err := x.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	err = r.put(ctx, docs)
	return r.finish(err), err
}

func (r *run) put(ctx context.Context, docs []*groundwork.Document) error {
	items := make([]prepared, 0, len(docs))
	seen := map[string]bool{}
	for _, d := range docs {
		doc := putDocument(d)
		if err := doc.Validate(); err != nil {
			return &DocumentError{URI: doc.URI, Stage: "load", Err: err}
		}
		if seen[doc.URI] {
			return &DocumentError{URI: doc.URI, Stage: "load", Err: fmt.Errorf("%w: two documents with this URI in one call", groundwork.ErrInvalid)}
		}
		seen[doc.URI] = true
		p, err := r.putItem(ctx, doc)
		if err != nil {
			return err
		}
		items = append(items, p)
	}
	w := r.newWriter(len(items), int64(len(items)))
	w.settling = true // what is given is not read again
	for _, p := range items {
		if p.same {
			r.report.Unchanged++
			continue
		}
		if err := w.add(ctx, p); err != nil {
			return err
		}
	}
	return w.flushAll(ctx)
}

// putItem cuts doc, unless the ledger has it as it is.
func (r *run) putItem(ctx context.Context, doc *groundwork.Document) (prepared, error) {
	p := prepared{
		item:     loaders.Item{Source: PutSource, URI: doc.URI, Size: int64(len(doc.Text)), Version: doc.Revision, MIME: doc.MIME},
		readAt:   time.Now(),
		revision: doc.Revision,
	}
	row := r.items[groundwork.DocumentID(PutSource, doc.URI)]
	if row != nil && row.Problem == nil && row.Fingerprint == r.current && row.Revision == doc.Revision {
		p.same = true
		return p, nil
	}
	c, err := r.cut(ctx, doc)
	p.docs = []cut{c}
	return p, err
}

func putDocument(d *groundwork.Document) *groundwork.Document {
	doc := *d
	if doc.ID == "" {
		doc.ID = groundwork.DocumentID(PutSource, doc.URI)
	}
	if doc.Revision == "" {
		doc.Revision = groundwork.Revision([]byte(doc.Text))
	}
	return &doc
}

// Remove removes documents that were given to Put, by URI. URIs that are not
// there are ignored.
func (x *Indexer) Remove(ctx context.Context, uris ...string) (*Report, error) {
	r, end, err := x.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	var gone []*Item
	seen := map[string]bool{}
	for _, uri := range uris {
		if row := r.items[groundwork.DocumentID(PutSource, uri)]; row != nil && !seen[uri] {
			seen[uri] = true
			gone = append(gone, row)
		}
	}
	err = r.drop(ctx, gone, nil)
	return r.finish(err), err
}
