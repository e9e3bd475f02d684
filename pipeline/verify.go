package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A Finding is one thing in which the store differs from the ledger.
type Finding struct {
	Kind   FindingKind `json:"kind"`
	Source string      `json:"source"` // of the item, with its URI; empty for an orphan nobody knows
	URI    string      `json:"uri"`
	ID     string      `json:"id"` // of the chunk or document
	Detail string      `json:"detail"`
}

// A FindingKind tells how the store differs from the ledger.
type FindingKind string

// The ways in which a store can differ from the ledger.
const (
	MissingChunk    FindingKind = "missing-chunk"    // the ledger has it, the store does not
	OrphanChunk     FindingKind = "orphan-chunk"     // the store has it, the ledger does not
	WrongChunk      FindingKind = "wrong-chunk"      // its text or key is not what the document says
	NoVector        FindingKind = "no-vector"        // stored without a vector, and the ledger expects one
	MissingDocument FindingKind = "missing-document" // chunks without the document's text
	OrphanDocument  FindingKind = "orphan-document"  // a document's text nobody refers to
	OpenIntent      FindingKind = "open-intent"      // an interrupted write; the next run finishes it
	DamagedRow      FindingKind = "damaged-row"      // a row of the ledger cannot be read; ID is its key
)

// An Audit is what Verify found, and what Repair did about it.
type Audit struct {
	Items, Documents, Chunks int
	Awaiting                 int // chunks whose vector the next Index brings
	Findings                 []Finding
	Embedded                 int // texts that Repair embedded
	Reread                   int // items that Repair could not mend from what is stored; the next Index reads them again
}

// OK reports whether store and ledger agree.
func (a *Audit) OK() bool { return len(a.Findings) == 0 }

// Verify compares every chunk and document in the store with the ledger. It
// changes nothing.
func (x *Indexer) Verify(ctx context.Context) (*Audit, error) { return Verify(ctx, x.store) }

// Verify compares every chunk and document in store with the ledger. It needs
// no model and changes nothing.
func Verify(ctx context.Context, store vectorstore.Store) (*Audit, error) {
	items, _, err := readItems(ctx, store)
	if err != nil {
		return nil, fmt.Errorf("pipeline: verify: %w", err)
	}
	v := &verifier{store: store, audit: &Audit{Items: len(items)}, chunks: map[string]owner{}, docs: map[string]*Item{}}
	if err := v.scanRows(ctx); err != nil {
		return nil, err
	}
	for _, it := range items {
		v.expect(it)
	}
	if err := v.scanChunks(ctx); err != nil {
		return nil, err
	}
	if err := v.scanDocuments(ctx); err != nil {
		return nil, err
	}
	slices.SortFunc(v.audit.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.URI, b.URI), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	return v.audit, nil
}

// An owner is what the ledger says of a chunk.
type owner struct {
	item     *Item
	document string
	key      groundwork.Key
}

type verifier struct {
	store  vectorstore.Store
	audit  *Audit
	chunks map[string]owner // expected and not met yet
	docs   map[string]*Item // likewise
	texts  map[string]string
}

func (v *verifier) expect(it *Item) {
	for i := range it.Documents {
		d := &it.Documents[i]
		v.docs[d.ID] = it
		v.audit.Documents++
		for j, id := range d.ChunkIDs() {
			v.chunks[id] = owner{it, d.ID, d.Keys[j]}
			v.audit.Chunks++
		}
	}
}

func (v *verifier) find(kind FindingKind, it *Item, id, detail string) {
	f := Finding{Kind: kind, ID: id, Detail: detail}
	if it != nil {
		f.Source, f.URI = it.Source, it.URI
	}
	v.audit.Findings = append(v.audit.Findings, f)
}

// scanRows finds the rows of the ledger that cannot be read.
func (v *verifier) scanRows(ctx context.Context) error {
	for _, scan := range []vectorstore.StateScan{{Prefix: itemPrefix}, {Prefix: vectorPrefix}, {Keys: []string{clockKey}}} {
		for e, err := range vectorstore.State(ctx, v.store, scan) {
			if err == nil && scan.Prefix == itemPrefix {
				err = decodeItem(e, new(Item))
			}
			switch {
			case errors.Is(err, vectorstore.ErrDamaged):
				v.find(DamagedRow, nil, e.Key, err.Error())
			case err != nil:
				return fmt.Errorf("pipeline: verify: %w", err)
			}
		}
	}
	return nil
}

func (v *verifier) scanChunks(ctx context.Context) error {
	for rec, err := range v.store.Scan(ctx, vectorstore.Scan{Load: vectorstore.LoadText | vectorstore.LoadVector}) {
		if err != nil && !errors.Is(err, vectorstore.ErrDamaged) {
			return fmt.Errorf("pipeline: verify: %w", err)
		}
		want, ok := v.chunks[rec.ID]
		if !ok {
			v.find(OrphanChunk, nil, rec.ID, "of "+rec.URI)
			continue
		}
		delete(v.chunks, rec.ID)
		switch {
		case err != nil:
			v.find(WrongChunk, want.item, rec.ID, err.Error())
		case rec.Key != want.key || rec.DocumentID != want.document:
			v.find(WrongChunk, want.item, rec.ID, "key or document differ from the ledger's")
		case rec.Vector == nil && !want.item.Awaiting:
			v.find(NoVector, want.item, rec.ID, "")
		default:
			if rec.Vector == nil {
				v.audit.Awaiting++
			}
			v.checkText(ctx, want, &rec)
		}
	}
	for id, want := range v.chunks {
		v.find(MissingChunk, want.item, id, "")
	}
	return nil
}

