package rows_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/chunkers"
	"github.com/seed4837efcb/groundwork/examples/ngrams"
	"github.com/seed4837efcb/groundwork/examples/rows"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
)

// A bench is a table with an index of it.
type bench struct {
	*testing.T
	table *table
	store vectorstore.Store
	index func() (*pipeline.Report, error)
}

func newBench(t *testing.T, settle time.Duration) *bench {
	t.Helper()
	b := &bench{T: t, table: &table{}}
	b.table.set("1", article{"Water", "A hive without water dies in summer.", "mara", day(1)})
	b.table.set("2", article{"Queens", "Queens are marked with paint.", []byte("ines"), day(2)})
	b.table.set("a/b #3", article{nil, "Wax melts at 62 degrees.", nil, day(3)})
	source, err := rows.New(b.table.open(t), rows.Queries{Source: "articles", List: listQuery, Row: rowQuery, Settle: settle})
	if err != nil {
		t.Fatal(err)
	}
	e, err := ngrams.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	db := memory.Open(nil)
	t.Cleanup(func() { db.Close() })
	if b.store, err = db.Open(t.Context(), "test", pipeline.Space(e.Model(), nil)); err != nil {
		t.Fatal(err)
	}
	chunker, err := chunkers.NewStructure(nil)
	if err != nil {
		t.Fatal(err)
	}
	x, err := pipeline.NewIndexer(b.store, e, chunker, &pipeline.IndexerOptions{Loader: source})
	if err != nil {
		t.Fatal(err)
	}
	b.index = func() (*pipeline.Report, error) { return x.Index(t.Context(), source, nil) }
	return b
}

// run indexes and expects the rows of these keys to have been read.
func (b *bench) run(read ...string) *pipeline.Report {
	b.Helper()
	report, err := b.index()
	if err != nil {
		b.Fatal(err)
	}
	if got := b.table.read(); !slices.Equal(got, read) {
		b.Errorf("rows %q were read, want %q", got, read)
	}
	return report
}

// stored expects these texts in the store, by URI.
func (b *bench) stored(want map[string]string) {
	b.Helper()
	got := map[string]string{}
	for r, err := range b.store.Scan(b.Context(), vectorstore.Scan{Load: vectorstore.LoadText}) {
		if err != nil {
			b.Fatal(err)
		}
		got[r.URI] = r.Text
	}
	if d := cmp.Diff(want, got); d != "" {
		b.Errorf("stored texts (-want +got):\n%s", d)
	}
}

var three = map[string]string{
	"1":            "A hive without water dies in summer.",
	"2":            "Queens are marked with paint.",
	"a%2Fb%20%233": "Wax melts at 62 degrees.",
}

func TestRowsBecomeDocuments(t *testing.T) {
	b := newBench(t, 0)
	if r := b.run("1", "2", "a/b #3"); r.Added != 3 || r.Embedded != 3 {
		t.Errorf("report %+v", r)
	}
	b.stored(three)
	query := vectorstore.Scan{Filter: filter.Eq("author", "ines"), Load: vectorstore.LoadAll}
	for r, err := range b.store.Scan(t.Context(), query) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Title != "Queens" || r.DocumentID != groundwork.DocumentID("articles", "2") {
			t.Errorf("title %q, document %s", r.Title, r.DocumentID)
		}
		want := groundwork.Metadata{"author": "ines", "updated_at": day(2)}
		if d := cmp.Diff(want, r.Metadata); d != "" {
			t.Errorf("metadata (-want +got):\n%s", d)
		}
		return
	}
	t.Error("no row passes the filter on a column")
}

func TestUnchangedRowsAreNotRead(t *testing.T) {
	b := newBench(t, 0)
	b.run("1", "2", "a/b #3")
	if r := b.run(); r.Unchanged != 3 || r.Embedded != 0 {
		t.Errorf("report %+v", r)
	}
	b.table.set("2", article{"Queens", "Queens are marked in May.", "ines", day(9)})
	if r := b.run("2"); r.Changed != 1 || r.Unchanged != 2 || r.Embedded != 1 {
		t.Errorf("report %+v", r)
	}
	want := map[string]string{"1": three["1"], "2": "Queens are marked in May.", "a%2Fb%20%233": three["a%2Fb%20%233"]}
	b.stored(want)
}

func TestDeletedRowsDisappear(t *testing.T) {
	b := newBench(t, 0)
	b.run("1", "2", "a/b #3")
	b.table.remove("2")
	if r := b.run(); r.Removed != 1 {
		t.Errorf("report %+v", r)
	}
	b.stored(map[string]string{"1": three["1"], "a%2Fb%20%233": three["a%2Fb%20%233"]})
}

