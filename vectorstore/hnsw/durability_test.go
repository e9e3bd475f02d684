package hnsw

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/internal/log/logtest"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("GROUNDWORK_KILL_CHILD"); dir != "" {
		killChild(dir)
		return
	}
	code := m.Run()
	cleanBench()
	os.Exit(code)
}

// killChild writes batches for ever: batch i sets the records of a few ids to
// version i. It prints i when it is acknowledged.
func killChild(dir string) {
	ctx := context.Background()
	db, err := Open(ctx, dir, &Options{ExactBelow: 40, SnapshotEvery: 60})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	store, err := db.Open(ctx, "ns", testSpace(8, vectorstore.Cosine))
	if err != nil {
		fmt.Println("error", err)
		return
	}
	fmt.Println("open")
	last, err := lastBatch(ctx, store)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	for i := last + 1; ; i++ {
		b := killBatch(i)
		if err := store.Apply(ctx, b); err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println("ack", i)
		if i%40 == 0 {
			if _, err := db.Compact(ctx); err != nil {
				fmt.Println("error", err)
				return
			}
		}
	}
}

func killBatch(version int64) vectorstore.Batch {
	rng := rand.New(rand.NewPCG(uint64(version), 5))
	b := vectorstore.Batch{State: []vectorstore.Entry{{Key: "last", Value: []byte(strconv.FormatInt(version, 10))}}}
	for _, i := range rng.Perm(100)[:1+rng.IntN(12)] {
		x := make([]float32, 8)
		for j := range x {
			x[j] = rng.Float32() - 0.5
		}
		if rng.IntN(6) == 0 {
			b.Deletes = append(b.Deletes, vectorstore.Tombstone{ID: testID(i), Version: version})
		} else {
			b.Upserts = append(b.Upserts, testRecord(i, version, x))
		}
	}
	return b
}

// TestKilledWriterLosesNothing kills a writing process again and again.
// GROUNDWORK_KILLS sets how often.
func TestKilledWriterLosesNothing(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 8))
	kills := envInt("GROUNDWORK_KILLS", 6)
	acked := int64(0)
	for k := range kills {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), "GROUNDWORK_KILL_CHILD="+dir)
		acked = max(acked, runAndKill(t, cmd, time.Duration(rng.IntN(120))*time.Millisecond, rng.IntN(5) == 0))
		if err := checkKilled(dir, acked); err != nil {
			t.Fatalf("kill %d, acknowledged %d: %v", k, acked, err)
		}
	}
	t.Logf("%d kills, %d batches acknowledged", kills, acked)
	if acked == 0 {
		t.Error("no batch was acknowledged in any run")
	}
}

// runAndKill returns the last acknowledged batch. early kills during Open.
func runAndKill(t *testing.T, cmd *exec.Cmd, after time.Duration, early bool) (last int64) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if early {
		time.AfterFunc(after/10, func() { _ = cmd.Process.Kill() })
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "open":
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		case "ack":
			last, _ = strconv.ParseInt(rest, 10, 64)
		default:
			t.Errorf("the writer: %s", lines.Text())
		}
	}
	_ = cmd.Wait() // it was killed
	return last
}

// checkKilled compares the store with the one that has all acknowledged
// batches, or one more.
func checkKilled(dir string, acked int64) error {
	ctx := context.Background()
	db, err := Open(ctx, dir, &Options{ExactBelow: 40})
	if err != nil {
		return err
	}
	defer db.Close()
	s, err := db.Open(ctx, "ns", vectorstore.Space{})
	if errors.Is(err, vectorstore.ErrNotFound) && acked == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	last, err := lastBatch(ctx, s)
	if err != nil || last < acked {
		return fmt.Errorf("the last batch is %d, %w", last, err)
	}
	found, err := db.Check(ctx)
	if err != nil || len(found) > 0 {
		return fmt.Errorf("check: %v, %w", found, err)
	}
	want := map[string]vectorstore.Record{}
	for i := int64(1); i <= last; i++ {
		b := killBatch(i)
		for _, d := range b.Deletes {
			delete(want, d.ID)
		}
		for _, r := range b.Upserts {
			want[r.ID] = r
		}
	}
	return sameRecords(ctx, s, want)
}

