// Package chunkers cuts documents into passages.
//
// [NewStructure] is the default: it follows headings, paragraphs, code fences
// and tables. Every chunker keeps the same promises, which tests check for all
// of them: doc.Text[c.Span.Start:c.Span.End] == c.Text; spans lie on rune
// boundaries and are in order; every byte outside white space and
// groundwork.BlockSkip blocks is covered; no chunk exceeds the limit, except
// where the fixed parts around it (title, headings, lead) alone do.
package chunkers

import (
	"context"

	"github.com/seed4837efcb/groundwork"
)

// A Chunker cuts one document into chunks, in document order, with keys and
// ids set. Implementations are safe for concurrent use, do not modify doc, and
// stop early with ctx's error when ctx ends.
type Chunker interface {
	Chunk(ctx context.Context, doc *groundwork.Document) ([]groundwork.Chunk, error)

	// Fingerprint identifies the exact behaviour, options included: documents
	// cut under another fingerprint are cut again.
	Fingerprint() string
}

// Options tell a chunker how large chunks may be. The zero value is useful.
type Options struct {
	// MaxTokens bounds the embedded text of a chunk (groundwork.EmbedText:
	// title, headings and lead included) as Count counts it. 0 means 256.
	MaxTokens int

	// TargetTokens is the size that chunks are filled up to, at most
	// MaxTokens. 0 means 200, or MaxTokens if that is less.
	TargetTokens int

	// OverlapTokens is how much of the end of a chunk is repeated at the start
	// of the next, in whole sentences. 0 means none. It must be less than half
	// of TargetTokens.
	OverlapTokens int

	// Count counts the tokens of an embedded text as the model does, role
	// prefix and special tokens included (embed.TokenCounter). nil counts by a
	// cautious estimate: see EstimateTokens.
	Count func(text string) int
}
