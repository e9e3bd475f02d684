package memory

import (
	"errors"
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

func TestAnalyzerOfAnotherKindIsUnsupported(t *testing.T) {
	db := Open(nil) // lexical.Standard
	if _, err := db.Open(t.Context(), "ns", handSpace); !errors.Is(err, vectorstore.ErrUnsupported) {
		t.Errorf("Open: error is %v, want ErrUnsupported", err)
	}
	if _, err := db.Build(t.Context(), "ns", handSpace); !errors.Is(err, vectorstore.ErrUnsupported) {
		t.Errorf("Build: error is %v, want ErrUnsupported", err)
	}
	good := handSpace
	good.Analyzer = lexical.Standard().Fingerprint()
	if _, err := db.Open(t.Context(), "ns", good); err != nil {
		t.Errorf("Open with the analyzer of the store: %v", err)
	}
}

func TestSpaceWithoutAnalyzerHasNoTextSearch(t *testing.T) {
	space := handSpace
	space.Analyzer = ""
	store, err := Open(nil).Open(t.Context(), "ns", space)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range store.Info().Features {
		if f == vectorstore.FeatureLexical {
			t.Error("Info names the lexical feature")
		}
	}
	if _, err := store.Search(t.Context(), vectorstore.Query{Text: "x", K: 1}); !errors.Is(err, vectorstore.ErrUnsupported) {
		t.Errorf("text search: error is %v, want ErrUnsupported", err)
	}
}

func TestInfoCountsBytesThatComeAndGo(t *testing.T) {
	db := Open(&Options{Analyzer: spaces{}})
	store, err := db.Open(t.Context(), "ns", handSpace)
	if err != nil {
		t.Fatal(err)
	}
	r := handRecord("one", "title", []string{"heading"}, "text")
	apply := func(b vectorstore.Batch) int64 {
		t.Helper()
		if err := store.Apply(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		return store.Info().Bytes
	}
	full := apply(vectorstore.Batch{Upserts: []vectorstore.Record{r}, State: []vectorstore.Entry{{Key: "k", Value: []byte("v")}}})
	if full < int64(len("title")+len("heading")+len("text")+8+2) {
		t.Errorf("%d bytes with a record and a row", full)
	}
	r.Version = 2
	if got := apply(vectorstore.Batch{Upserts: []vectorstore.Record{r}, State: []vectorstore.Entry{{Key: "k", Value: []byte("v")}}}); got != full {
		t.Errorf("%d bytes after writing the same again, want %d", got, full)
	}
	empty := apply(vectorstore.Batch{Deletes: []vectorstore.Tombstone{{ID: r.ID, Version: 3}}, State: []vectorstore.Entry{{Key: "k"}}})
	if empty != 0 {
		t.Errorf("%d bytes after deleting everything", empty)
	}
	if err := db.Close(); err != nil || store.Info().Records != 0 {
		t.Errorf("Close: %v, info %+v", err, store.Info())
	}
}

func TestCosineOfParallelVectorsStaysInRange(t *testing.T) {
	space := handSpace
	space.Dim = 3
	store, err := Open(&Options{Analyzer: spaces{}}).Open(t.Context(), "ns", space)
	if err != nil {
		t.Fatal(err)
	}
	r := handRecord("one", "", nil, "text")
	for _, v := range [][]float32{{0.1, 0.2, 0.3}, {1e-20, 3e-20, 7e-20}, {3e37, 1e37, -2e37}, {1, 1, 1}} {
		r.Version++
		r.Vector = v
		if err := store.Apply(t.Context(), vectorstore.Batch{Upserts: []vectorstore.Record{r}}); err != nil {
			t.Fatal(err)
		}
		opposite := []float32{-v[0], -v[1], -v[2]}
		res, err := store.Search(t.Context(), vectorstore.Query{Vector: v, K: 1}, vectorstore.Query{Vector: opposite, K: 1})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []float64{1, -1} {
			if got := res[i].Hits[0].Score; got > 1 || got < -1 || got*want < 1-1e-15 {
				t.Errorf("vector %v: cosine is %v, want %v", v, got, want)
			}
		}
	}
}

func TestErrorsSayWhichQueryAndWhatToDo(t *testing.T) {
	store := open(t)
	_, err := store.Search(t.Context(), vectorstore.Query{Text: "x", K: 1}, vectorstore.Query{Text: "x"})
	if want := "memory: search: query 1: vectorstore: invalid query: k is 0, from 1 to 10000 are possible"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
	r := handRecord("one", "", nil, "x")
	r.ID = "42"
	if err := store.Apply(t.Context(), vectorstore.Batch{Upserts: []vectorstore.Record{r}}); !errors.Is(err, groundwork.ErrInvalid) {
		t.Errorf("error is %v, want ErrInvalid", err)
	}
}
