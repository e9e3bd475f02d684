package chunkers

import (
	"context"

	"github.com/seed4837efcb/groundwork"
)

// plain cuts documents by their text alone: headings and blocks do not matter,
// except that skipped blocks are left out and that a chunk names the headings
// that hold for all of it.
type plain struct {
	limits
	kind    string
	cutters []cutter
}

// Recursive fills chunks with paragraphs, and cuts those that are too large
// into sentences, words and characters.
type Recursive struct{ plain }

// Sentence fills chunks with whole sentences.
type Sentence struct{ plain }

// Fixed fills chunks with words up to the target, wherever that ends.
type Fixed struct{ plain }

// NewRecursive returns a chunker that goes by paragraphs. opts may be nil.
func NewRecursive(opts *Options) (*Recursive, error) {
	p, err := newPlain("chunkers.Recursive/1", opts, cutParagraphs, cutLongLines, cutSentences)
	if err != nil {
		return nil, err
	}
	return &Recursive{p}, nil
}

// NewSentence returns a chunker that goes by sentences. opts may be nil.
func NewSentence(opts *Options) (*Sentence, error) {
	p, err := newPlain("chunkers.Sentence/1", opts, cutSentences)
	if err != nil {
		return nil, err
	}
	return &Sentence{p}, nil
}

// NewFixed returns a chunker that goes by words. opts may be nil.
func NewFixed(opts *Options) (*Fixed, error) {
	p, err := newPlain("chunkers.Fixed/1", opts, cutWords)
	if err != nil {
		return nil, err
	}
	return &Fixed{p}, nil
}

func newPlain(kind string, opts *Options, cutters ...cutter) (plain, error) {
	l, err := newLimits(opts)
	return plain{l, kind, cutters}, err
}

// Fingerprint implements [Chunker].
func (c *plain) Fingerprint() string { return c.fingerprint(c.kind) }

// Chunk implements [Chunker].
func (c *plain) Chunk(ctx context.Context, doc *groundwork.Document) ([]groundwork.Chunk, error) {
	s := splitter{doc: doc}
	s.plain(groundwork.Span{End: len(doc.Text)}, c.cutters)
	p := packer{builder: newBuilder(&c.limits, doc)}
	for i := 0; i < len(s.out); {
		end := i + 1
		for end < len(s.out) && s.out[end].region == s.out[i].region {
			end++
		}
		if err := p.pack(ctx, s.out[i:end]); err != nil {
			return nil, err
		}
		i = end
	}
	return p.finish(), nil
}
