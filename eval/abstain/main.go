// Abstain measures, and fits, when an answer is withheld: questions of test
// sets are asked once with and once without the documents that answer them, so
// that what is left are the nearest passages that do not.
//
//	go run ./eval/abstain -data ../shared/data
//
// It prints, for each set and threshold, the share of the answerable questions
// that are refused and of the unanswerable ones that are caught, the
// calibration fitted to the cases, every set counting the same, and the share
// of answers that hold the gold answer, with and without abstention. With
// -beside the same questions are asked again with the documents of all other
// sets added.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/seed4837efcb/groundwork/embed/local"
	"github.com/seed4837efcb/groundwork/eval"
	"github.com/seed4837efcb/groundwork/eval/internal/shelf"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

type options struct {
	data, index, model, svg, cases, from string
	n                                    int
	seed                                 uint64
	beside                               bool
	sets                                 []string
}

func main() {
	var o options
	flag.StringVar(&o.data, "data", "../shared/data", "folder of the sets")
	flag.StringVar(&o.index, "index", "", "where to keep the indexes for another run (default: a temporary folder)")
	flag.StringVar(&o.model, "model", "e5", "e5 or minilm")
	flag.StringVar(&o.svg, "svg", "", "file to draw the curves into")
	flag.StringVar(&o.cases, "cases", "", "file to write every case into, one JSON object a line")
	flag.StringVar(&o.from, "from", "", "cases that -cases wrote, to be weighed anew instead of asking")
	flag.IntVar(&o.n, "n", 300, "questions per set, drawn at random; 0 takes all")
	flag.Uint64Var(&o.seed, "seed", 1, "of the draw")
	flag.BoolVar(&o.beside, "beside", false, "ask again with the documents of all other sets added")
	flag.Parse()
	if o.sets = flag.Args(); len(o.sets) == 0 {
		o.sets = []string{"korquad", "hotpotqa-100", "scifact", "cranfield"}
	}
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "abstain:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.from != "" {
		all, err := readCases(o.from)
		if err != nil {
			return err
		}
		return tellAll(o, all)
	}
	shelf, err := shelf.New(o.index, o.model)
	if err != nil {
		return err
	}
	defer shelf.Close()
	fmt.Printf("model %s, kernels %s, seed %d\n", shelf.Embedder.Model().ID, local.Tier(), o.seed)
	all, err := askAll(ctx, o, shelf)
	if err != nil {
		return err
	}
	return tellAll(o, all)
}

func tellAll(o options, all []pair) error {
	report(os.Stdout, all)
	if err := writeCases(o.cases, all); err != nil {
		return err
	}
	if o.svg != "" {
		return os.WriteFile(o.svg, []byte(draw(all, o.model)), 0o644)
	}
	return nil
}

// askAll asks the questions of all sets and, where wanted, once more beside
// the documents of the others.
func askAll(ctx context.Context, o options, shelf *shelf.Shelf) ([]pair, error) {
	var all []pair
	sets := map[string]*eval.Set{}
	stores := map[string]vectorstore.Store{}
	for _, name := range o.sets {
		set, err := eval.ReadSet(os.DirFS(filepath.Join(o.data, name)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		sets[name] = set
		if stores[name], err = shelf.Set(ctx, name, set); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		pairs, err := ask(ctx, shelf.Embedder, stores[name], name, set, o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, pairs...)
	}
	if !o.beside {
		return all, nil
	}
	mixed, err := together(ctx, shelf, o, stores)
	if err != nil {
		return nil, err
	}
	fmt.Printf("\n| set | passages | times as many beside it | refused | caught | refused beside | caught beside |\n|---|---|---|---|---|---|---|\n")
	for _, name := range o.sets {
		pairs, err := ask(ctx, shelf.Embedder, mixed, name, sets[name], o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		own, most := stores[name].Info().Records, mixed.Info().Records
		alone := ratesOf(of(all, name))
		beside := ratesOf(pairs)
		fmt.Printf("| %s | %d | %.1f | %.3f | %.3f | %.3f | %.3f |\n", name, own, float64(most-own)/float64(own),
			alone.refused, alone.caught, beside.refused, beside.caught)
	}
	return all, nil
}
