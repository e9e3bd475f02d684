package hnsw

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/internal/log/logtest"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// clustered draws vectors like those of sentences: some latent dimensions of
// falling weight around cluster centres, mapped to dim, with noise.
type clustered struct {
	rng     *rand.Rand
	centres [][]float64
	mapping [][]float64
}

func newClustered(seed uint64, dim int) *clustered {
	c := &clustered{rng: rand.New(rand.NewPCG(seed, 7))}
	const latent = 32
	for range 60 {
		c.centres = append(c.centres, c.latent(latent))
	}
	for range dim {
		row := make([]float64, latent)
		for i := range row {
			row[i] = c.rng.NormFloat64()
		}
		c.mapping = append(c.mapping, row)
	}
	return c
}

func (c *clustered) latent(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = c.rng.NormFloat64() / math.Sqrt(float64(1+i))
	}
	return x
}

func (c *clustered) vector() []float32 {
	centre := c.centres[c.rng.IntN(len(c.centres))]
	noise := c.latent(len(centre))
	out := make([]float32, len(c.mapping))
	for i, row := range c.mapping {
		sum := 0.15 * c.rng.NormFloat64()
		for j := range row {
			sum += row[j] * (0.6*centre[j] + 0.8*noise[j])
		}
		out[i] = float32(sum)
	}
	return out
}

func testID(i int) string { return groundwork.NewID(fmt.Sprint("record ", i)) }

func testRecord(i int, version int64, vector []float32) vectorstore.Record {
	return vectorstore.Record{
		Chunk: groundwork.Chunk{
			ID: testID(i), DocumentID: groundwork.NewID(fmt.Sprint("doc ", i/8)), Title: "title",
			Text: fmt.Sprintf("word%d text", i%50), Span: groundwork.Span{End: len(fmt.Sprintf("word%d text", i%50))},
			Metadata: groundwork.Metadata{"ten": float64(i / 8 % 10), "hundred": float64(i / 8 % 100)},
		},
		Vector: vector, Version: version,
	}
}

func testSpace(dim int, m vectorstore.Metric) vectorstore.Space {
	return vectorstore.Space{Model: "m", Dim: dim, Metric: m}
}

func openStore(t testing.TB, db *DB, s vectorstore.Space) *Store {
	t.Helper()
	store, err := db.Open(context.Background(), "ns", s)
	if err != nil {
		t.Fatal(err)
	}
	return store.(*Store)
}

// recall returns the mean share of the true k that searches find, and fails
// where a result is short or claims to be exact.
func recall(t *testing.T, s *Store, queries [][]float32, k int, f filter.Filter) float64 {
	t.Helper()
	sum := 0.0
	for _, q := range queries {
		res, err := s.Search(context.Background(),
			vectorstore.Query{Vector: q, K: k, Filter: f, Exact: true}, vectorstore.Query{Vector: q, K: k, Filter: f})
		if err != nil {
			t.Fatal(err)
		}
		if !res[0].Exact || len(res[1].Hits) != len(res[0].Hits) {
			t.Fatalf("%d hits of %d, exact %v", len(res[1].Hits), len(res[0].Hits), res[0].Exact)
		}
		truth := map[string]bool{}
		for _, h := range res[0].Hits {
			truth[h.ID] = true
		}
		found := 0
		for _, h := range res[1].Hits {
			if truth[h.ID] {
				found++
			}
		}
		sum += float64(found) / float64(max(1, len(res[0].Hits)))
	}
	return sum / float64(len(queries))
}

