package local

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/models/minilm"
)

func TestAQueueOfGivenUpRequestsDoesNotBlock(t *testing.T) {
	e, err := New(minilm.Files(), &Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	var left []*request
	for range cap(e.pool.urgent) {
		r := &request{ctx: gone, done: make(chan struct{})}
		left = append(left, r)
		e.pool.urgent <- r
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	if _, err := e.Embed(ctx, embed.Query, []string{"hello"}); err != nil {
		t.Fatal(err)
	}
	for _, r := range left {
		<-r.done
		if !errors.Is(r.err, context.Canceled) {
			t.Fatalf("a request that was given up ended with %v", r.err)
		}
	}
}
