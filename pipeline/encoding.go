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
	switch loaders.Basis(row.EncodingBy) {
	case loaders.ByUTF8, loaders.ByMark, loaders.ByDeclaration, loaders.ByLetters:
		t[id] = row.Encoding
	default:
		delete(t, id)
	}
}

// majority returns which of the encodings more items have than all the others
// together, or "".
func (t tally) majority(encodings []string) string {
	counts := map[string]int{}
	for _, e := range encodings {
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
		if 2*n > total {
			return e
		}
	}
	return ""
}

// doubtOf returns the encodings that an error leaves open.
func doubtOf(err error) []string {
	var doubt *loaders.DoubtError
	if !errors.As(err, &doubt) {
		return nil
	}
	return doubt.Encodings
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
func (w *writer) noteEncoding(id string, row *Item, err error) {
	w.encodings.set(id, row)
	switch open := doubtOf(err); {
	case open != nil:
		row.Doubt = open
	case row.EncodingBy == string(loaders.ByMajority) && row.Problem == nil:
		row.Doubt = w.doubts[id]
	}
}

// settle reads again what was left in doubt, in the encoding that the majority
// has now; where there is none, it fails.
func (w *writer) settle(ctx context.Context, src loaders.Source, p *plan) error {
	for _, row := range p.gone {
		delete(w.encodings, groundwork.DocumentID(row.Source, row.URI))
	}
	var again []loaders.Item
	for _, d := range w.doubtful {
		if d.item.Prefer = w.encodings.majority(doubtOf(d.err)); d.item.Prefer != "" {
			again = append(again, d.item)
		} else if err := w.take(ctx, d); err != nil {
			return err
		}
	}
	for _, it := range p.unsure {
		row := w.items[groundwork.DocumentID(it.Source, it.URI)]
		it.Prefer = w.encodings.majority(row.Doubt)
		if it.Prefer == "" || row.Problem == nil && it.Prefer == row.Encoding {
			continue
		}
		w.doubts[groundwork.DocumentID(it.Source, it.URI)] = row.Doubt
		w.report.Unchanged--
		w.report.toRead++
		w.done.FilesTotal++
		again = append(again, it)
	}
	return w.readAll(ctx, src, again)
}
