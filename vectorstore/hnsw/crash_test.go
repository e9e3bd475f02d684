package hnsw

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/seed4837efcb/groundwork/internal/log/logtest"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
)

// A step is one operation of a history. maintain is what the model knows
// nothing of: reopening, compaction, rebuilding.
type step struct {
	name     string
	apply    func(vectorstore.DB) error
	maintain func(*DB) error
	reopen   bool
}

var crashNamespaces = []string{"a", "b"}

func crashSpace(model int) vectorstore.Space {
	return vectorstore.Space{Model: fmt.Sprint("model ", model), Dim: 6, Metric: vectorstore.Cosine, Analyzer: lexical.Standard().Fingerprint()}
}

// history draws n steps.
func history(rng *rand.Rand, n int) []step {
	ctx := context.Background()
	version := int64(0)
	models := map[string]int{}
	var steps []step
	for range n {
		ns := crashNamespaces[rng.IntN(len(crashNamespaces))]
		space := crashSpace(models[ns])
		switch p := rng.IntN(100); {
		case p < 84:
			version++
			b := randomBatch(rng, version)
			steps = append(steps, step{name: "apply", apply: func(db vectorstore.DB) error {
				s, err := db.Open(ctx, ns, space)
				if err != nil {
					return err
				}
				return s.Apply(ctx, b)
			}})
		case p < 88:
			models[ns]++
			next := crashSpace(models[ns])
			version++
			b := randomBatch(rng, version)
			steps = append(steps,
				step{name: "build", apply: func(db vectorstore.DB) error {
					s, err := db.Build(ctx, ns, next)
					if err != nil {
						return err
					}
					return s.Apply(ctx, b)
				}},
				step{name: "promote", apply: func(db vectorstore.DB) error { return db.Promote(ctx, ns, next) }})
		case p < 92:
			steps = append(steps, step{name: "compact", maintain: func(db *DB) error {
				_, err := db.Compact(ctx)
				return err
			}})
		case p < 94:
			steps = append(steps, step{name: "rebuild", maintain: func(db *DB) error { return db.Rebuild(ctx) }})
		default:
			steps = append(steps, step{name: "reopen", reopen: true})
		}
	}
	return steps
}

func randomBatch(rng *rand.Rand, version int64) vectorstore.Batch {
	var b vectorstore.Batch
	used := map[int]bool{}
	for range 1 + rng.IntN(5) {
		i := rng.IntN(30)
		if used[i] {
			continue
		}
		used[i] = true
		v := max(1, version-int64(rng.IntN(4))) // some come late
		switch rng.IntN(5) {
		case 0:
			b.Deletes = append(b.Deletes, vectorstore.Tombstone{ID: testID(i), Version: v})
		case 1:
			b.Upserts = append(b.Upserts, testRecord(i, v, nil))
		default:
			x := make([]float32, 6)
			for j := range x {
				x[j] = float32(rng.IntN(5)) - 2
			}
			x[0] = 1
			b.Upserts = append(b.Upserts, testRecord(i, v, x))
		}
	}
	if rng.IntN(2) == 0 {
		e := vectorstore.Entry{Key: fmt.Sprint("key ", rng.IntN(6)), Value: []byte(strings.Repeat("v", rng.IntN(700)))}
		if rng.IntN(4) == 0 {
			e.Value = nil
		}
		b.State = append(b.State, e)
	}
	if rng.IntN(8) == 0 {
		b.Fence = version
	}
	return b
}