// checkText compares the chunk's text with its document's.
func (v *verifier) checkText(ctx context.Context, want owner, rec *vectorstore.Record) {
	if v.texts == nil {
		v.texts = map[string]string{}
	}
	text, ok := v.texts[want.document]
	if !ok {
		if len(v.texts) > 256 {
			clear(v.texts)
		}
		doc, err := ReadDocument(ctx, v.store, want.document)
		if err == nil {
			text = doc.Text
		}
		v.texts[want.document] = text
	}
	s := rec.Span
	if text != "" && (s.End > len(text) || text[s.Start:s.End] != rec.Text) {
		v.find(WrongChunk, want.item, rec.ID, "text differs from the document's")
	}
}

func (v *verifier) scanDocuments(ctx context.Context) error {
	for e, err := range vectorstore.State(ctx, v.store, vectorstore.StateScan{Prefix: docPrefix}) {
		if err != nil && !errors.Is(err, vectorstore.ErrDamaged) {
			return fmt.Errorf("pipeline: verify: %w", err)
		}
		id := strings.TrimPrefix(e.Key, docPrefix)
		it, ok := v.docs[id]
		delete(v.docs, id)
		if !ok {
			v.find(OrphanDocument, nil, id, "")
			continue
		}
		if err == nil {
			_, err = decodeDocument(e.Value)
		}
		if err != nil {
			v.find(MissingDocument, it, id, err.Error())
		}
	}
	for id, it := range v.docs {
		v.find(MissingDocument, it, id, "")
	}
	for e, err := range vectorstore.State(ctx, v.store, vectorstore.StateScan{Prefix: intentPrefix}) {
		if err != nil {
			return fmt.Errorf("pipeline: verify: %w", err)
		}
		v.find(OpenIntent, nil, e.Key, "")
	}
	return nil
}

// Repair verifies and then mends what it can from what is stored: orphans are
// deleted, with the rows that cannot be read; missing and wrong chunks are cut
// and embedded again from the stored document. An item whose row or document
// is lost, or is cut otherwise today, is read again by the next Index. The
// returned Audit holds the findings from before.
func (x *Indexer) Repair(ctx context.Context) (*Audit, error) {
	r, end, err := x.beginRun(ctx, true)
	if err != nil {
		return nil, err
	}
	defer end()
	audit, err := Verify(ctx, x.store)
	if err != nil || audit.OK() {
		return audit, err
	}
	err = r.repair(ctx, audit)
	audit.Embedded = r.report.Embedded
	return audit, err
}

func (r *run) repair(ctx context.Context, audit *Audit) error {
	version := r.tick()
	b := vectorstore.Batch{}
	broken := map[string]bool{} // item ids
	for _, f := range audit.Findings {
		switch f.Kind {
		case OrphanChunk:
			b.Deletes = append(b.Deletes, vectorstore.Tombstone{ID: f.ID, Version: version})
		case OrphanDocument:
			b.State = append(b.State, vectorstore.Entry{Key: docPrefix + f.ID})
		case DamagedRow:
			if f.ID != clockKey { // which every write writes anew
				b.State = append(b.State, vectorstore.Entry{Key: f.ID})
			}
			if strings.HasPrefix(f.ID, itemPrefix) {
				audit.Reread++
			}
		case MissingChunk, WrongChunk, NoVector, MissingDocument:
			broken[groundwork.DocumentID(f.Source, f.URI)] = true
		}
		if f.Kind == MissingDocument { // or damaged
			b.State = append(b.State, vectorstore.Entry{Key: docPrefix + f.ID})
		}
	}
	if err := r.apply(ctx, b); err != nil {
		return err
	}
	w := r.newWriter(len(broken), int64(len(broken)))
	for id := range broken {
		p, ok := r.fromStored(ctx, r.items[id])
		if !ok {
			audit.Reread++
		}
		if err := w.addRepaired(ctx, p, r.items[id], ok); err != nil {
			return err
		}
	}
	return w.flushAll(ctx)
}

// fromStored prepares an item from its stored documents.
func (r *run) fromStored(ctx context.Context, it *Item) (prepared, bool) {
	var p prepared
	for _, d := range it.Documents {
		doc, err := ReadDocument(ctx, r.store, d.ID)
		if err != nil {
			return p, false
		}
		c, err := r.cut(ctx, doc)
		if err != nil {
			return p, false
		}
		p.docs = append(p.docs, c)
	}
	return p, true
}

// addRepaired queues an item whose row stays as it is but for its documents;
// one that cannot be mended only loses its fingerprint.
func (w *writer) addRepaired(ctx context.Context, p prepared, old *Item, ok bool) error {
	row := *old
	it := &openItem{old: old, row: &row, bytes: max(row.Size, 1), vectors: map[groundwork.Key]*vector{}}
	if !ok {
		row.Fingerprint = ""
		w.ready = append(w.ready, it)
		return nil
	}
	it.completes = old.Awaiting
	it.docs, row.Documents, row.Warnings, row.Awaiting = p.docs, nil, nil, false
	it.fill()
	if err := w.want(ctx, it); err != nil {
		return err
	}
	if it.missing == 0 {
		w.ready = append(w.ready, it)
	}
	return nil
}
