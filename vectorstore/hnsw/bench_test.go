package hnsw

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/seed4837efcb/groundwork/vectorstore"
)

// The benchmarks use vectors of the generator in recall_test.go. Their sizes:
// GROUNDWORK_BENCH_N vectors (10,000) of 384 dimensions.
var bench struct {
	once    sync.Once
	dir     string
	db      *DB
	store   *Store
	queries [][]float32
}

func benchStore(b *testing.B) *Store {
	b.Helper()
	bench.once.Do(func() {
		var err error
		if bench.dir, err = os.MkdirTemp("", "hnsw-bench"); err != nil {
			b.Fatal(err)
		}
		if bench.db, err = Open(context.Background(), bench.dir, nil); err != nil {
			b.Fatal(err)
		}
		bench.store = openStore(b, bench.db, testSpace(384, vectorstore.Cosine))
		g := newClustered(1, 384)
		n := envInt("GROUNDWORK_BENCH_N", 10_000)
		for from := 0; from < n; from += 256 {
			var batch vectorstore.Batch
			for i := from; i < min(from+256, n); i++ {
				batch.Upserts = append(batch.Upserts, testRecord(i, 1, g.vector()))
			}
			if err := bench.store.Apply(context.Background(), batch); err != nil {
				b.Fatal(err)
			}
		}
		for range 500 {
			bench.queries = append(bench.queries, g.vector())
		}
	})
	return bench.store
}

func BenchmarkSearch(b *testing.B) {
	s := benchStore(b)
	for _, exact := range []bool{false, true} {
		b.Run(fmt.Sprintf("exact=%v", exact), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				q := vectorstore.Query{Vector: bench.queries[i%len(bench.queries)], K: 10, Exact: exact}
				if _, err := s.Search(context.Background(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	found := 0
	for _, q := range bench.queries[:100] {
		res, err := s.Search(context.Background(), vectorstore.Query{Vector: q, K: 10}, vectorstore.Query{Vector: q, K: 10, Exact: true})
		if err != nil {
			b.Fatal(err)
		}
		truth := map[string]bool{}
		for _, h := range res[1].Hits {
			truth[h.ID] = true
		}
		for _, h := range res[0].Hits {
			if truth[h.ID] {
				found++
			}
		}
	}
	b.Logf("recall@10 %.3f", float64(found)/1000)
}

func BenchmarkInsert(b *testing.B) {
	db := mustOpen(b, b.TempDir(), &Options{ExactBelow: 1000})
	defer db.Close()
	s := openStore(b, db, testSpace(384, vectorstore.Cosine))
	g := newClustered(2, 384)
	const batch = 256
	next := 0
	for b.Loop() {
		b.StopTimer()
		var x vectorstore.Batch
		for range batch {
			x.Upserts = append(x.Upserts, testRecord(next, 1, g.vector()))
			next++
		}
		b.StartTimer()
		if err := s.Apply(context.Background(), x); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(next)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkOpen opens a store of the bench's size after a clean close. It is the
// last to use the store.
func BenchmarkOpen(b *testing.B) {
	s := benchStore(b)
	if err := bench.db.Close(); err != nil {
		b.Fatal(err)
	}
	want := s.Info().Records
	for b.Loop() {
		db := mustOpen(b, bench.dir, nil)
		if n := openStore(b, db, vectorstore.Space{}).Info().Records; n != want {
			b.Fatalf("%d records, want %d", n, want)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// cleanBench removes what the benchmarks share.
func cleanBench() {
	if bench.dir != "" {
		_ = bench.db.Close()
		_ = os.RemoveAll(bench.dir)
	}
}
