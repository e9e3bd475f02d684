package memory_test

import (
	"context"
	"fmt"
	"log"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
)

func Example() {
	ctx := context.Background()
	db := memory.Open(nil)
	defer db.Close()
	store, err := db.Open(ctx, "handbook", vectorstore.Space{
		Model: "toy/1", Dim: 2, Metric: vectorstore.Cosine, Analyzer: lexical.Standard().Fingerprint(),
	})
	if err != nil {
		log.Fatal(err)
	}

	var batch vectorstore.Batch
	for i, text := range []string{"Replace the pump oil every month.", "The red pump is broken.", "Lunch is at noon."} {
		batch.Upserts = append(batch.Upserts, vectorstore.Record{
			Chunk: groundwork.Chunk{
				ID:         groundwork.NewID(text),
				DocumentID: groundwork.DocumentID("handbook", "pump.md"),
				Text:       text,
				Span:       groundwork.Span{End: len(text)},
				Metadata:   groundwork.Metadata{"page": float64(i + 1)},
			},
			Vector:  []float32{float32(3 - i), float32(i)}, // of a real model, otherwise
			Version: 1,
		})
	}
	if err := store.Apply(ctx, batch); err != nil {
		log.Fatal(err)
	}

	results, err := store.Search(ctx,
		vectorstore.Query{Vector: []float32{1, 0}, K: 1, Load: vectorstore.LoadText},
		vectorstore.Query{Text: "pump", K: 5, Filter: filter.Ge("page", 2), Load: vectorstore.LoadText},
	)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range results {
		for _, h := range r.Hits {
			fmt.Printf("%s %.2f %s\n", h.Legs[0].Name, h.Score, h.Text)
		}
	}
	// Output:
	// dense 1.00 Replace the pump oil every month.
	// lexical 0.49 The red pump is broken.
}
