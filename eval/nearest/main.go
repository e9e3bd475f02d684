// Nearest measures the default retrieval over test sets in the layout of BEIR
// (corpus.jsonl, queries.jsonl, qrels.tsv): nDCG@10 of both legs and of their
// fusion, a document being one file. Nothing is tuned per set.
//
//	go run ./eval/nearest -data ../shared/data scifact cranfield
//
// With -unspaced, the queries lose all their spaces first: what spacing errors
// cost in Korean at their worst.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed4837efcb/groundwork/embed/local"
	"github.com/seed4837efcb/groundwork/eval"
	"github.com/seed4837efcb/groundwork/eval/internal/shelf"
	"github.com/seed4837efcb/groundwork/retriever"
)

func main() {
	data := flag.String("data", "../shared/data", "folder of the sets")
	model := flag.String("model", "e5", "e5 or minilm")
	index := flag.String("index", "", "where to keep the indexes for another run (default: a temporary folder)")
	unspaced := flag.Bool("unspaced", false, "delete the spaces of the queries")
	flag.Parse()
	sets := flag.Args()
	if len(sets) == 0 {
		sets = []string{"scifact", "cranfield", "hotpotqa-100", "korquad"}
	}
	if err := run(*data, *index, *model, sets, *unspaced); err != nil {
		fmt.Fprintln(os.Stderr, "nearest:", err)
		os.Exit(1)
	}
}

func run(data, index, model string, sets []string, unspaced bool) error {
	shelf, err := shelf.New(index, model)
	if err != nil {
		return err
	}
	defer shelf.Close()
	fmt.Printf("model %s, kernels %s\n\n| set | documents | queries | dense | lexical | z-score | RRF | indexing |\n|---|---|---|---|---|---|---|---|\n",
		shelf.Embedder.Model().ID, local.Tier())
	for _, name := range sets {
		if err := measure(shelf, data, name, unspaced); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func measure(shelf *shelf.Shelf, data, name string, unspaced bool) error {
	set, err := eval.ReadSet(os.DirFS(filepath.Join(data, name)))
	if err != nil {
		return err
	}
	if unspaced {
		for i := range set.Queries {
			set.Queries[i].Text = strings.Join(strings.Fields(set.Queries[i].Text), "")
		}
	}
	ctx := context.Background()
	start := time.Now()
	store, err := shelf.Set(ctx, name, set)
	if err != nil {
		return err
	}
	took := time.Since(start)
	legs := []retriever.Retriever{
		&retriever.Dense{Store: store, Embedder: shelf.Embedder},
		&retriever.Lexical{Store: store},
		&retriever.Hybrid{Store: store, Embedder: shelf.Embedder},
		&retriever.Hybrid{Store: store, Embedder: shelf.Embedder, Fusion: retriever.Fusion{Method: retriever.RRF}},
	}
	fmt.Printf("| %s | %d | %d |", name, len(set.Docs), len(set.Judged()))
	for _, r := range legs {
		score, err := ndcg(ctx, r, set)
		if err != nil {
			return err
		}
		fmt.Printf(" %.4f |", score)
	}
	fmt.Printf(" %v |\n", took.Round(time.Second))
	return nil
}

// ndcg ranks documents by their best chunk.
func ndcg(ctx context.Context, r retriever.Retriever, set *eval.Set) (float64, error) {
	var values []float64
	for _, q := range set.Judged() {
		found, err := r.Retrieve(ctx, retriever.Query{Text: q.Text, K: 100})
		if err != nil {
			return 0, err
		}
		var ids []string
		for _, h := range found.Hits {
			ids = append(ids, h.URI)
		}
		values = append(values, eval.NDCG(eval.Distinct(ids), set.Judgements[q.ID], 10))
	}
	return eval.Mean(values), nil
}
