package local_test

import (
	"context"
	"fmt"
	"log"

	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/embed/local"
	"github.com/seed4837efcb/groundwork/models/minilm"
)

func Example() {
	e, err := local.New(minilm.Files(), nil)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	query, err := e.Embed(ctx, embed.Query, []string{"How do I reset my password?"})
	if err != nil {
		log.Fatal(err)
	}
	passages, err := e.Embed(ctx, embed.Passage, []string{
		"Backups run at night and are kept for thirty days.",
		"Reset a forgotten password from the account page.",
	})
	if err != nil {
		log.Fatal(err)
	}
	for i := range passages.Len() {
		var cosine float32
		for d, x := range passages.Vector(i) {
			cosine += x * query.Vector(0)[d]
		}
		fmt.Printf("%.2f\n", cosine)
	}
	// Output:
	// 0.03
	// 0.78
}