func TestABrokenListingRemovesNothing(t *testing.T) {
	b := newBench(t, 0)
	b.run("1", "2", "a/b #3")
	b.table.remove("2")
	for n := 1; n <= 3; n++ {
		b.table.breakAt = n
		if r, err := b.index(); !errors.Is(err, errConnection) || r.Removed != 0 {
			t.Errorf("broken at row %d: %v, %+v", n, err, r)
		}
		b.stored(three)
	}
	b.table.breakAt, b.table.denied = 0, errConnection
	if _, err := b.index(); !errors.Is(err, errConnection) {
		t.Errorf("no connection: %v", err)
	}
	b.stored(three)
}

func TestAnEmptyTableIsNotTakenForADeletion(t *testing.T) {
	b := newBench(t, 0)
	b.run("1", "2", "a/b #3")
	for _, key := range []string{"1", "2", "a/b #3"} {
		b.table.remove(key)
	}
	if _, err := b.index(); !errors.Is(err, pipeline.ErrMassRemoval) {
		t.Errorf("error %v", err)
	}
	b.stored(three)
}

// TestAChangeWithinTheTickOfTheClockIsSeen changes a row twice at one time.
func TestAChangeWithinTheTickOfTheClockIsSeen(t *testing.T) {
	b := newBench(t, time.Hour)
	now := time.Now()
	b.table.set("1", article{"Water", "First.", "mara", now})
	b.run("1", "2", "a/b #3")
	if r := b.run("1"); r.Embedded != 0 {
		t.Errorf("the unchanged row was embedded again: %+v", r)
	}
	b.table.set("1", article{"Water", "Second.", "mara", now})
	if r := b.run("1"); r.Changed != 1 {
		t.Errorf("report %+v", r)
	}
}

func TestARowWithoutATimeIsReadAndEmbeddedOnlyWhenChanged(t *testing.T) {
	b := newBench(t, 0)
	b.table.set("2", article{"Queens", "Queens are marked with paint.", "ines", nil})
	b.run("1", "2", "a/b #3")
	if r := b.run("2"); r.Embedded != 0 {
		t.Errorf("report %+v", r)
	}
}

func TestARowThatCannotBeReadKeepsItsLastVersion(t *testing.T) {
	for name, bad := range map[string]article{
		"invalid text":     {"Queens", "\xff\xfe", "ines", day(8)},
		"invalid metadata": {"Queens", "Fine.", "\xff", day(8)},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 0)
			b.run("1", "2", "a/b #3")
			b.table.set("2", bad)
			if r := b.run("2"); r.FailedItems != 1 || r.StaleItems != 1 {
				t.Errorf("report %+v", r)
			}
			b.stored(three)
		})
	}
}

func TestARowWithoutTextIsSkipped(t *testing.T) {
	b := newBench(t, 0)
	b.table.set("2", article{"Title alone", nil, nil, day(2)})
	if r := b.run("1", "2", "a/b #3"); r.Added != 2 || r.SkippedItems != 1 {
		t.Errorf("report %+v", r)
	}
}

func TestARowThatIsGoneBeforeItIsOpenedDoesNotExist(t *testing.T) {
	b := newBench(t, 0)
	source, err := rows.New(b.table.open(t), rows.Queries{Source: "articles", List: listQuery, Row: rowQuery})
	if err != nil {
		t.Fatal(err)
	}
	for it, err := range source.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		b.table.remove("1")
		if _, err := source.Open(t.Context(), it); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("open: %v", err)
		}
		break // the connection of the listing must come back
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range source.List(ended) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("listing with an ended context: %v", err)
		}
	}
}

func TestForeignItemsAndIncompleteQueriesAreErrors(t *testing.T) {
	tb := &table{}
	source, err := rows.New(tb.open(t), rows.Queries{Source: "s", List: listQuery, Row: rowQuery})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range source.Load(t.Context(), loaders.Item{URI: "x.txt", MIME: "text/plain"}, strings.NewReader("text")) {
		if !errors.Is(err, loaders.ErrUnsupported) {
			t.Errorf("another source's item: %v", err)
		}
	}
	if _, err := rows.New(tb.open(t), rows.Queries{List: listQuery, Row: rowQuery}); err == nil {
		t.Error("a source without a name is accepted")
	}
}

// Rows of a table listed as items: what has a version is read once.
func Example() {
	ctx := context.Background()
	articles := &table{}
	articles.set("7", article{"Water", "A hive without water dies in summer.", "mara", day(1)})
	source, err := rows.New(articles.open(&testing.B{}), rows.Queries{Source: "articles", List: listQuery, Row: rowQuery})
	if err != nil {
		fmt.Println(err)
		return
	}
	for item, err := range source.List(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		body, err := source.Open(ctx, item)
		if err != nil {
			fmt.Println(err)
			return
		}
		for doc, err := range source.Load(ctx, item, body) {
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(doc.URI, item.Version, doc.Title, doc.Metadata["author"])
		}
		body.Close()
	}
	// Output: 7 2024-05-01T12:00:00Z Water mara
}
