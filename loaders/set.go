package loaders

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork"
)

// A Set is a [Loader] that picks among others by media type. Its keys are
// media types such as "application/pdf", or "text/*" for all of a kind that
// have no key of their own; a type with the suffix +json or +xml also falls
// back to application/json or text/xml, and XHTML to text/html. Fill it before its first use; it is
// then safe for concurrent use.
//
//	set := loaders.Plain(nil)
//	set["text/markdown"] = markdown.New(nil)
//
// An item's own MIME decides if it is set, otherwise [MIMEOf]. The content
// must not contradict it: binary data under the type of a text are skipped
// with the reason SkipBinary. A type without a loader is skipped with
// SkipUnsupported, an item without bytes with SkipEmpty.
type Set map[string]Loader

// Load reads one item with the loader of its type.
func (s Set) Load(ctx context.Context, it Item, r io.Reader) iter.Seq2[*groundwork.Document, error] {
	return func(yield func(*groundwork.Document, error) bool) {
		br := bufio.NewReaderSize(r, sniffLen)
		head, err := br.Peek(sniffLen)
		if err != nil && !errors.Is(err, io.EOF) {
			yield(nil, &FileError{URI: it.URI, Stage: "open", Err: err})
			return
		}
		l, mime, err := s.pick(it, head)
		if err != nil {
			yield(nil, err)
			return
		}
		it.MIME = mime
		for doc, err := range l.Load(ctx, it, br) {
			if doc != nil && it.Escaped {
				doc.Warnings = append(doc.Warnings, warning(it.URI, groundwork.Encoding, "the file name is not valid UTF-8; its invalid bytes are percent-encoded"))
			}
			if !yield(doc, err) {
				return
			}
		}
	}
}

// pick returns the loader of an item that begins with head, and its type.
func (s Set) pick(it Item, head []byte) (Loader, string, error) {
	if len(head) == 0 {
		return nil, "", &SkipError{URI: it.URI, Reason: SkipEmpty, Detail: "0 bytes"}
	}
	mime := typeOf(it, head)
	l := s.lookup(mime)
	if l == nil {
		return nil, "", &SkipError{URI: it.URI, Reason: SkipUnsupported, Detail: "no loader for " + mime}
	}
	if IsText(mime) {
		if b := sniffBinary(head); b != "" {
			return nil, "", &SkipError{URI: it.URI, Reason: SkipBinary, Detail: fmt.Sprintf("named as %s, but holds %s", mime, b)}
		}
	}
	return l, mime, nil
}

// lookup returns the loader for a media type, or nil.
func (s Set) lookup(mime string) Loader {
	if l := s[mime]; l != nil {
		return l
	}
	kind, _, _ := strings.Cut(mime, "/")
	if l := s[kind+"/*"]; l != nil {
		return l
	}
	switch {
	case kind != "application":
		return nil
	case mime == "application/xhtml+xml":
		return s.lookup("text/html")
	case mime == "application/xml", strings.HasSuffix(mime, "+xml"):
		return s.lookup("text/xml")
	case strings.HasSuffix(mime, "+json"):
		return s[mimeJSON]
	}
	return nil
}

// typeOf returns the media type of an item, in lower case and without
// parameters: what the source says, or what name and content tell.
func typeOf(it Item, head []byte) string {
	mime, _, _ := strings.Cut(it.MIME, ";")
	if mime = strings.ToLower(strings.TrimSpace(mime)); mime != "" {
		return mime
	}
	return MIMEOf(it.URI, head)
}

// Fingerprint covers the keys and the fingerprints of all loaders.
func (s Set) Fingerprint() string {
	var b strings.Builder
	b.WriteString("set/1")
	for _, mime := range slices.Sorted(maps.Keys(s)) {
		if s[mime] != nil {
			fmt.Fprintf(&b, "|%s=%s", mime, s[mime].Fingerprint())
		}
	}
	return b.String()
}
