// Package html reads web pages that were saved as files.
//
// A document's text is what a reader of the page reads: its main content with
// headings as sections, and paragraphs, list items, preformatted text and
// tables as blocks; entities are decoded, white space is as a browser shows
// it. Navigation, page headers and footers, scripts, forms, hidden elements
// and blocks that are little but links are left out. Line marks lead every
// line of the text back to the line of the file.
//
// Nothing is fetched and no link is followed. The tokenizer is that of
// golang.org/x/net/html; the tree is built here, in linear time and with a
// bounded depth, because its parser refuses deeply nested pages.
package html

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
)

// MIME is the media type of the documents this loader makes.
const MIME = "text/html"

const (
	version = "2"       // raise with every change of what is produced
	library = "v0.62.0" // the tokenizer's version; a test holds it to go.mod
)

// DefaultMaxText is the limit of a page's text, in bytes, where
// loaders.Options names none.
const DefaultMaxText = 16 << 20

// A Loader reads HTML. It is immutable and safe for concurrent use.
type Loader struct {
	o loaders.Options
}

var _ loaders.Loader = (*Loader)(nil)

// New returns a loader. A nil o means the defaults: at most
// loaders.DefaultMaxBytes of a file and DefaultMaxText of text. The encoding is
// the byte order mark's, or UTF-8 where the bytes are valid, or the one that
// the page declares; where none of them holds, o.Decoder is asked, and without
// one the page is read as windows-1252, as browsers do, with a warning. A
// negative limit is an error.
func New(o *loaders.Options) (*Loader, error) {
	l := &Loader{}
	if o != nil {
		l.o = *o
	}
	if l.o.MaxBytes < 0 || l.o.MaxText < 0 {
		return nil, fmt.Errorf("html: new: negative limit (MaxBytes %d, MaxText %d); 0 means the default", l.o.MaxBytes, l.o.MaxText)
	}
	if l.o.MaxBytes == 0 {
		l.o.MaxBytes = loaders.DefaultMaxBytes
	}
	if l.o.MaxText == 0 {
		l.o.MaxText = DefaultMaxText
	}
	return l, nil
}

// Fingerprint names the loader's version, its tokenizer's, and the options.
func (l *Loader) Fingerprint() string {
	decoder := "none"
	if l.o.Decoder != nil {
		decoder = l.o.Decoder.Fingerprint()
	}
	return fmt.Sprintf("html/%s;net=%s;bytes=%d;text=%d;%s", version, library, l.o.MaxBytes, l.o.MaxText, decoder)
}

// Load yields the one document of a page. A page without text is a
// *loaders.SkipError.
func (l *Loader) Load(ctx context.Context, it loaders.Item, r io.Reader) iter.Seq2[*groundwork.Document, error] {
	return func(yield func(*groundwork.Document, error) bool) {
		yield(l.load(ctx, it, r))
	}
}

func (l *Loader) load(ctx context.Context, it loaders.Item, r io.Reader) (*groundwork.Document, error) {
	data, cut, err := loaders.Read(ctx, it, r, l.o.MaxBytes)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, &loaders.SkipError{URI: it.URI, Reason: loaders.SkipEmpty, Detail: "0 bytes"}
	}
	doc := &groundwork.Document{
		ID:       groundwork.DocumentID(it.Source, it.URI),
		URI:      it.URI,
		MIME:     MIME,
		Revision: groundwork.Revision(data),
		Metadata: groundwork.Metadata{},
	}
	if cut {
		warn(doc, groundwork.Truncated, "only the first %d bytes were read", len(data))
	}
	source, err := l.decode(doc, it, data)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.fill(doc, source)
	if doc.Text == "" {
		return nil, &loaders.SkipError{URI: it.URI, Reason: loaders.SkipNoText, Detail: "no text outside of navigation, scripts and hidden elements"}
	}
	return doc, nil
}

// fill sets what the page's source says: text and structure, title, metadata.
func (l *Loader) fill(doc *groundwork.Document, source string) {
	tree := parse(source)
	if tree.cut {
		warn(doc, groundwork.Truncated, "only the first %d elements and texts of the page were read", maxNodes)
	}
	tree.head.fill(doc)
	r := renderer{doc: doc, limit: l.o.MaxText}
	r.render(mainContent(tree.root))
	if doc.Title == "" {
		for _, s := range doc.Sections {
			if s.Level == 1 {
				doc.Title = s.Title
				break
			}
		}
	}
}

func warn(doc *groundwork.Document, code groundwork.Code, format string, args ...any) {
	doc.Warnings = append(doc.Warnings, groundwork.Warning{
		Code: code, Stage: "load", URI: doc.URI, Detail: fmt.Sprintf(format, args...),
	})
}
