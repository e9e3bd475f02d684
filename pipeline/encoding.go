package pipeline

import (
	"context"
	"errors"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
)

// What most texts of the store are decides over those whose own letters leave
// a doubt. So that neither the order of a listing nor a race of workers can
// matter, the doubtful ones wait until all others of a run were read, and
// their rows keep the encodings that came into question: a later run reads
// them again if another of these has the majority by then.

// tally counts the items by their encoding, those that told it themselves.
type tally map[string]string // item id -> encoding

func newTally(items map[string]*Item) tally {
	t := tally{}
	for id, it := range items {
		t.set(id, it)
	}
	return t
}

func (t tally) set(id string, row *Item) {
	by := loaders.Basis(row.EncodingBy)
	if row.Doubt != nil {
		by = ""
	}
	switch by {
	case loaders.ByUTF8, loaders.ByMark, loaders.ByDeclaration, loaders.ByLetters:
		t[id] = row.Encoding
	default:
		delete(t, id)
	}
}

// leaningWorth is how many items of another encoding it takes to outweigh one
// of the encoding that the letters lean to.
const leaningWorth = 4

// majority returns which of the encodings in doubt more items have than all the
// others together, or "". Against the one that the letters lean to it takes
// several times as many: in a folder of many languages a small majority tells
// nothing.
func (t tally) majority(d doubt) string {
	counts := map[string]int{}
	for _, e := range d.open {
		counts[e] = 0
	}
	total := 0
	for _, e := range t {
		if _, ok := counts[e]; ok {
			counts[e]++
			total++
		}
	}
	for e, n := range counts {
		if 2*n > total && (e == d.leaning || n > leaningWorth*counts[d.leaning]) {
			return e
		}
	}
	return ""
}

// A doubt is which encodings come into question for an item, and which of them
// its letters lean to, if to any.
type doubt struct {
	open    []string
	leaning string
}

// doubtOf returns the doubt about what was read; open is nil if there is none.
func doubtOf(p prepared) doubt {
	var e *loaders.DoubtError
	if errors.As(p.err, &e) {
		return doubt{open: e.Encodings}
	}
	for _, d := range p.docs {
		if or, ok := d.doc.Metadata[loaders.MetaEncodingOr].([]string); ok {
			own, _ := d.doc.Metadata[loaders.MetaEncoding].(string)
			return doubt{append([]string{own}, or...), own}
		}
	}
	return doubt{}
}

// setEncoding notes in the row how its item was read.
func (it *Item) setEncoding(doc *groundwork.Document) {
	if it.Encoding != "" {
		return // all documents of an item have the encoding of the first
	}
	it.Encoding, _ = doc.Metadata[loaders.MetaEncoding].(string)
	it.EncodingBy, _ = doc.Metadata[loaders.MetaEncodingBy].(string)
}

// noteEncoding counts the row, and notes in it what may yet be decided
// otherwise.
func (w *writer) noteEncoding(id string, row *Item, p prepared) {
	if d := doubtOf(p); d.open != nil {
		row.Doubt, row.Leaning = d.open, d.leaning
	} else if p.item.Prefer != "" && row.Problem == nil {
		row.Doubt, row.Leaning = w.doubts[id].open, w.doubts[id].leaning
	}
	if row.Doubt != nil && !p.same {
		row.Preferred = p.item.Prefer
	}
	w.encodings.set(id, row)
}

// postpone reports whether the encoding of p waits for that of the others.
func (w *writer) postpone(p prepared) bool {
	d := doubtOf(p)
	if d.open == nil || w.settling {
		return false
	}
	id := groundwork.DocumentID(p.item.Source, p.item.URI)
	w.doubts[id] = d
	p.docs = nil // read again, so that they need not be kept
	w.doubtful = append(w.doubtful, p)
	delete(w.encodings, id)
	return true
}

// settle reads again what was left in doubt, in the encoding that the majority
// has now. Where there is none, the loader decides.
func (w *writer) settle(ctx context.Context, src loaders.Source, p *plan) error {
	w.settling = true
	for _, row := range p.gone {
		delete(w.encodings, groundwork.DocumentID(row.Source, row.URI))
	}
	var again []loaders.Item
	for _, d := range w.doubtful {
		id := groundwork.DocumentID(d.item.Source, d.item.URI)
		d.item.Prefer = w.encodings.majority(w.doubts[id])
		if row := w.items[id]; row != nil && row.Fingerprint == w.current && row.Revision == d.revision && stays(row, d.item.Prefer) {
			d.same, d.err = true, nil
			if err := w.take(ctx, d); err != nil {
				return err
			}
			continue
		}
		again = append(again, d.item)
	}
	for _, it := range p.unsure {
		id := groundwork.DocumentID(it.Source, it.URI)
		row := w.items[id]
		w.doubts[id] = doubt{row.Doubt, row.Leaning}
		it.Prefer = w.encodings.majority(w.doubts[id])
		if it.Prefer == "" || it.Prefer == row.Preferred || stays(row, it.Prefer) {
			continue
		}
		w.report.Unchanged--
		w.report.toRead++
		w.done.FilesTotal++
		again = append(again, it)
	}
	return w.readAll(ctx, src, again)
}

// stays reports whether an item in doubt was read as the majority would have
// it. What was decided once stays where there is no majority.
func stays(row *Item, majority string) bool {
	return row.Problem == nil && (majority == "" || majority == row.Encoding)
}
