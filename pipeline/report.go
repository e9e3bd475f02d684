package pipeline

import (
	"time"

	"github.com/seed4837efcb/groundwork"
)

// A Report says what a run did.
type Report struct {
	Added, Changed, Removed, Unchanged int  // items
	Touched                            int  // of the unchanged: read again, found the same
	Completed                          int  // had chunks without vectors, and have them now
	TextFirst                          bool // IndexOptions.TextFirst left the embedding to the next run
	SkippedItems, FailedItems          int  // met in this run
	StaleItems                         int  // of the failed: still served from an older version

	Chunks         int // written
	Embedded       int // texts embedded
	EmbeddedTokens int
	Reused         int // chunks whose vector was there already
	Deleted        int // chunks deleted

	Files    []FileProblem // items that failed in this run
	Lists    []error       // subtrees that could not be listed (*loaders.ListError)
	Warnings []groundwork.Warning
	Coverage Coverage
	Duration time.Duration

	toRead, read int64
}

// A FileProblem is an item that failed, and why.
type FileProblem struct {
	URI   string
	Stale bool // an older version is still served
	Problem
}
