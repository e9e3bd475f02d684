package pipeline

import (
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// Space returns the Space of a build that an Indexer fills: by cosine, with
// the ledger's Format. a is the analyzer that the DB was opened with; nil
// means lexical.Standard.
func Space(m embed.Model, a lexical.Analyzer) vectorstore.Space {
	if a == nil {
		a = lexical.Standard()
	}
	return vectorstore.Space{Model: m.Fingerprint, Dim: m.Dim, Metric: vectorstore.Cosine,
		Analyzer: a.Fingerprint(), Format: Format}
}

// CountTokens returns the count for chunkers.Options: passages as e's model
// counts them, or nil, an estimate, if e cannot tell.
func CountTokens(e embed.Embedder) func(text string) int {
	c, ok := e.(embed.TokenCounter)
	if !ok {
		return nil
	}
	return func(text string) int { return c.CountTokens(embed.Passage, text) }
}
