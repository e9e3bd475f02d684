package hnsw

import (
	"context"
	"testing"

	"github.com/seed4837efcb/groundwork/internal/log/logtest"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/storetest"
)

func mustOpen(t testing.TB, dir string, o *Options) *DB {
	t.Helper()
	db, err := Open(context.Background(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// small shrinks a number under the race detector.
func small(n int) int {
	if raceEnabled {
		return n / 20
	}
	return n
}

// slowUnderRace names cases that walk a graph on one goroutine for minutes
// under the race detector and show it nothing new.
func slowUnderRace() map[string]string {
	if !raceEnabled {
		return nil
	}
	const why = "slow under the race detector; it runs without"
	return map[string]string{"search-after-churn": why, "dense-recall": why, "filtered-search-is-never-short": why, "search-after-mass-deletion": why}
}

func TestConformanceOnDisk(t *testing.T) {
	var dir string
	storetest.Run(t, func(t testing.TB) vectorstore.DB {
		dir = t.TempDir()
		return mustOpen(t, dir, nil)
	}, &storetest.Options{
		Large: small(10_000),
		Reopen: func(ctx context.Context, db vectorstore.DB) (vectorstore.DB, error) {
			if err := db.Close(); err != nil {
				return nil, err
			}
			return Open(ctx, dir, nil)
		},
	})
}

// TestConformanceWithGraph runs the suite with a graph from the first vectors
// on, and with snapshots every few records.
func TestConformanceWithGraph(t *testing.T) {
	var o *Options
	storetest.Run(t, func(t testing.TB) vectorstore.DB {
		o = &Options{ExactBelow: 8, SnapshotEvery: 50, fsys: logtest.New(), construction: 60}
		return mustOpen(t, "", o)
	}, &storetest.Options{
		Large: small(2000),
		Skip:  slowUnderRace(),
		Reopen: func(ctx context.Context, db vectorstore.DB) (vectorstore.DB, error) {
			if err := db.Close(); err != nil {
				return nil, err
			}
			return Open(ctx, "", o)
		},
	})
}