// dump is the content of a DB as a hash: every live namespace with its space,
// records, rows, and the answers to some searches.
func dump(db vectorstore.DB) (string, error) {
	ctx := context.Background()
	h := sha256.New()
	for _, ns := range crashNamespaces {
		s, err := db.Open(ctx, ns, vectorstore.Space{})
		if errors.Is(err, vectorstore.ErrNotFound) {
			continue
		}
		if err != nil {
			return "", err
		}
		if err := dumpStore(ctx, h, s); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

func dumpStore(ctx context.Context, h io.Writer, s vectorstore.Store) error {
	info := s.Info()
	if info.Records+info.Tombstones == 0 && info.Generation == 0 {
		return nil // made, but never written to: a step of its own
	}
	fmt.Fprintln(h, info.Space, info.Records, info.Vectors, info.Tombstones)
	for r, err := range s.Scan(ctx, vectorstore.Scan{Load: vectorstore.LoadAll}) {
		if err != nil {
			return err
		}
		fmt.Fprintln(h, r)
	}
	for e, err := range vectorstore.State(ctx, s, vectorstore.StateScan{}) {
		if err != nil {
			return err
		}
		fmt.Fprintln(h, e)
	}
	res, err := s.Search(ctx,
		vectorstore.Query{Vector: []float32{1, 2, 0, -1, 0, 0}, K: 5, Exact: true, Load: vectorstore.LoadText},
		vectorstore.Query{Text: "word3 word7 text", K: 7})
	for _, r := range res {
		fmt.Fprintln(h, r.Hits)
	}
	return err
}

// modelDumps returns the content after each number of steps, by the model.
func modelDumps(t testing.TB, steps []step) []string {
	t.Helper()
	db := memory.Open(nil)
	var dumps []string
	for i := 0; ; i++ {
		d, err := dump(db)
		if err != nil {
			t.Fatal(err)
		}
		dumps = append(dumps, d)
		if i == len(steps) {
			return dumps
		}
		if steps[i].apply == nil {
			continue
		}
		if err := steps[i].apply(db); err != nil && !errors.Is(err, vectorstore.ErrFenced) {
			t.Fatalf("model: step %d, %s: %v", i, steps[i].name, err)
		}
	}
}

func crashOptions(fsys *logtest.Mem) *Options {
	return &Options{ExactBelow: 4, SnapshotEvery: 12, fsys: fsys}
}

// runSteps runs steps and returns how many were acknowledged.
func runSteps(fsys *logtest.Mem, steps []step) (done int, err error) {
	ctx := context.Background()
	db, err := Open(ctx, "", crashOptions(fsys))
	if err != nil {
		return 0, err
	}
	for i, s := range steps {
		switch {
		case s.reopen:
			if err = db.Close(); err == nil {
				db, err = Open(ctx, "", crashOptions(fsys))
			}
		case s.maintain != nil:
			err = s.maintain(db)
		default:
			err = s.apply(db)
		}
		if err != nil && !errors.Is(err, vectorstore.ErrFenced) {
			if db != nil {
				_ = db.Close()
			}
			return i, fmt.Errorf("step %d, %s: %w", i, s.name, err)
		}
	}
	return len(steps), db.Close()
}

// checkAfter opens what is left after done acknowledged steps: it is what the
// model has, or the model with the step that was under way, and all in order.
func checkAfter(fsys *logtest.Mem, dumps []string, done int) error {
	db, err := Open(context.Background(), "", crashOptions(fsys))
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer db.Close()
	got, err := dump(db)
	if err != nil {
		return err
	}
	if got != dumps[done] && got != dumps[min(done+1, len(dumps)-1)] {
		return fmt.Errorf("the content is neither that of %d steps nor of one more", done)
	}
	found, err := db.Check(context.Background())
	if err != nil || len(found) > 0 {
		return fmt.Errorf("check: %v, %w", found, err)
	}
	return nil
}

// envInt reads how long a test should run; short by default.
func envInt(name string, def int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return def
}

// TestEveryCrashPointKeepsWhatWasAcknowledged turns the machine off at every
// changing call of a history. GROUNDWORK_CRASH_SEEDS runs more histories.
func TestEveryCrashPointKeepsWhatWasAcknowledged(t *testing.T) {
	states := 0
	for seed := range uint64(envInt("GROUNDWORK_CRASH_SEEDS", 1)) {
		steps := history(rand.New(rand.NewPCG(seed, 11)), 35)
		dumps := modelDumps(t, steps)
		for n, finished := 0, false; !finished; n++ {
			fsys := logtest.New()
			fsys.TurnOff(n)
			done, err := runSteps(fsys, steps)
			finished = err == nil
			if err != nil && !errors.Is(err, logtest.ErrCrashed) {
				t.Fatalf("seed %d, call %d: %v", seed, n, err)
			}
			rng := rand.New(rand.NewPCG(seed, uint64(n)))
			for _, keep := range []float64{0, 0.5} {
				if err := checkAfter(fsys.Crash(rng, keep), dumps, done); err != nil {
					t.Fatalf("seed %d, call %d, keep %v: %v", seed, n, keep, err)
				}
				states++
			}
			if err := checkAfter(fsys.Kill(), dumps, done); err != nil {
				t.Fatalf("seed %d, call %d, kill: %v", seed, n, err)
			}
			states++
		}
	}
	t.Logf("%d crash states", states)
}

// TestFailedCallsAcknowledgeNothingFalse fails each call of a history once.
func TestFailedCallsAcknowledgeNothingFalse(t *testing.T) {
	steps := history(rand.New(rand.NewPCG(77, 11)), 20)
	dumps := modelDumps(t, steps)
	faults := 0
	for _, cause := range []error{syscall.EIO, syscall.ENOSPC} {
		for n, hit := 0, true; hit; n++ {
			fsys := logtest.New()
			calls := 0
			hit = false
			fsys.Hook(func(logtest.Op) error {
				if calls++; calls == n+1 {
					hit = true
					return cause
				}
				return nil
			})
			done, err := runSteps(fsys, steps)
			if err == nil {
				done = len(steps) // a snapshot failed, which costs nothing
			}
			fsys.Hook(nil)
			for i, after := range []*logtest.Mem{fsys.Crash(rand.New(rand.NewPCG(1, uint64(n))), 0), fsys.Kill()} {
				if err := checkAfter(after, dumps, done); err != nil {
					t.Fatalf("%v at call %d, variant %d: %v", cause, n, i, err)
				}
			}
			faults++
		}
	}
	t.Logf("%d faults", faults)
}

// TestRandomHistoriesEqualTheModel runs longer histories with maintenance and
// reopening in between. GROUNDWORK_MODEL_STEPS makes them longer.
func TestRandomHistoriesEqualTheModel(t *testing.T) {
	for seed := range uint64(3) {
		steps := history(rand.New(rand.NewPCG(seed, 12)), envInt("GROUNDWORK_MODEL_STEPS", 150))
		dumps := modelDumps(t, steps)
		fsys := logtest.New()
		fsys.RefuseRemoval(seed%2 == 1) // as systems do that keep open files
		for from := 0; from < len(steps); from += 25 {
			to := min(from+25, len(steps))
			if _, err := runSteps(fsys, steps[from:to]); err != nil {
				t.Fatalf("seed %d, from %d: %v", seed, from, err)
			}
			db := mustOpen(t, "", crashOptions(fsys))
			got, err := dump(db)
			if err != nil || got != dumps[to] {
				t.Fatalf("seed %d: after %d steps the content differs from the model's, %v", seed, to, err)
			}
			wantClean(t, db)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