// lastBatch returns the number of the last batch that a store has.
func lastBatch(ctx context.Context, s vectorstore.Store) (last int64, err error) {
	for e, err := range vectorstore.State(ctx, s, vectorstore.StateScan{Keys: []string{"last"}}) {
		if err != nil {
			return 0, err
		}
		last, _ = strconv.ParseInt(string(e.Value), 10, 64)
	}
	return last, nil
}

func sameRecords(ctx context.Context, s vectorstore.Store, want map[string]vectorstore.Record) error {
	n := 0
	for r, err := range s.Scan(ctx, vectorstore.Scan{Load: vectorstore.LoadAll}) {
		if err != nil {
			return err
		}
		n++
		w, ok := want[r.ID]
		if !ok || w.Version != r.Version || w.Text != r.Text || !slices.Equal(w.Vector, r.Vector) {
			return fmt.Errorf("record %s is at version %d, want %d", r.ID, r.Version, w.Version)
		}
	}
	if n != len(want) {
		return fmt.Errorf("%d records, want %d", n, len(want))
	}
	return nil
}

// TestFlippedBitsInSnapshotsChangeNoAnswer damages derived files: the store
// opens, answers as before and is mended by Close.
func TestFlippedBitsInSnapshotsChangeNoAnswer(t *testing.T) {
	steps := history(rand.New(rand.NewPCG(4, 11)), 60)
	fsys := logtest.New()
	if _, err := runSteps(fsys, steps); err != nil {
		t.Fatal(err)
	}
	dumps := modelDumps(t, steps)
	want := dumps[len(steps)]
	rng := rand.New(rand.NewPCG(4, 4))
	flips := 0
	for name, data := range fsys.Files() {
		if !strings.HasSuffix(name, ".snap") {
			continue
		}
		for range envInt("GROUNDWORK_FLIPS", 60) {
			after := fsys.Kill()
			bad := slices.Clone(data)
			bad[rng.IntN(len(bad))] ^= 1 << rng.IntN(8)
			after.Set(name, bad)
			db := mustOpen(t, "", crashOptions(after))
			if got, err := dump(db); err != nil || got != want {
				t.Fatalf("%s: the content changed, %v", name, err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			flips++
		}
		after := fsys.Kill()
		after.Set(name, nil)
		db := mustOpen(t, "", crashOptions(after))
		if got, err := dump(db); err != nil || got != want {
			t.Fatalf("without %s: the content changed, %v", name, err)
		}
		found, err := db.Check(context.Background())
		if err != nil || len(found) != 1 || !found[0].Derived {
			t.Errorf("without %s: check found %v, %v; want it, as derived", name, found, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = mustOpen(t, "", crashOptions(after))
		wantClean(t, db) // Close has written what was missing
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if flips == 0 {
		t.Fatal("there was no snapshot")
	}
	t.Logf("%d bits", flips)
}

// TestDamagedRecordIsReportedAndTheRestServed damages the log itself.
func TestDamagedRecordIsReportedAndTheRestServed(t *testing.T) {
	ctx := context.Background()
	fsys := logtest.New()
	db := mustOpen(t, "", &Options{fsys: fsys})
	s := openStore(t, db, testSpace(2, vectorstore.Cosine))
	for i := range 10 {
		if err := s.Apply(ctx, vectorstore.Batch{Upserts: []vectorstore.Record{testRecord(i, 1, []float32{1, float32(i)})}}); err != nil {
			t.Fatal(err)
		}
	}
	at := s.build.view.Load().slab.pos[4]
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range fsys.Files() {
		if strings.HasSuffix(name, ".seg") {
			data[at.Offset+60] ^= 4
			fsys.Set(name, data)
		}
	}
	query := vectorstore.Query{Vector: []float32{1, 4}, K: 10, Load: vectorstore.LoadText}
	for _, snapshots := range []bool{true, false} {
		if !snapshots {
			for name := range fsys.Files() {
				if strings.HasSuffix(name, ".snap") {
					fsys.Set(name, nil)
				}
			}
		}
		db := mustOpen(t, "", &Options{fsys: fsys})
		s := openStore(t, db, vectorstore.Space{})
		res, err := s.Search(ctx, query)
		if err != nil || len(res[0].Hits) != 9 || len(res[0].Warnings) != 1 {
			t.Fatalf("snapshots %v: %d hits, warnings %v, %v; want 9 and one warning", snapshots, len(res[0].Hits), res[0].Warnings, err)
		}
		found, err := db.Check(ctx)
		if err != nil || len(found) == 0 {
			t.Errorf("snapshots %v: check found nothing, %v", snapshots, err)
		}
		records, failed := 0, 0
		for _, err := range s.Scan(ctx, vectorstore.Scan{Load: vectorstore.LoadText}) {
			if errors.Is(err, vectorstore.ErrDamaged) {
				failed++
			} else if err != nil {
				t.Fatal(err)
			} else {
				records++
			}
		}
		if records != 9 || snapshots != (failed == 1) {
			t.Errorf("snapshots %v: scan gave %d records and %d failures", snapshots, records, failed)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamagedRowIsReportedAndTheRestRead damages a State row in the log.
func TestDamagedRowIsReportedAndTheRestRead(t *testing.T) {
	ctx := context.Background()
	fsys := logtest.New()
	db := mustOpen(t, "", &Options{fsys: fsys})
	s := openStore(t, db, testSpace(2, vectorstore.Cosine))
	for _, key := range []string{"a", "b", "c"} {
		if err := s.Apply(ctx, vectorstore.Batch{State: []vectorstore.Entry{{Key: key, Value: []byte("value")}}}); err != nil {
			t.Fatal(err)
		}
	}
	at, _ := s.build.view.Load().rows.get("b")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range fsys.Files() {
		if strings.HasSuffix(name, ".seg") {
			data[at.Offset+40] ^= 4
			fsys.Set(name, data)
		}
	}
	db = mustOpen(t, "", &Options{fsys: fsys})
	defer db.Close()
	s = openStore(t, db, vectorstore.Space{})
	read := ""
	for e, err := range s.ReadState(ctx, vectorstore.StateScan{}) {
		switch read += e.Key; {
		case errors.Is(err, vectorstore.ErrDamaged) && e.Value == nil:
			read += "!"
		case err != nil:
			t.Fatal(err)
		}
	}
	if read != "ab!c" {
		t.Errorf("rows %s, want b damaged and the others whole", read)
	}
}

// TestReaderFollowsTheWriter reads beside a writer that compacts and promotes.
func TestReaderFollowsTheWriter(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	if _, err := Open(ctx, dir+"/none", &Options{ReadOnly: true}); !errors.Is(err, vectorstore.ErrNotFound) {
		t.Errorf("read-only open of nothing = %v, want ErrNotFound", err)
	}
	w := mustOpen(t, dir, &Options{ExactBelow: 4, SnapshotEvery: 30})
	if _, err := Open(ctx, dir, nil); !errors.Is(err, vectorstore.ErrLocked) {
		t.Errorf("second writer = %v, want ErrLocked", err)
	}
	r := mustOpen(t, dir, &Options{ReadOnly: true, ExactBelow: 4})
	if _, err := r.Open(ctx, "a", crashSpace(0)); !errors.Is(err, vectorstore.ErrNotFound) {
		t.Errorf("reader's open of a namespace that is not there = %v, want ErrNotFound", err)
	}
	var held vectorstore.Store
	for i, s := range history(rand.New(rand.NewPCG(6, 11)), 120) {
		var err error
		switch {
		case s.reopen:
			if err = w.Close(); err == nil {
				w, err = Open(ctx, dir, &Options{ExactBelow: 4, SnapshotEvery: 30})
			}
		case s.maintain != nil:
			err = s.maintain(w)
		default:
			err = s.apply(w)
		}
		if err != nil && !errors.Is(err, vectorstore.ErrFenced) {
			t.Fatalf("step %d: %v", i, err)
		}
		if err := r.Refresh(ctx); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		want, err1 := dump(w)
		got, err2 := dump(r)
		if got != want || err1 != nil || err2 != nil {
			t.Fatalf("step %d, %s: the reader's content differs, %v, %v", i, s.name, err1, err2)
		}
		if held == nil {
			if held, err = r.Open(ctx, "a", vectorstore.Space{}); err != nil {
				held = nil
			}
		} else if _, err := held.Search(ctx, vectorstore.Query{Vector: []float32{1, 0, 0, 0, 0, 0}, K: 3}); errors.Is(err, vectorstore.ErrClosed) {
			held = nil // its build was replaced
		} else if err != nil {
			t.Fatalf("step %d: a store held by the reader: %v", i, err)
		} else if err := held.Apply(ctx, vectorstore.Batch{State: []vectorstore.Entry{{Key: "k"}}}); !errors.Is(err, vectorstore.ErrReadOnly) {
			t.Fatalf("step %d: write to a reader = %v, want ErrReadOnly", i, err)
		}
	}
	wantClean(t, r)
	if err := errors.Join(w.Close(), r.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestEverythingAtOnce runs searches, scans, writes, compaction, rebuilding and
// checks together. Under -race it proves more.
func TestEverythingAtOnce(t *testing.T) {
	ctx := context.Background()
	db := mustOpen(t, t.TempDir(), &Options{ExactBelow: 30, SnapshotEvery: 200})
	space := testSpace(8, vectorstore.Cosine)
	space.Analyzer = db.analyzer.Fingerprint()
	s := openStore(t, db, space)
	until := time.Now().Add(time.Duration(envInt("GROUNDWORK_SOAK_MS", 1500)) * time.Millisecond)
	var wg sync.WaitGroup
	run := func(f func(i int) error) {
		wg.Go(func() {
			for i := 0; time.Now().Before(until); i++ {
				if err := f(i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var version int64 // of the one writer
	run(func(int) error { version++; return s.Apply(ctx, killBatch(version)) })
	run(func(int) error {
		_, err := s.Search(ctx,
			vectorstore.Query{Vector: killBatch(1).Upserts[0].Vector, K: 10, Load: vectorstore.LoadText},
			vectorstore.Query{Text: "word3 text", K: 10, Filter: filter.Lt("ten", 5)})
		return err
	})
	run(func(int) error {
		last := ""
		for r, err := range s.Scan(ctx, vectorstore.Scan{Load: vectorstore.LoadAll}) {
			if err != nil {
				return err
			}
			if r.ID <= last {
				return fmt.Errorf("scan: %s after %s", r.ID, last)
			}
			last = r.ID
		}
		return nil
	})
	run(func(i int) error {
		time.Sleep(20 * time.Millisecond)
		if i%4 == 3 {
			return db.Rebuild(ctx)
		}
		_, err := db.Compact(ctx)
		return err
	})
	wg.Wait()
	wantClean(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("second close = %v", err)
	}
	if _, err := s.Search(ctx, vectorstore.Query{Vector: make([]float32, 8), K: 1}); err == nil {
		t.Error("search after close succeeded")
	}
}

// TestCloseWithinAScanEndsIt must not wait for itself.
func TestCloseWithinAScanEndsIt(t *testing.T) {
	ctx := context.Background()
	db := mustOpen(t, "", &Options{fsys: logtest.New()})
	s := openStore(t, db, testSpace(2, vectorstore.Cosine))
	var b vectorstore.Batch
	for i := range 3 * scanPage {
		b.Upserts = append(b.Upserts, testRecord(i, 1, nil))
	}
	if err := s.Apply(ctx, b); err != nil {
		t.Fatal(err)
	}
	n := 0
	var last error
	for _, err := range s.Scan(ctx, vectorstore.Scan{}) {
		if n++; n == 1 {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
		last = err
	}
	if !errors.Is(last, vectorstore.ErrClosed) || n > 2*scanPage {
		t.Errorf("the scan ended after %d records with %v, want ErrClosed", n, last)
	}
}
