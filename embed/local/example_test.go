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
	texts := []string{
		"Backups run at night and are kept for thirty days.",
		"Reset a forgotten password from the account page.",
		"The index is rebuilt when documents change.",
	}
	passages, err := e.Embed(ctx, embed.Passage, texts)
	if err != nil {
		log.Fatal(err)
	}
	query, err := e.Embed(ctx, embed.Query, []string{"How do I get a new password?"})
	if err != nil {
		log.Fatal(err)
	}
	best, at := float32(-1), 0
	for i := range passages.Len() {
		var cosine float32
		for d, x := range passages.Vector(i) {
			cosine += x * query.Vector(0)[d]
		}
		if cosine > best {
			best, at = cosine, i
		}
	}
	fmt.Println(texts[at])
	// Output: Reset a forgotten password from the account page.
}
