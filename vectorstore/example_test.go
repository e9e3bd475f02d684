package vectorstore_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
)

// A new model is indexed beside the live build and takes its place at once.
func Example() {
	ctx := context.Background()
	db := memory.Open(nil)
	defer db.Close()
	old := vectorstore.Space{Model: "small/1", Dim: 384, Metric: vectorstore.Cosine}
	next := vectorstore.Space{Model: "large/1", Dim: 384, Metric: vectorstore.Cosine}
	if _, err := db.Open(ctx, "handbook", old); err != nil {
		fmt.Println(err)
	}

	_, err := db.Open(ctx, "handbook", next)
	var mismatch *vectorstore.SpaceError
	fmt.Println(errors.As(err, &mismatch), mismatch.Have.Model)

	build, err := db.Build(ctx, "handbook", next)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(build.Info().Records) // index everything into build here
	if err := db.Promote(ctx, "handbook", next); err != nil {
		fmt.Println(err)
	}
	live, err := db.Open(ctx, "handbook", vectorstore.Space{})
	fmt.Println(live.Info().Space.Model, err)
	// Output:
	// true small/1
	// 0
	// large/1 <nil>
}
