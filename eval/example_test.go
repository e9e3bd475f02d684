package eval_test

import (
	"fmt"
	"testing/fstest"

	"github.com/seed4837efcb/groundwork/eval"
)

func Example() {
	folder := fstest.MapFS{ // os.DirFS("scifact"), say
		"corpus.jsonl":  {Data: []byte(`{"id":"d1","title":"Wings","text":"lift"}` + "\n" + `{"id":"d2","title":"Jets","text":"thrust"}`)},
		"queries.jsonl": {Data: []byte(`{"id":"q1","text":"what gives lift?"}` + "\n" + `{"id":"q2","text":"what gives thrust?"}`)},
		"qrels.tsv":     {Data: []byte("q1\td1\t1\nq2\td2\t1\n")},
	}
	set, err := eval.ReadSet(folder)
	if err != nil {
		fmt.Println(err)
		return
	}
	search := func(string) []string { return []string{"d1", "d2"} } // the system to measure
	var ndcg []float64
	for _, q := range set.Judged() {
		ndcg = append(ndcg, eval.NDCG(search(q.Text), set.Judgements[q.ID], 10))
	}
	fmt.Printf("nDCG@10 %.3f over %d queries\n", eval.Mean(ndcg), len(ndcg))
	// Output: nDCG@10 0.815 over 2 queries
}

func ExamplePairedBootstrap() {
	before := []float64{0.4, 0.6, 0.5, 0.7, 0.3, 0.5}
	after := []float64{0.5, 0.7, 0.5, 0.9, 0.6, 0.6}
	gain, err := eval.PairedBootstrap(before, after, &eval.BootstrapOptions{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+.2f, better beyond chance: %v\n", gain.Mean, gain.Low > 0)
	// Output: +0.13, better beyond chance: true
}
