package mapstore_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/examples/mapstore"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/storetest"
)

// TestConformance is all that a store's own test needs to begin with.
func TestConformance(t *testing.T) {
	o := &storetest.Options{}
	if testing.Short() {
		o.Large = 1000
	}
	storetest.Run(t, func(testing.TB) vectorstore.DB { return mapstore.Open(nil) }, o)
}

// A search sees the batch before it or the batch after it.
func Example() {
	ctx := context.Background()
	db := mapstore.Open(nil)
	defer db.Close()
	store, err := db.Open(ctx, "notes", vectorstore.Space{Model: "none", Dim: 2, Metric: vectorstore.Cosine})
	if err != nil {
		fmt.Println(err)
		return
	}
	chunk := groundwork.Chunk{ID: groundwork.NewID("water"), DocumentID: groundwork.NewID("notes"), Text: "Water", Span: groundwork.Span{End: 5}}
	err = store.Apply(ctx, vectorstore.Batch{Upserts: []vectorstore.Record{{Chunk: chunk, Vector: []float32{1, 0}, Version: 1}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := store.Search(ctx, vectorstore.Query{Vector: []float32{1, 1}, K: 3, Load: vectorstore.LoadText})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, h := range found[0].Hits {
		fmt.Printf("%.3f %s\n", h.Score, h.Text)
	}
	// Output: 0.707 Water
}
