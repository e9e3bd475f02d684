package memory_test

import (
	"testing"

	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
	"github.com/seed4837efcb/groundwork/vectorstore/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(testing.TB) vectorstore.DB { return memory.Open(nil) }, nil)
}
