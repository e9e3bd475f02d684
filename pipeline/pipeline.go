// Package pipeline runs both directions of retrieval-augmented answering:
// [Indexer] brings sources into a store and keeps them in step, [Answerer]
// brings a question to an answer whose citations were checked.
//
// It knows contracts only, never an adapter: a program chooses store, model,
// loaders and generator and hands them over. One embedder and one DB serve any
// number of namespaces; indexing and answering run side by side.
//
// # What the Indexer promises
//
// What was committed stays committed: a crash leaves the old version of a
// document or the new one. Nothing that did not change is opened, and no text
// that has a vector is embedded again, wherever it moved. A source that can no
// longer be read keeps serving its old chunks, marked stale; sources are
// removed only after a listing that ended without error. [Indexer.Verify]
// proves that the store holds what the ledger says, [Indexer.Repair] makes it
// so.
package pipeline

import (
	"errors"
	"fmt"
)

// Errors of this package. They are wrapped with the operation; test with
// errors.Is.
var (
	// ErrMassRemoval says that more than half of the sources are gone or that
	// there are none at all, which looks like an unmounted folder. Nothing was
	// changed. Set IndexOptions.AllowMassRemoval if they really are gone.
	ErrMassRemoval = errors.New("most sources are gone")

	// ErrClosed says that the Indexer or Answerer was closed.
	ErrClosed = errors.New("closed")

	// ErrNoDocument says that no such document is stored.
	ErrNoDocument = errors.New("no such document")

	// ErrUnreadable says that the question is in a script that the index's
	// model does not know and that its words were not found either: no answer
	// would mean anything. Index again with a model that knows the script.
	ErrUnreadable = errors.New("the index cannot read this question")
)

// A DocumentError says in which stage a document failed.
type DocumentError struct {
	URI   string
	Stage string // "load", "chunk", "embed", "store"
	Err   error
}

// Error names document, stage and cause.
func (e *DocumentError) Error() string {
	return fmt.Sprintf("pipeline: %s %q: %v", e.Stage, e.URI, e.Err)
}

// Unwrap returns the cause.
func (e *DocumentError) Unwrap() error { return e.Err }
