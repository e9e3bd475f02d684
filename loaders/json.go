package loaders

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"

	"github.com/seed4837efcb/groundwork"
)

// Limits of a JSON text.
const (
	MaxJSONDepth  = 256  // arrays and objects within each other
	MaxJSONNumber = 1024 // bytes of a number

	maxJSONMarks = 1 << 20
)

// NewJSON returns the loader for JSON (RFC 8259). The text is a line for every
// string, number and boolean: the names on the way to it, joined by dots and
// without the indexes of arrays, a colon and the value, strings decoded.
//
//	users.name: Kim
//	users.address.city: Seoul
//
// Every object in an array is a paragraph. A MarkPointer and a MarkLine tell
// where a line comes from. null and empty strings give no line; long strings
// of base64 are left out and counted in a warning. A string named "title" at
// the top is the title.
//
// Names that occur twice in an object and escapes that are no character are
// warnings. At a limit the text ends, with groundwork.Truncated. What is not
// JSON is kept as it stands, with a groundwork.Partial warning that tells the
// line: configuration files often hold comments.
func NewJSON(o *Options) (Loader, error) { return newJSON(o, false) }

// NewJSONL returns the loader for JSON lines. Every line is a paragraph, read
// as [NewJSON] reads an object in an array; a pointer begins with the number
// of the record, counted from 0. A line that is not JSON is kept as it stands.
func NewJSONL(o *Options) (Loader, error) { return newJSON(o, true) }

func newJSON(o *Options, lines bool) (Loader, error) {
	c, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &jsonLoader{c, lines}, nil
}

type jsonLoader struct {
	o     Options
	lines bool
}

func (l *jsonLoader) Fingerprint() string {
	if l.lines {
		return l.o.fingerprint("jsonl/1")
	}
	return l.o.fingerprint("json/1")
}

func (l *jsonLoader) Load(ctx context.Context, it Item, r io.Reader) iter.Seq2[*groundwork.Document, error] {
	return func(yield func(*groundwork.Document, error) bool) {
		doc, err := readText(ctx, it, r, &l.o, nil)
		if err == nil {
			err = l.render(ctx, it, doc)
		}
		if err != nil {
			doc = nil
		}
		yield(doc, err)
	}
}

// render puts the readable text in the place of doc's JSON.
func (l *jsonLoader) render(ctx context.Context, it Item, doc *groundwork.Document) error {
	p := &jsonPrinter{s: doc.Text, max: l.o.MaxText, line: 1}
	var err error
	if l.lines {
		err = p.records(ctx)
	} else {
		err = p.document()
	}
	var syntax *jsonSyntaxError
	switch {
	case errors.As(err, &syntax):
		doc.Warnings = append(doc.Warnings, warning(it.URI, groundwork.Partial, "not JSON: %v; kept as it stands", err))
		return nil
	case errors.Is(err, ErrLimit):
		if len(bytes.TrimSpace(p.out)) == 0 {
			return &FileError{URI: it.URI, Stage: "parse", Err: err, Remedy: "split the file"}
		}
		doc.Warnings = append(doc.Warnings, warning(it.URI, groundwork.Truncated, "%v; the text ends there", err))
	case err != nil:
		return err
	}
	if len(bytes.TrimSpace(p.out)) == 0 {
		return &SkipError{URI: it.URI, Reason: SkipNoText, Detail: "no string, number or boolean"}
	}
	doc.Text, doc.Verbatim, doc.Base, doc.Marks, doc.Title = string(p.out), false, 0, p.marks, p.title
	doc.Warnings = append(doc.Warnings, p.warnings(it.URI)...)
	return nil
}
