package pipeline_test

import (
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// tamper changes the store behind the ledger's back.
func tamper(t *testing.T, b *bench, change func(r vectorstore.Record) vectorstore.Batch) {
	t.Helper()
	for r, err := range b.store.Scan(t.Context(), vectorstore.Scan{Load: vectorstore.LoadAll}) {
		if err != nil {
			t.Fatal(err)
		}
		if r.URI == "a.txt" {
			r.Version++
			if err := b.store.Apply(t.Context(), change(r)); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("no chunk of a.txt")
}

func TestVerifyFindsAndRepairMends(t *testing.T) {
	doc := groundwork.DocumentID("tree", "a.txt")
	cases := []struct {
		name     string
		change   func(r vectorstore.Record) vectorstore.Batch
		want     pipeline.FindingKind
		reread   int
		embedded int
	}{
		{"a chunk is missing", func(r vectorstore.Record) vectorstore.Batch {
			return vectorstore.Batch{Deletes: []vectorstore.Tombstone{{ID: r.ID, Version: r.Version}}}
		}, pipeline.MissingChunk, 0, 1},
		{"a chunk nobody knows", func(r vectorstore.Record) vectorstore.Batch {
			r.ID = groundwork.NewID("orphan")
			return vectorstore.Batch{Upserts: []vectorstore.Record{r}}
		}, pipeline.OrphanChunk, 0, 0},
		{"another text", func(r vectorstore.Record) vectorstore.Batch {
			r.Text = "x" + r.Text[1:]
			return vectorstore.Batch{Upserts: []vectorstore.Record{r}}
		}, pipeline.WrongChunk, 0, 0},
		{"another key", func(r vectorstore.Record) vectorstore.Batch {
			r.Key[0]++
			return vectorstore.Batch{Upserts: []vectorstore.Record{r}}
		}, pipeline.WrongChunk, 0, 1},
		{"no vector", func(r vectorstore.Record) vectorstore.Batch {
			r.Vector = nil
			return vectorstore.Batch{Upserts: []vectorstore.Record{r}}
		}, pipeline.NoVector, 0, 1},
		{"the document is missing", func(r vectorstore.Record) vectorstore.Batch {
			return vectorstore.Batch{State: []vectorstore.Entry{{Key: "doc/" + doc}}}
		}, pipeline.MissingDocument, 1, 0},
		{"the document is damaged", func(r vectorstore.Record) vectorstore.Batch {
			return vectorstore.Batch{State: []vectorstore.Entry{{Key: "doc/" + doc, Value: []byte("\xff\xff")}}}
		}, pipeline.MissingDocument, 1, 0},
		{"a document nobody knows", func(r vectorstore.Record) vectorstore.Batch {
			return vectorstore.Batch{State: []vectorstore.Entry{{Key: "doc/" + groundwork.NewID("x"), Value: []byte("\x02{}text")}}}
		}, pipeline.OrphanDocument, 0, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, newTree("a.txt", "one\n\ntwo", "b.txt", "three"), newStore(t))
			b.index()
			b.words.count()
			b.wantClean()
			tamper(t, b, c.change)
			audit, err := b.x.Verify(t.Context())
			if err != nil || len(audit.Findings) != 1 || audit.Findings[0].Kind != c.want {
				t.Fatalf("verify: %+v, %v; want one %s", audit, err, c.want)
			}
			audit, err = b.x.Repair(t.Context())
			if err != nil || audit.Reread != c.reread || audit.Embedded != c.embedded {
				t.Errorf("repair: %+v, %v; want %d reread, %d embedded", audit, err, c.reread, c.embedded)
			}
			b.index()
			b.wantClean()
			b.wantTexts("a.txt: one", "a.txt: two", "b.txt: three")
		})
	}
}
