package storetest_test

import (
	"context"
	"fmt"

	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
	"github.com/seed4837efcb/groundwork/vectorstore/storetest"
)

// Check runs the suite outside of go test, for instance against a server that
// a program has just been pointed at.
func ExampleCheck() {
	open := func() (vectorstore.DB, error) { return memory.Open(nil), nil }
	failed, err := storetest.Check(context.Background(), open, &storetest.Options{
		Large: 1000,
		Skip:  map[string]string{"dense-recall": "nothing is approximate"},
	})
	fmt.Println(len(failed), err)
	// Output: 0 <nil>
}
