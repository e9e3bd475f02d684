package memory

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/internal/postings"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

var vocabulary = strings.Fields("server servers index indexing FastAPI에서 데이터베이스를 데이터베이스가 설정 snake_case camelCase 3.12 E0308 東京 ไทย café the of it")

func randomText(rng *rand.Rand, n int) string {
	var list []string
	for range rng.IntN(n) {
		list = append(list, vocabulary[rng.IntN(len(vocabulary))])
	}
	return strings.Join(list, " ")
}

// TestScoresEqualThoseOfThePostings holds the index that the durable stores
// use against the specification, bit by bit, through a random history.
func TestScoresEqualThoseOfThePostings(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	analyzer := lexical.Standard()
	space := vectorstore.Space{Model: "m", Dim: 1, Metric: vectorstore.Dot, Analyzer: analyzer.Fingerprint()}
	store, err := Open(nil).Open(t.Context(), "ns", space)
	if err != nil {
		t.Fatal(err)
	}
	index := postings.New(analyzer)
	slots := map[string]uint32{} // id -> slot
	for version := int64(1); version < 120; version++ {
		var b vectorstore.Batch
		var p postings.Batch
		for _, slot := range rng.Perm(60)[:rng.IntN(6)] {
			id := groundwork.NewID(fmt.Sprint(slot))
			slots[id] = uint32(slot)
			if rng.IntN(3) == 0 {
				b.Deletes = append(b.Deletes, vectorstore.Tombstone{ID: id, Version: version})
				p.Remove = append(p.Remove, uint32(slot))
				continue
			}
			c := groundwork.Chunk{ID: id, DocumentID: id, Title: randomText(rng, 3), Headings: []string{randomText(rng, 2), randomText(rng, 2)}, Text: randomText(rng, 20)}
			c.Span.End = len(c.Text)
			b.Upserts = append(b.Upserts, vectorstore.Record{Chunk: c, Version: version})
			p.Add = append(p.Add, postings.Doc{Slot: uint32(slot), Text: postings.ChunkText(c.Title, c.Headings, c.Text)})
		}
		if err := store.Apply(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if index, err = index.Apply(p); err != nil {
			t.Fatal(err)
		}
		if query := randomText(rng, 8); query != "" {
			sameHits(t, store, index, slots, query)
		}
	}
}

func sameHits(t *testing.T, store vectorstore.Store, index *postings.Index, slots map[string]uint32, query string) {
	t.Helper()
	res, err := store.Search(t.Context(), vectorstore.Query{Text: query, K: 100})
	if err != nil {
		t.Fatal(err)
	}
	got := map[uint32]float64{}
	for _, h := range index.Search(query, 100, nil) {
		got[h.Slot] = h.Score
	}
	if len(got) != len(res[0].Hits) {
		t.Fatalf("query %q: %d hits, the specification has %d", query, len(got), len(res[0].Hits))
	}
	for _, h := range res[0].Hits {
		if score := got[slots[h.ID]]; score != h.Score {
			t.Fatalf("query %q: slot %d scores %v, the specification says %v", query, slots[h.ID], score, h.Score)
		}
	}
}
