// Package retriever finds the chunks that answer a question.
//
// [Hybrid] is the default: it searches by vector and by words in one round
// trip and fuses both lists. [Dense] and [Lexical] are its single legs.
// Fusion happens here for every store, because it needs both lists with their
// scores.
package retriever

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// Names of the legs, as in groundwork.Leg.
const (
	LegDense   = "dense"
	LegLexical = "lexical"
)

// A Retriever finds chunks. Implementations are safe for concurrent use.
type Retriever interface {
	// Retrieve returns the best min(q.K, matches) chunks for q, best first,
	// with text and metadata loaded.
	Retrieve(ctx context.Context, q Query) (*Result, error)
}

// A Query is a question and what its answers must satisfy.
type Query struct {
	Text   string
	K      int           // results wanted; 0 means 10
	Filter filter.Filter // nil passes everything
	Exact  bool          // compare with every vector instead of the index
}

// DefaultK is what Query.K means when it is 0.
const DefaultK = 10

func (q Query) withDefaults() (Query, error) {
	if q.K == 0 {
		q.K = DefaultK
	}
	if strings.TrimSpace(q.Text) == "" {
		return q, fmt.Errorf("retriever: %w: the question is empty", vectorstore.ErrQuery)
	}
	if q.K < 1 || q.K > vectorstore.MaxK {
		return q, fmt.Errorf("retriever: %w: k is %d, from 1 to %d are possible", vectorstore.ErrQuery, q.K, vectorstore.MaxK)
	}
	q.Text = strings.ToValidUTF8(q.Text, "\uFFFD")
	return q, nil
}

// A Result holds the chunks found, and how.
type Result struct {
	Hits     []groundwork.Hit
	Legs     []LegReport
	Served   vectorstore.Side
	Lag      int64   // operations by which that side is behind
	Complete float64 // share of the data that was searched, 1 if all
	Warnings []groundwork.Warning
}

// A LegReport tells what one leg contributed.
type LegReport struct {
	Name     string
	Found    int   // hits before fusion
	Computed int   // of them: by a vector that was computed on the spot; see Hybrid.EmbedMissing
	Dropped  error // why the leg took no part; nil if it did
}

// Reasons for which a leg takes no part in a result.
var (
	// ErrScript says that the index's model was not trained on the question's
	// script. Index with a model that knows it.
	ErrScript = errors.New("the model does not know the script of the question")
	// ErrNothing says that the leg found nothing.
	ErrNothing = errors.New("found nothing")
)
