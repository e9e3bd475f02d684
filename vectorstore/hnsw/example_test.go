package hnsw_test

import (
	"context"
	"fmt"
	"os"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/hnsw"
)

func Example() {
	dir, err := os.MkdirTemp("", "index")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	if err := write(ctx, dir); err != nil {
		fmt.Println(err)
		return
	}

	db, err := hnsw.Open(ctx, dir, &hnsw.Options{ReadOnly: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	store, err := db.Open(ctx, "notes", vectorstore.Space{})
	if err != nil {
		fmt.Println(err)
		return
	}
	results, err := store.Search(ctx, vectorstore.Query{Vector: []float32{1, 0.1}, K: 1, Load: vectorstore.LoadText})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s %.2f\n", results[0].Hits[0].Text, results[0].Hits[0].Score)
	// Output: east 1.00
}

// write makes an index of two notes. What Apply acknowledged is on disk.
func write(ctx context.Context, dir string) error {
	db, err := hnsw.Open(ctx, dir, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	store, err := db.Open(ctx, "notes", vectorstore.Space{Model: "compass", Dim: 2, Metric: vectorstore.Cosine})
	if err != nil {
		return err
	}
	var b vectorstore.Batch
	for text, vector := range map[string][]float32{"east": {1, 0}, "west": {-1, 0}} {
		chunk := groundwork.Chunk{
			ID: groundwork.NewID(text), DocumentID: groundwork.NewID("compass"),
			Text: text, Span: groundwork.Span{End: len(text)},
		}
		b.Upserts = append(b.Upserts, vectorstore.Record{Chunk: chunk, Vector: vector, Version: 1})
	}
	return store.Apply(ctx, b)
}
