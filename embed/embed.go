// Package embed defines what turns text into vectors.
//
// [Embedder] is the contract; embed/local runs a transformer in the process,
// embed/openai calls an endpoint. [TokenCounter] and [Reranker] are further
// abilities that an embedder or model may have.
package embed

import (
	"context"
	"errors"
	"fmt"
)

// A Role tells a model what a text is for. Many models prefix texts by role.
type Role uint8

// The roles of a text.
const (
	Passage Role = iota // stored and found
	Query               // searched with
)

// String returns "passage" or "query".
func (r Role) String() string {
	if r == Query {
		return "query"
	}
	return "passage"
}

// An Embedder turns texts into vectors. Implementations are safe for
// concurrent use and do not modify or keep texts.
type Embedder interface {
	// Embed returns one unit-length vector per text, in order. The vector of a
	// text does not depend on the others of the call. An error about one text
	// is a *TextError; then no vector is returned. No texts give an empty
	// batch. An empty text is embedded like any other.
	Embed(ctx context.Context, role Role, texts []string) (*Batch, error)

	// Model describes the model. It costs nothing and never changes.
	Model() Model
}

// A Model describes what made a vector.
type Model struct {
	ID          string // name to show, such as "multilingual-e5-small"
	Fingerprint string // equal fingerprints give comparable vectors
	Dim         int
	MaxTokens   int // of one text, prefix and special tokens included; 0 is unknown

	// Scripts names the Unicode scripts that the model was trained on, such as
	// "Latin" and "Hangul". Empty means unknown: every script is accepted.
	Scripts []string

	// Unrelated and Related are cosines that an unrelated and an answering
	// passage typically have with a query. They map cosines of different
	// models to one scale; both 0 when not measured.
	Unrelated, Related float64
}

// A Batch holds the vectors of one Embed call, owned by the caller.
type Batch struct {
	Dim    int
	Data   []float32 // row-major, (len(texts), Dim)
	Tokens []int     // of each text before any cut, prefix and special tokens included
	Cut    []Cut     // texts that were longer than the model's limit
}

// Vector returns the vector of text i. It shares memory with b.
func (b *Batch) Vector(i int) []float32 { return b.Data[i*b.Dim : (i+1)*b.Dim : (i+1)*b.Dim] }

// Len returns the number of vectors.
func (b *Batch) Len() int {
	if b.Dim == 0 {
		return 0
	}
	return len(b.Data) / b.Dim
}

// A Cut reports that text Index had Tokens tokens of which Kept were embedded.
type Cut struct{ Index, Tokens, Kept int }

// A TokenCounter counts tokens as the model does: role prefix and special
// tokens included. Implementations are safe for concurrent use.
type TokenCounter interface {
	CountTokens(role Role, text string) int
}

// A Reranker scores passages against a query by reading both together.
type Reranker interface {
	// Rerank returns one score per passage, in order; higher is better.
	Rerank(ctx context.Context, query string, passages []string) ([]float32, error)
	Model() Model
}

// ErrTooLong is the cause of a [TextError] for a text with more tokens than
// the model takes. Shorten the text, or allow truncation where the embedder
// offers it.
var ErrTooLong = errors.New("text has more tokens than the model takes")

// A TextError says which text of an Embed call failed.
type TextError struct {
	Index int
	Err   error
}

// Error names the text's index and the cause.
func (e *TextError) Error() string { return fmt.Sprintf("embed: text %d: %v", e.Index, e.Err) }

// Unwrap returns the cause.
func (e *TextError) Unwrap() error { return e.Err }
