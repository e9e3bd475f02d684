package hnsw

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/internal/log/logtest"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// plain is an analyzer other than the standard one: a text is one term.
type plain struct{}

func (plain) Fingerprint() string { return "plain/1" }
func (plain) Analyze(dst []lexical.Token, text string) []lexical.Token {
	return append(dst, lexical.Token{Term: text, End: len(text)})
}

func TestNegativeOptionsAreRefused(t *testing.T) {
	for _, o := range []Options{{ExactBelow: -1}, {Effort: -1}, {SnapshotEvery: -1}} {
		if _, err := Open(context.Background(), t.TempDir(), &o); !errors.Is(err, vectorstore.ErrUnsupported) {
			t.Errorf("open with %+v = %v, want ErrUnsupported", o, err)
		}
	}
}

// TestAnotherAnalyzerLosesTheTextSearchOnly opens a build with a program that
// has another analyzer, writes, and goes back.
func TestAnotherAnalyzerLosesTheTextSearchOnly(t *testing.T) {
	ctx := context.Background()
	fsys := logtest.New()
	space := crashSpace(0)
	write := func(db *DB, i int) {
		t.Helper()
		if err := openStore(t, db, vectorstore.Space{}).Apply(ctx, vectorstore.Batch{Upserts: []vectorstore.Record{testRecord(i, 1, nil)}}); err != nil {
			t.Fatal(err)
		}
	}
	db := mustOpen(t, "", &Options{fsys: fsys})
	openStore(t, db, space)
	write(db, 1)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	db = mustOpen(t, "", &Options{fsys: fsys, Analyzer: plain{}})
	s := openStore(t, db, vectorstore.Space{})
	if _, err := s.Search(ctx, vectorstore.Query{Text: "text", K: 1}); !errors.Is(err, vectorstore.ErrUnsupported) {
		t.Errorf("text search = %v, want ErrUnsupported", err)
	}
	if slices.Contains(s.Info().Features, vectorstore.FeatureLexical) {
		t.Error("the build claims text search")
	}
	if _, err := db.Open(ctx, "new", space); !errors.Is(err, vectorstore.ErrUnsupported) {
		t.Errorf("new build with the other analyzer = %v, want ErrUnsupported", err)
	}
	write(db, 2)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	db = mustOpen(t, "", &Options{fsys: fsys})
	res, err := openStore(t, db, space).Search(ctx, vectorstore.Query{Text: "text", K: 5})
	if err != nil || len(res[0].Hits) != 2 {
		t.Errorf("text search with the right analyzer again: %v, %v, want both records", res, err)
	}
	wantClean(t, db)
}

func TestNamespacesOfAnyBytesComeBack(t *testing.T) {
	ctx := context.Background()
	fsys := logtest.New()
	names := []string{"", "\xff\xfe", "\xff", "a/b\x00", "한글"}
	db := mustOpen(t, "", &Options{fsys: fsys})
	for i, ns := range names {
		s, err := db.Open(ctx, ns, crashSpace(i))
		if err == nil {
			err = s.Apply(ctx, vectorstore.Batch{Upserts: []vectorstore.Record{testRecord(i, 1, nil)}, Fence: int64(i + 1)})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	bad := crashSpace(0)
	bad.Model = "\xff"
	if _, err := db.Open(ctx, "bad", bad); !errors.Is(err, groundwork.ErrInvalid) {
		t.Errorf("a model that is not UTF-8 = %v, want ErrInvalid", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = mustOpen(t, "", &Options{fsys: fsys})
	for i, ns := range names {
		s, err := db.Open(ctx, ns, crashSpace(i))
		if err != nil {
			t.Fatalf("namespace %q: %v", ns, err)
		}
		for r, err := range s.Scan(ctx, vectorstore.Scan{}) {
			if err != nil || r.ID != testID(i) {
				t.Errorf("namespace %q has %s, %v", ns, r.ID, err)
			}
		}
		if err := s.Apply(ctx, vectorstore.Batch{Fence: int64(i)}); i > 0 && !errors.Is(err, vectorstore.ErrFenced) {
			t.Errorf("namespace %q: an old fence = %v, want ErrFenced", ns, err)
		}
	}
}

// TestNewerRecordsAreErrVersion puts records of a later program in the log.
func TestNewerRecordsAreErrVersion(t *testing.T) {
	ctx := context.Background()
	later := appendUpsert(nil, 1, "", nil, &groundwork.Chunk{})
	later[0] = upsertFormat + 1
	for name, r := range map[string]log.Record{
		"kind":   {Kind: kindFence + 1, Namespace: "ns"},
		"format": {Kind: kindUpsert, Namespace: "ns", ID: testID(1), Version: 1, Body: later},
	} {
		fsys := logtest.New()
		db := mustOpen(t, "", &Options{fsys: fsys})
		openStore(t, db, crashSpace(0))
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		l, err := log.Open(fsys, nil)
		if err == nil {
			_, err = l.Append([]log.Record{r})
		}
		if err = errors.Join(err, l.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(ctx, "", &Options{fsys: fsys}); !errors.Is(err, vectorstore.ErrVersion) {
			t.Errorf("a newer %s: open = %v, want ErrVersion", name, err)
		}
	}
}

// TestDiskFailureLeavesTheStoreReadable fails one fsync.
func TestDiskFailureLeavesTheStoreReadable(t *testing.T) {
	ctx := context.Background()
	fsys := logtest.New()
	db := mustOpen(t, "", &Options{fsys: fsys})
	s := openStore(t, db, testSpace(2, vectorstore.Cosine))
	put := func(i int) error {
		return s.Apply(ctx, vectorstore.Batch{Upserts: []vectorstore.Record{testRecord(i, 1, []float32{1, float32(i)})}})
	}
	if err := put(1); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("disk broken")
	fsys.Hook(func(op logtest.Op) error {
		if op.Kind == logtest.OpSync {
			return broken
		}
		return nil
	})
	if err := put(2); !errors.Is(err, broken) {
		t.Errorf("apply on a failing disk = %v, want its cause", err)
	}
	fsys.Hook(nil)
	if err := put(3); !errors.Is(err, vectorstore.ErrReadOnly) || !errors.Is(err, broken) {
		t.Errorf("apply after the failure = %v, want ErrReadOnly and the cause", err)
	}
	res, err := s.Search(ctx, vectorstore.Query{Vector: []float32{1, 1}, K: 9, Load: vectorstore.LoadText})
	if err != nil || len(res[0].Hits) != 1 || s.Info().Records != 1 {
		t.Errorf("search after the failure: %v, %v; want the one acknowledged record", res, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = mustOpen(t, "", &Options{fsys: fsys})
	s = openStore(t, db, vectorstore.Space{})
	if err := put(4); err != nil {
		t.Errorf("apply after opening again = %v", err)
	}
}
