// Quickstart answers one question from a folder: the program of the README.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/seed4837efcb/groundwork/chunkers"
	"github.com/seed4837efcb/groundwork/embed/local"
	"github.com/seed4837efcb/groundwork/generator/extractive"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/loaders/markdown"
	"github.com/seed4837efcb/groundwork/models/e5"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/retriever"
	"github.com/seed4837efcb/groundwork/vectorstore/hnsw"
)

func main() {
	ctx := context.Background()
	embedder := must(local.New(e5.Files(), nil)) // a transformer, in this process
	db := must(hnsw.Open(ctx, "index", nil))     // a durable index, in this folder
	defer db.Close()
	store := must(db.Open(ctx, "docs", pipeline.Space(embedder.Model(), nil)))

	chunker := must(chunkers.NewStructure(&chunkers.Options{Count: pipeline.CountTokens(embedder)}))
	loader := loaders.Set{"text/markdown": must(markdown.New(nil)), "text/*": must(loaders.NewText(nil))}
	indexer := must(pipeline.NewIndexer(store, embedder, chunker, &pipeline.IndexerOptions{Loader: loader}))
	report := must(indexer.Index(ctx, must(loaders.Dir("doc", nil)), nil)) // only what changed
	fmt.Println("searchable:", report.Coverage)

	find := &retriever.Hybrid{Store: store, Embedder: embedder}
	answerer := must(pipeline.NewAnswerer(find, must(extractive.New(&extractive.Options{Embedder: embedder})), nil))
	answer := must(answerer.Ask(ctx, pipeline.Question{Text: "What survives a power failure?"}))
	fmt.Println(answer.Text())
	for _, c := range answer.Citations {
		fmt.Printf("[%d] %s:%d %q\n", c.N, c.URI, c.Position.Line, c.Quote)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
