package hnsw

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/internal/log/logtest"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

var sections = []string{
	"head", "ids", "versions", "origin", "positions", "death", "level", "twin", "norm", "scale", "sum", "codes",
	"links", "up", "upper", "vectors", "origins", "tombstones", "rows", "text",
}

// snapshotSample is a closed store with a graph, twins, tombstones and text.
func snapshotSample(t testing.TB) *logtest.Mem {
	t.Helper()
	ctx := context.Background()
	fsys := logtest.New()
	db := mustOpen(t, "", &Options{ExactBelow: 8, fsys: fsys})
	space := testSpace(6, vectorstore.Cosine)
	space.Analyzer = lexical.Standard().Fingerprint()
	s := openStore(t, db, space)
	rng := rand.New(rand.NewPCG(3, 3))
	for v := range int64(40) {
		if err := s.Apply(ctx, randomBatch(rng, v+1)); err != nil && !errors.Is(err, vectorstore.ErrFenced) {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return fsys
}

// rewrite replaces one section of a build's snapshot, with right checksums.
func rewrite(t testing.TB, fsys *logtest.Mem, name string, data []byte) {
	t.Helper()
	l, err := log.Open(fsys, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.OpenSnapshot("build 1")
	if err != nil {
		t.Fatal(err)
	}
	err = l.WriteSnapshot("build 1", s.At, func(w *log.Writer) error {
		for _, n := range sections {
			if n == name {
				section(w, n, data)
			} else if s.Section(n) != nil {
				section(w, n, s.Section(n))
			}
		}
		return nil
	})
	if err = errors.Join(err, s.Close(), l.Close()); err != nil {
		t.Fatal(err)
	}
}

func useAll(t testing.TB, fsys *logtest.Mem) {
	t.Helper()
	ctx := context.Background()
	db := mustOpen(t, "", &Options{ExactBelow: 8, fsys: fsys})
	s := openStore(t, db, vectorstore.Space{})
	if _, err := s.Search(ctx, vectorstore.Query{Vector: []float32{1, 0, 1, 0, 0, 2}, K: 3}, vectorstore.Query{Text: "text word3", K: 50}); err != nil {
		t.Logf("search: %v", err)
	}
	for _, err := range s.Scan(ctx, vectorstore.Scan{Load: vectorstore.LoadAll}) {
		if err != nil {
			t.Logf("scan: %v", err)
		}
	}
	if err := s.Apply(ctx, randomBatch(rand.New(rand.NewPCG(1, 1)), 1000)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Check(ctx); err != nil {
		t.Logf("check: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestShortSectionsMakeTheSnapshotCountAsMissing cuts and drops each section.
func TestShortSectionsMakeTheSnapshotCountAsMissing(t *testing.T) {
	fsys := snapshotSample(t)
	db := mustOpen(t, "", &Options{ReadOnly: true, ExactBelow: 8, fsys: fsys.Kill()})
	v := openStore(t, db, vectorstore.Space{}).build.view.Load()
	if v.vectors.base == 0 || v.graphed == 0 || !strings.Contains(v.origins[0].bytes, "title") {
		t.Fatal("the sample was not read from its snapshot, or has no graph")
	}
	want, err := dumpOf(db)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sections {
		for _, data := range [][]byte{nil, {1, 2, 3}} {
			after := fsys.Kill()
			rewrite(t, after, name, data)
			db := mustOpen(t, "", &Options{ExactBelow: 8, fsys: after})
			got, err := dumpOf(db)
			if name == "tombstones" && data == nil || name == "rows" && data == nil {
				continue // none of them is a possible state
			}
			if err != nil || got != want {
				t.Errorf("section %s of %d bytes: the content changed, %v", name, len(data), err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func dumpOf(db *DB) (string, error) {
	s, err := db.Open(context.Background(), "ns", vectorstore.Space{})
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = dumpStore(context.Background(), &out, s)
	return out.String(), err
}

// FuzzSnapshot replaces a section by any bytes, with right checksums: nothing
// panics or hangs, whatever it answers.
func FuzzSnapshot(f *testing.F) {
	fsys := snapshotSample(f)
	l, err := log.Open(fsys.Kill(), nil)
	if err != nil {
		f.Fatal(err)
	}
	s, err := l.OpenSnapshot("build 1")
	if err != nil {
		f.Fatal(err)
	}
	for i, n := range sections {
		f.Add(i, s.Section(n))
	}
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		after := fsys.Kill()
		rewrite(t, after, sections[uint(i)%uint(len(sections))], data)
		useAll(t, after)
	})
}
