// Package markdown reads Markdown files: CommonMark with the tables of GitHub
// and the front matter of static site generators.
//
// The document's text is the file, byte for byte; the parser (goldmark) only
// tells where things are: headings become sections; paragraphs, list items,
// code fences, tables and quotations become blocks; front matter, comments,
// rules and link definitions become blocks to skip. Start with [New].
//
// Nothing is rendered, no HTML is interpreted, no link is followed. Admonition
// lines such as "/// tip" or "!!! note" are text like any other.
package markdown

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
)

// MIME is the media type of the documents this loader makes.
const MIME = "text/markdown"

const (
	version  = "1"      // raise with every change of what is produced
	goldmark = "v1.8.7" // the parser's version; a test holds it to go.mod

	maxStructure = 16 << 20 // bytes whose structure is read; what follows is plain text
	maxLines     = 500_000  // the same in lines
)

// A Loader reads Markdown. It is immutable and safe for concurrent use.
type Loader struct {
	o loaders.Options
}

var _ loaders.Loader = (*Loader)(nil)

// New returns a loader. A nil o means the defaults of the plain-text loaders;
// a negative limit is an error.
func New(o *loaders.Options) (*Loader, error) {
	l := &Loader{}
	if o != nil {
		l.o = *o
	}
	if _, err := loaders.NewText(&l.o); err != nil { // it knows what is valid
		return nil, fmt.Errorf("markdown: new: %w", err)
	}
	return l, nil
}

// Fingerprint names the loader's version, its parser's, and the options.
func (l *Loader) Fingerprint() string {
	decoder := "default"
	if l.o.Decoder != nil {
		decoder = l.o.Decoder.Fingerprint()
	}
	return fmt.Sprintf("markdown/%s;goldmark=%s;bytes=%d;text=%d;%s", version, goldmark, l.o.MaxBytes, l.o.MaxText, decoder)
}

// Load yields the one document of a Markdown file. A file without a visible
// character is a *loaders.SkipError.
func (l *Loader) Load(ctx context.Context, it loaders.Item, r io.Reader) iter.Seq2[*groundwork.Document, error] {
	return func(yield func(*groundwork.Document, error) bool) {
		yield(l.load(ctx, it, r))
	}
}

func (l *Loader) load(ctx context.Context, it loaders.Item, r io.Reader) (*groundwork.Document, error) {
	doc, err := loaders.ReadText(ctx, it, r, &l.o)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(doc.Text) == "" {
		return nil, &loaders.SkipError{URI: it.URI, Reason: loaders.SkipNoText, Detail: "white space only"}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	doc.MIME = MIME
	readStructure(doc)
	return doc, nil
}

func warn(doc *groundwork.Document, code groundwork.Code, format string, args ...any) {
	doc.Warnings = append(doc.Warnings, groundwork.Warning{
		Code: code, Stage: "load", URI: doc.URI, Detail: fmt.Sprintf(format, args...),
	})
}
