package hnsw

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/seed4837efcb/groundwork/internal/log/logtest"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// checkRepaired is checkAfter for a directory whose MANIFEST is lost as well.
func checkRepaired(fsys *logtest.Mem, dumps []string, done int) error {
	if len(fsys.Files()) > 0 {
		fsys.Set("MANIFEST", nil)
	}
	o := crashOptions(fsys)
	o.Repair = true
	db, err := Open(context.Background(), "", o)
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		return fmt.Errorf("repair: %w", err)
	}
	return checkAfter(fsys, dumps, done)
}

// TestALostManifestCostsNothing loses the MANIFEST after a crash at every
// seventh changing call of a history. GROUNDWORK_CRASH_SEEDS runs more.
func TestALostManifestCostsNothing(t *testing.T) {
	states := 0
	for seed := range uint64(envInt("GROUNDWORK_CRASH_SEEDS", 1)) {
		steps := history(rand.New(rand.NewPCG(seed, 11)), 35)
		dumps := modelDumps(t, steps)
		for n, finished := 0, false; !finished; n += 7 {
			fsys := logtest.New()
			fsys.TurnOff(n)
			done, err := runSteps(fsys, steps)
			finished = err == nil
			for _, after := range []*logtest.Mem{fsys.Kill(), fsys.Crash(rand.New(rand.NewPCG(seed, uint64(n))), 0.5)} {
				if err := checkRepaired(after, dumps, done); err != nil {
					t.Fatalf("seed %d, call %d: %v", seed, n, err)
				}
				states++
			}
		}
	}
	t.Logf("%d crash states", states)
}

func TestADamagedManifestIsErrDamagedUntilItIsRepaired(t *testing.T) {
	ctx := context.Background()
	fsys := logtest.New()
	db := mustOpen(t, "", &Options{fsys: fsys})
	s := openStore(t, db, testSpace(2, vectorstore.Cosine))
	if err := s.Apply(ctx, vectorstore.Batch{Upserts: []vectorstore.Record{testRecord(1, 1, []float32{1, 2})}}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data := fsys.Files()["MANIFEST"]
	data[len(data)/2] ^= 4
	fsys.Set("MANIFEST", data)
	for _, readOnly := range []bool{false, true} {
		if _, err := Open(ctx, "", &Options{fsys: fsys, ReadOnly: readOnly}); !errors.Is(err, vectorstore.ErrDamaged) {
			t.Errorf("open, read-only %v: %v", readOnly, err)
		}
	}
	if _, err := Open(ctx, "", &Options{fsys: fsys, ReadOnly: true, Repair: true}); !errors.Is(err, vectorstore.ErrUnsupported) {
		t.Errorf("repair by a reader: %v", err)
	}
	db = mustOpen(t, "", &Options{fsys: fsys, Repair: true})
	if n := openStore(t, db, vectorstore.Space{}).Info().Records; n != 1 {
		t.Errorf("%d records", n)
	}
	if found, err := db.Check(ctx); err != nil || len(found) > 0 {
		t.Errorf("check: %v, %v", found, err)
	}
}
