package pipeline_test

import (
	"errors"
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/pipeline"
)

func put(uri, text string) *groundwork.Document { return document(pipeline.PutSource, uri, text) }

func TestPutReplacesRemovesAndSkipsWhatIsUnchanged(t *testing.T) {
	b := newBench(t, newTree("a.txt", "from a file"), newStore(t))
	b.index()
	b.words.count()
	r, err := b.x.Put(t.Context(), put("row/1", "one\n\ntwo"), put("row/2", "three"))
	if err != nil || r.Added != 2 || r.Embedded != 3 {
		t.Fatalf("put: %+v, %v", r, err)
	}
	r, err = b.x.Put(t.Context(), put("row/1", "one\n\nnew"), put("row/2", "three"))
	if err != nil || r.Changed != 1 || r.Unchanged != 1 || r.Embedded != 1 || r.Deleted != 1 {
		t.Fatalf("put again: %+v, %v", r, err)
	}
	b.wantTexts("a.txt: from a file", "row/1: one", "row/1: new", "row/2: three")
	if r := b.index(); r.Removed != 0 {
		t.Errorf("index removed what was put: %+v", r)
	}
	r, err = b.x.Remove(t.Context(), "row/1", "row/1", "no such")
	if err != nil || r.Removed != 1 || r.Deleted != 2 {
		t.Fatalf("remove: %+v, %v", r, err)
	}
	b.wantTexts("a.txt: from a file", "row/2: three")
	b.wantClean()
}

func TestPutRefusesInvalidDocumentsWhole(t *testing.T) {
	for name, docs := range map[string][]*groundwork.Document{
		"not UTF-8":      {put("good", "good"), put("bad", "\xff")},
		"the same twice": {put("good", "good"), put("good", "other")},
		"no URI":         {put("good", "good"), put("", "text")},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newTree(), newStore(t))
			_, err := b.x.Put(t.Context(), docs...)
			var doc *pipeline.DocumentError
			if !errors.As(err, &doc) || !errors.Is(err, groundwork.ErrInvalid) {
				t.Errorf("error %v, want a DocumentError that is ErrInvalid", err)
			}
			b.wantTexts()
		})
	}
}

func TestPutFillsInIDAndRevisionWithoutTouchingTheDocument(t *testing.T) {
	b := newBench(t, newTree(), newStore(t))
	doc := &groundwork.Document{URI: "row/1", Text: "one"}
	if _, err := b.x.Put(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	if doc.ID != "" || doc.Revision != "" {
		t.Errorf("the caller's document was changed: %+v", doc)
	}
	stored, err := pipeline.ReadDocument(t.Context(), b.store, groundwork.DocumentID(pipeline.PutSource, "row/1"))
	if err != nil || stored.Text != "one" || stored.Revision != groundwork.Revision([]byte("one")) {
		t.Errorf("stored %+v, %v", stored, err)
	}
}

func TestClosedIndexerRefusesWork(t *testing.T) {
	b := newBench(t, newTree("a.txt", "one"), newStore(t))
	for range 2 {
		if err := b.x.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.x.Put(t.Context(), put("a", "b")); !errors.Is(err, pipeline.ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
}
