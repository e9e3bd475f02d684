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
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
)

// MIME is the media type of the documents this loader makes.
const MIME = "text/markdown"

const (
	version  = "1"      // raise with every change of what is produced
	goldmark = "v1.8.7" // the parser's version; a test holds it to go.mod
)

// The limits that apply where [Options] names no other.
const (
	DefaultMaxBytes = 100 << 20 // bytes of a file
	DefaultMaxText  = 64 << 20  // bytes of a document's text

	maxStructure = 16 << 20 // bytes whose structure is read; what follows is plain text
	maxLines     = 500_000  // the same in lines
)

// Options configures a [Loader]. The zero value is the default.
type Options struct {
	// MaxBytes limits the file: a larger one is a *loaders.FileError with
	// loaders.ErrLimit. 0 means DefaultMaxBytes.
	MaxBytes int64

	// MaxText limits the text: a longer one is cut at a line's end, with a
	// groundwork.Truncated warning. 0 means DefaultMaxText.
	MaxText int

	// Decode turns a file that is not UTF-8 into text, or reports why it
	// cannot. nil refuses such a file with loaders.ErrEncoding.
	Decode func(source []byte) (text string, warnings []groundwork.Warning, err error)
}

// A Loader reads Markdown. It is immutable and safe for concurrent use.
type Loader struct {
	opt Options
}

// New returns a loader. It reports a negative limit.
func New(o *Options) (*Loader, error) {
	var opt Options
	if o != nil {
		opt = *o
	}
	if opt.MaxBytes < 0 || opt.MaxText < 0 {
		return nil, fmt.Errorf("markdown: new: limits of %d and %d bytes: a limit is positive, or 0 for the default", opt.MaxBytes, opt.MaxText)
	}
	if opt.MaxBytes == 0 {
		opt.MaxBytes = DefaultMaxBytes
	}
	if opt.MaxText == 0 {
		opt.MaxText = DefaultMaxText
	}
	return &Loader{opt}, nil
}

// Fingerprint names the loader's version, its parser's and its limits.
func (l *Loader) Fingerprint() string {
	return fmt.Sprintf("markdown/%s goldmark=%s bytes=%d text=%d decode=%t",
		version, goldmark, l.opt.MaxBytes, l.opt.MaxText, l.opt.Decode != nil)
}

// Load yields the one document of a Markdown file. A file without a visible
// character is a *loaders.SkipError.
func (l *Loader) Load(ctx context.Context, it loaders.Item, r io.Reader) iter.Seq2[*groundwork.Document, error] {
	return func(yield func(*groundwork.Document, error) bool) {
		yield(l.load(ctx, it, r))
	}
}

func (l *Loader) load(ctx context.Context, it loaders.Item, r io.Reader) (*groundwork.Document, error) {
	source, err := l.read(ctx, it, r)
	if err != nil {
		return nil, err
	}
	doc := &groundwork.Document{
		ID:       groundwork.DocumentID(it.Source, it.URI),
		URI:      it.URI,
		MIME:     MIME,
		Revision: groundwork.Revision(source),
	}
	if err := l.decode(doc, source); err != nil {
		return nil, &loaders.FileError{URI: it.URI, Stage: "decode", Err: err, Remedy: "save the file as UTF-8"}
	}
	l.cut(doc)
	if strings.TrimSpace(doc.Text) == "" {
		return nil, skipEmpty(it, len(source))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	readStructure(doc)
	return doc, nil
}

func (l *Loader) read(ctx context.Context, it loaders.Item, r io.Reader) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	source, err := io.ReadAll(io.LimitReader(r, l.opt.MaxBytes+1))
	if err != nil {
		return nil, &loaders.FileError{URI: it.URI, Stage: "open", Err: err, Remedy: "check that the file can be read"}
	}
	if int64(len(source)) > l.opt.MaxBytes {
		return nil, &loaders.FileError{URI: it.URI, Stage: "open",
			Err:    fmt.Errorf("%w: more than %d bytes", loaders.ErrLimit, l.opt.MaxBytes),
			Remedy: "split the file or raise MaxBytes"}
	}
	return source, nil
}

// decode sets the text of doc: the bytes of source after a byte order mark,
// or what Options.Decode makes of them.
func (l *Loader) decode(doc *groundwork.Document, source []byte) error {
	body, marked := bytes.CutPrefix(source, []byte("\ufeff"))
	if utf8.Valid(body) && bytes.IndexByte(body, 0) < 0 {
		doc.Text, doc.Verbatim = string(body), true
		if marked {
			doc.Base = 3
		}
		return nil
	}
	if l.opt.Decode == nil {
		return fmt.Errorf("%w: not UTF-8", loaders.ErrEncoding)
	}
	text, warnings, err := l.opt.Decode(source)
	if err != nil {
		return err
	}
	if !utf8.ValidString(text) {
		return fmt.Errorf("%w: the decoder returned invalid UTF-8", loaders.ErrEncoding)
	}
	doc.Text = text
	doc.Marks = []groundwork.Mark{{Kind: groundwork.MarkLine, Number: 1}}
	for _, w := range warnings {
		w.URI = doc.URI
		doc.Warnings = append(doc.Warnings, w)
	}
	return nil
}

// cut shortens the text to the limit, at a line's end if one is near.
func (l *Loader) cut(doc *groundwork.Document) {
	if len(doc.Text) <= l.opt.MaxText {
		return
	}
	n := l.opt.MaxText
	for n > 0 && !utf8.RuneStart(doc.Text[n]) {
		n--
	}
	if i := strings.LastIndexByte(doc.Text[:n], '\n'); i > n/2 {
		n = i + 1
	}
	warn(doc, groundwork.Truncated, "text cut at %d of %d bytes", n, len(doc.Text))
	doc.Text = doc.Text[:n]
}

func skipEmpty(it loaders.Item, n int) error {
	if n == 0 {
		return &loaders.SkipError{URI: it.URI, Reason: loaders.SkipEmpty, Detail: "no bytes"}
	}
	return &loaders.SkipError{URI: it.URI, Reason: loaders.SkipNoText, Detail: "white space only"}
}

func warn(doc *groundwork.Document, code groundwork.Code, format string, args ...any) {
	doc.Warnings = append(doc.Warnings, groundwork.Warning{
		Code: code, Stage: "load", URI: doc.URI, Detail: fmt.Sprintf(format, args...),
	})
}
