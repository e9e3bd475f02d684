// Embedded is the smallest service around the pipeline: it indexes a folder,
// answers POST /ask with a JSON answer, and ends in good order on a signal. What
// a service needs around an Answerer stands in serve.go.
//
//	go run ./examples/embedded ./doc
//	curl -d 'What survives a power failure?' 127.0.0.1:8080/ask
package main

import (
	"context"
	"errors"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/seed4837efcb/groundwork/chunkers"
	"github.com/seed4837efcb/groundwork/embed/local"
	"github.com/seed4837efcb/groundwork/generator/extractive"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/loaders/markdown"
	"github.com/seed4837efcb/groundwork/models/minilm"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/retriever"
	"github.com/seed4837efcb/groundwork/vectorstore/hnsw"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: embedded DIR")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1], "index", "127.0.0.1:8080"); err != nil {
		log.Fatal(err)
	}
}

// run serves the documents in dir at addr until ctx ends.
func run(ctx context.Context, dir, index, addr string) (err error) {
	answerer, closeIndex, err := open(ctx, dir, index)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeIndex()) }() // after the last answer: see serve
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	log.Printf("answering at http://%s/ask", l.Addr())
	return serve(ctx, l, answerer, 20*time.Second)
}

// open indexes dir and returns what answers from it.
func open(ctx context.Context, dir, index string) (_ *pipeline.Answerer, closeIndex func() error, err error) {
	embedder, err := local.New(minilm.Files(), &local.Options{Truncate: true})
	if err != nil {
		return nil, nil, err
	}
	db, err := hnsw.Open(ctx, index, nil)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			db.Close()
		}
	}()
	store, err := db.Open(ctx, "docs", pipeline.Space(embedder.Model(), nil))
	if err != nil {
		return nil, nil, err
	}
	chunker, err := chunkers.NewStructure(&chunkers.Options{Count: pipeline.CountTokens(embedder)})
	if err != nil {
		return nil, nil, err
	}
	md, err := markdown.New(nil)
	if err != nil {
		return nil, nil, err
	}
	plain, err := loaders.Plain(nil)
	if err != nil {
		return nil, nil, err
	}
	plain["text/markdown"] = md
	indexer, err := pipeline.NewIndexer(store, embedder, chunker, &pipeline.IndexerOptions{Loader: plain})
	if err != nil {
		return nil, nil, err
	}
	source, err := loaders.Dir(dir, nil)
	if err != nil {
		return nil, nil, err
	}
	report, err := indexer.Index(ctx, source, nil)
	if err != nil {
		return nil, nil, err
	}
	log.Printf("searchable: %s", report.Coverage)
	quotes, err := extractive.New(&extractive.Options{Embedder: embedder})
	if err != nil {
		return nil, nil, err
	}
	answerer, err := pipeline.NewAnswerer(&retriever.Hybrid{Store: store, Embedder: embedder}, quotes, nil)
	return answerer, db.Close, err
}

// reply is what a client gets of an answer.
func reply(a *pipeline.Answer) any {
	type citation struct {
		N     int    `json:"n"`
		URI   string `json:"uri"`
		Line  int    `json:"line"`
		Quote string `json:"quote"`
	}
	out := struct {
		Answer    string     `json:"answer"`
		Abstained bool       `json:"abstained"`
		Citations []citation `json:"citations"`
	}{a.Text(), a.Abstained, []citation{}}
	for _, c := range a.Citations {
		out.Citations = append(out.Citations, citation{c.N, c.URI, c.Position.Line, c.Quote})
	}
	return out
}
