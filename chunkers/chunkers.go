// Package chunkers cuts documents into passages.
//
// [NewStructure] is the default: it follows headings, paragraphs, code fences
// and tables. [NewRecursive], [NewSentence] and [NewFixed] look at the text
// alone. Every chunker keeps the same promises, which tests check for all of
// them:
//
//   - doc.Text[c.Span.Start:c.Span.End] == c.Text. Spans lie on rune
//     boundaries; starts and ends ascend; without overlap, spans are disjoint.
//   - Every byte outside white space and groundwork.BlockSkip blocks is in a
//     chunk, and no byte of such a block is.
//   - The embedded text of a chunk is within the limit, unless one character
//     with what stands around it is not. To leave room for text, a title is
//     cut to a quarter of the limit in Chunk.Title, title and headings to half
//     of it, the outermost headings first, and a lead of more than a quarter
//     is left out.
//   - Chunk.Headings are those that hold for all text of the chunk.
//   - Any document that is valid UTF-8 is cut, whatever its sections and
//     blocks, in time that grows with its size.
//
// [Sentences] and [Records] are what the chunkers cut at.
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
	// Whatever Count says, a chunk has at most 32 bytes per token of it.
	MaxTokens int

	// TargetTokens is the size that chunks are filled up to, at most
	// MaxTokens. 0 means 200, or MaxTokens if that is less.
	TargetTokens int

	// OverlapTokens is how much of the end of a chunk is repeated at the start
	// of the next, in whole sentences. 0 means none. It must be less than half
	// of TargetTokens.
	OverlapTokens int

	// Count counts the tokens of an embedded text as the model does, role
	// prefix and special tokens included (embed.TokenCounter). It must be safe
	// for concurrent use if the chunker is used so. nil counts by a cautious
	// estimate: see EstimateTokens.
	Count func(text string) int
}

var (
	_ Chunker = (*Structure)(nil)
	_ Chunker = (*Recursive)(nil)
	_ Chunker = (*Sentence)(nil)
	_ Chunker = (*Fixed)(nil)
)