func TestGraphFindsTheTrueNeighbours(t *testing.T) {
	const dim = 32
	n := max(small(3000), 750)
	for _, m := range []vectorstore.Metric{vectorstore.Cosine, vectorstore.Dot, vectorstore.L2} {
		t.Run(fmt.Sprint("metric ", m), func(t *testing.T) {
			db := mustOpen(t, "", &Options{ExactBelow: 60, fsys: logtest.New(), construction: 100})
			s := openStore(t, db, testSpace(dim, m))
			g := newClustered(uint64(m), dim)
			for from := 0; from < n; from += 250 {
				var b vectorstore.Batch
				for i := from; i < from+250; i++ {
					b.Upserts = append(b.Upserts, testRecord(i, 1, g.vector()))
				}
				if err := s.Apply(context.Background(), b); err != nil {
					t.Fatal(err)
				}
			}
			var queries [][]float32
			for range 40 {
				queries = append(queries, g.vector())
			}
			check := func(what string, k int, f filter.Filter) {
				t.Helper()
				if r := recall(t, s, queries, k, f); r < 0.95 {
					t.Errorf("%s: recall@%d = %.3f, want 0.95", what, k, r)
				}
			}
			check("all", 10, nil)
			check("all", 50, nil)
			check("a tenth", 10, filter.Eq("ten", 3))
			check("half", 10, filter.Lt("ten", 5))
			check("a hundredth", 10, filter.Eq("hundred", 7))
			var b vectorstore.Batch
			for i := range n {
				if i%3 == 0 {
					b.Deletes = append(b.Deletes, vectorstore.Tombstone{ID: testID(i), Version: 2})
				} else if i%3 == 1 {
					b.Upserts = append(b.Upserts, testRecord(i, 2, g.vector()))
				}
			}
			if err := s.Apply(context.Background(), b); err != nil {
				t.Fatal(err)
			}
			check("after a churn of two thirds", 10, nil)
			check("a tenth after churn", 10, filter.Eq("ten", 3))
			wantClean(t, db)
			if c, err := db.Compact(context.Background()); err != nil || !c.Rebuilt || c.After > c.Before*3/4 {
				t.Errorf("compact = %+v, %v, want slots and bytes given back", c, err)
			}
			check("after compaction", 10, nil)
			wantClean(t, db)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func wantClean(t testing.TB, db *DB) {
	t.Helper()
	found, err := db.Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("check: %v", f)
	}
}

// TestManyEqualVectorsAreAllFound is the crowd of duplicates that traps a walk.
func TestManyEqualVectorsAreAllFound(t *testing.T) {
	const dim = 16
	db := mustOpen(t, "", &Options{ExactBelow: 50, fsys: logtest.New()})
	s := openStore(t, db, testSpace(dim, vectorstore.Cosine))
	g := newClustered(1, dim)
	same := g.vector()
	var b vectorstore.Batch
	for i := range max(small(1500), 300) {
		v := same
		if i%3 == 0 {
			v = g.vector()
		}
		b.Upserts = append(b.Upserts, testRecord(i, 1, v))
	}
	if err := s.Apply(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	wantClean(t, db)
	res, err := s.Search(context.Background(), vectorstore.Query{Vector: same, K: 150})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range res[0].Hits {
		if h.Score < 0.9999 {
			t.Fatalf("a hit of score %v although 1,000 vectors are equal to the query", h.Score)
		}
	}
	var queries [][]float32
	for range 40 {
		queries = append(queries, g.vector())
	}
	if r := recall(t, s, queries, 10, nil); r < 0.95 {
		t.Errorf("recall beside the crowd = %.3f", r)
	}
}

// TestExtremeLengthsEndNoWalk uses vectors whose products float32 cannot hold.
func TestExtremeLengthsEndNoWalk(t *testing.T) {
	for _, m := range []vectorstore.Metric{vectorstore.Cosine, vectorstore.Dot, vectorstore.L2} {
		db := mustOpen(t, "", &Options{ExactBelow: 1, fsys: logtest.New()})
		s := openStore(t, db, testSpace(4, m))
		rng := rand.New(rand.NewPCG(2, uint64(m)))
		b := vectorstore.Batch{}
		for i := range 300 {
			v := make([]float32, 4)
			for j := range v {
				v[j] = float32(rng.NormFloat64() * math.Pow(10, float64(rng.IntN(76)-38)))
			}
			v[0] += 1e-45
			b.Upserts = append(b.Upserts, testRecord(i, 1, v))
		}
		if err := s.Apply(context.Background(), b); err != nil {
			t.Fatal(err)
		}
		for _, r := range b.Upserts[:20] {
			res, err := s.Search(context.Background(), vectorstore.Query{Vector: r.Vector, K: 3})
			if err != nil || len(res[0].Hits) != 3 {
				t.Errorf("metric %d: %d hits, %v", m, len(res[0].Hits), err)
			}
		}
	}
}

func TestExtremeLengthsAreComparedExactly(t *testing.T) {
	db := mustOpen(t, "", &Options{ExactBelow: 1, fsys: logtest.New()})
	s := openStore(t, db, testSpace(2, vectorstore.Cosine))
	b := vectorstore.Batch{}
	for i, v := range [][]float32{{1e-38, 0}, {3e38, 3e38}, {0, 1}, {1e-44, 2e-44}} {
		b.Upserts = append(b.Upserts, testRecord(i, 1, v))
	}
	if err := s.Apply(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	res, err := s.Search(context.Background(), vectorstore.Query{Vector: []float32{1e-30, 1e-37}, K: 4})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{0, 1, 3, 2} {
		if h := res[0].Hits[i]; h.ID != testID(want) || math.IsNaN(h.Score) {
			t.Errorf("hit %d is %s with score %v, want record %d", i, h.ID, h.Score, want)
		}
	}
}
