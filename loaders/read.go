package loaders

import (
	"context"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork"
)

const maxIdleReads = 100 // reads in a row that give neither a byte nor an error

// Read returns the bytes of an item, at most limit of them; cut says that more
// followed. It stops at ctx's end. Its error is a *FileError of the stage
// "open", or ctx's.
func Read(ctx context.Context, it Item, r io.Reader, limit int64) (data []byte, cut bool, err error) {
	data = make([]byte, 0, min(max(it.Size+1, 512), limit+1, 1<<20))
	for idle := 0; ; {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		room := data[len(data):min(int64(cap(data)), limit+1)]
		n, err := r.Read(room)
		data = data[:len(data)+n]
		if idle++; n > 0 {
			idle = 0
		}
		switch {
		case int64(len(data)) > limit:
			return data[:limit], true, nil
		case err == io.EOF:
			return data, false, nil
		case err != nil:
			return nil, false, &FileError{URI: it.URI, Stage: "open", Err: err}
		case idle == maxIdleReads:
			return nil, false, &FileError{URI: it.URI, Stage: "open", Err: io.ErrNoProgress}
		}
	}
}

// ReadText reads an item of text into a document with everything set that does
// not need a look at the text's structure: id, URI, MIME type, revision, and
// what [Decoded.Fill] sets. A text over a limit is cut at a line end, with a
// groundwork.Truncated warning. The revision of an item that was cut covers
// what was read. o may be nil.
//
// Its error is a *FileError, a *SkipError for an item without bytes, or ctx's.
func ReadText(ctx context.Context, it Item, r io.Reader, o *Options) (*groundwork.Document, error) {
	c, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return readText(ctx, it, r, &c, nil)
}

// readText is ReadText with options that have their defaults, and with a look
// for an encoding that the text declares.
func readText(ctx context.Context, it Item, r io.Reader, o *Options, declared func(head []byte) string) (*groundwork.Document, error) {
	data, cut, err := Read(ctx, it, r, o.MaxBytes)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, &SkipError{URI: it.URI, Reason: SkipEmpty, Detail: "0 bytes"}
	}
	name := ""
	if declared != nil {
		name = declared(data[:min(len(data), sniffLen)])
	}
	doc := newDocument(it, data)
	whole := data
	if cut {
		data = trimPartialRune(data)
	}
	dec, err := Decode(o.Decoder, it, data, name)
	if err != nil {
		return nil, err
	}
	if cut {
		doc.Warnings = append(doc.Warnings, warning(it.URI, groundwork.Truncated, "only the first %d bytes were read", len(whole)))
	}
	if len(dec.Text) > o.MaxText {
		dec.Text = cutText(dec.Text, o.MaxText)
		doc.Warnings = append(doc.Warnings, warning(it.URI, groundwork.Truncated, "the text is longer than %d bytes; the rest was left out", o.MaxText))
	}
	dec.Fill(doc)
	return doc, nil
}

// newDocument returns a document of it without a text yet.
func newDocument(it Item, data []byte) *groundwork.Document {
	return &groundwork.Document{
		ID:       groundwork.DocumentID(it.Source, it.URI),
		URI:      it.URI,
		MIME:     typeOf(it, data[:min(len(data), sniffLen)]),
		Revision: groundwork.Revision(data),
	}
}

// trimPartialRune cuts up to three bytes off the end of data if they begin a
// UTF-8 sequence that is not complete, so that a cut does not look like
// damage.
func trimPartialRune(data []byte) []byte {
	for i := 1; i <= min(3, len(data)); i++ {
		tail := data[len(data)-i:]
		if utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return data[:len(data)-i]
			}
			break
		}
	}
	return data
}

// cutText returns at most n bytes of text: whole lines, or whole characters if
// the last line is the larger part.
func cutText(text string, n int) string {
	if len(text) <= n {
		return text
	}
	text = text[:n]
	if i := strings.LastIndexByte(text, '\n'); i >= n/2 {
		return text[:i+1]
	}
	for len(text) > 0 {
		r, size := utf8.DecodeLastRuneInString(text)
		if r != utf8.RuneError || size != 1 {
			break
		}
		text = text[:len(text)-1]
	}
	return text
}
