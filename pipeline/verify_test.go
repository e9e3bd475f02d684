package pipeline_test

import (
	"context"
	"errors"
	"iter"
	"strings"
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

// A rotten store cannot read the chunks and rows whose id or key has been
// given to it, until they are written anew.
type rotten struct {
	vectorstore.Store
	bad map[string]bool
}

func (s *rotten) Apply(ctx context.Context, b vectorstore.Batch) error {
	err := s.Store.Apply(ctx, b)
	if err == nil {
		for _, r := range b.Upserts {
			delete(s.bad, r.ID)
		}
		for _, e := range b.State {
			delete(s.bad, e.Key)
		}
	}
	return err
}

func (s *rotten) Scan(ctx context.Context, scan vectorstore.Scan) iter.Seq2[vectorstore.Record, error] {
	return func(yield func(vectorstore.Record, error) bool) {
		for r, err := range s.Store.Scan(ctx, scan) {
			if s.bad[r.ID] {
				r.Text, r.Vector, err = "", nil, vectorstore.ErrDamaged
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func (s *rotten) ReadState(ctx context.Context, scan vectorstore.StateScan) iter.Seq2[vectorstore.Entry, error] {
	return func(yield func(vectorstore.Entry, error) bool) {
		for e, err := range vectorstore.State(ctx, s.Store, scan) {
			if s.bad[e.Key] {
				e.Value, err = nil, vectorstore.ErrDamaged
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func TestRepairMendsWhatTheStoreCannotRead(t *testing.T) {
	doc := groundwork.DocumentID("tree", "a.txt")
	cases := []struct {
		name      string
		rots      func(key string) bool
		want      pipeline.FindingKind
		indexes   bool // without a repair
		wantReads int  // items read again after the repair
	}{
		{"a chunk", func(k string) bool { return !strings.ContainsAny(k, "/") && k != "clock" }, pipeline.WrongChunk, true, 0},
		{"a document", func(k string) bool { return k == "doc/"+doc }, pipeline.MissingDocument, true, 1},
		{"a row of the ledger", func(k string) bool { return k == "item/"+doc }, pipeline.DamagedRow, false, 1},
		{"the clock", func(k string) bool { return k == "clock" }, pipeline.DamagedRow, false, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := &rotten{newStore(t), map[string]bool{}}
			b := newBench(t, newTree("a.txt", "one\n\ntwo", "b.txt", "three"), s)
			b.index()
			for key := range keysOf(t, s) {
				if c.rots(key) {
					s.bad[key] = true
				}
			}
			audit, err := b.x.Verify(t.Context())
			if err != nil || audit.OK() || !hasKind(audit, c.want) {
				t.Fatalf("verify: %+v, %v; want %s", audit, err, c.want)
			}
			if _, err := b.x.Index(t.Context(), b.tree, nil); (err == nil) != c.indexes || err != nil && !errors.Is(err, vectorstore.ErrDamaged) {
				t.Errorf("index before the repair: %v", err)
			}
			if audit, err = b.x.Repair(t.Context()); err != nil || audit.Reread != c.wantReads {
				t.Fatalf("repair: %+v, %v", audit, err)
			}
			b.index()
			b.wantClean()
			b.wantTexts("a.txt: one", "a.txt: two", "b.txt: three")
		})
	}
}

func hasKind(a *pipeline.Audit, kind pipeline.FindingKind) bool {
	for _, f := range a.Findings {
		if f.Kind == kind {
			return true
		}
	}
	return false
}

// keysOf returns the ids of all chunks and the keys of all rows.
func keysOf(t *testing.T, s vectorstore.Store) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	for r, err := range s.Scan(t.Context(), vectorstore.Scan{}) {
		if err != nil {
			t.Fatal(err)
		}
		keys[r.ID] = true
	}
	for e, err := range vectorstore.State(t.Context(), s, vectorstore.StateScan{}) {
		if err != nil {
			t.Fatal(err)
		}
		keys[e.Key] = true
	}
	return keys
}
