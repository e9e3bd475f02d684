package loaders

import (
	"bytes"
	"context"
	"io"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork"
)

// Plain returns a [Set] of the loaders in this package, which need nothing but
// the standard library: every kind of text by [NewText], CSV and TSV by
// [NewCSV], JSON by [NewJSON], JSON lines by [NewJSONL]. The caller owns it and
// adds to it. An error says which option is wrong.
func Plain(o *Options) (Set, error) {
	c, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	csv := &csvLoader{c}
	return Set{
		"text/*":  &textLoader{c},
		mimeCSV:   csv,
		mimeTSV:   csv,
		mimeJSON:  &jsonLoader{c, false},
		mimeJSONL: &jsonLoader{c, true},
	}, nil
}

// NewText returns the loader for plain text, source code and whatever else is
// best read as it stands. The text is verbatim where the item is UTF-8. A
// plain text whose first line stands apart like a heading has that line as its
// title; a file name is never one.
func NewText(o *Options) (Loader, error) {
	c, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &textLoader{c}, nil
}

type textLoader struct{ o Options }

func (l *textLoader) Fingerprint() string { return l.o.fingerprint("text/1") }

func (l *textLoader) Load(ctx context.Context, it Item, r io.Reader) iter.Seq2[*groundwork.Document, error] {
	return func(yield func(*groundwork.Document, error) bool) {
		doc, err := readText(ctx, it, r, &l.o, xmlEncoding)
		if err == nil && strings.TrimSpace(doc.Text) == "" {
			doc, err = nil, &SkipError{URI: it.URI, Reason: SkipNoText, Detail: "white space only"}
		}
		if err == nil && doc.MIME == mimeText {
			doc.Title = titleOf(doc.Text)
		}
		yield(doc, err)
	}
}

const maxTitle = 120 // bytes; longer first lines are sentences

// titleOf returns the first line of a text if it stands apart like a heading:
// short, not ended like a sentence, with a letter in it, and followed by an
// empty line or underlined.
func titleOf(text string) string {
	text = strings.TrimLeft(text, " \t\r\n")
	line, rest, ok := strings.Cut(text, "\n")
	line = strings.TrimSpace(line)
	if !ok || line == "" || len(line) > maxTitle || !strings.ContainsFunc(line, unicode.IsLetter) {
		return ""
	}
	if last, _ := utf8.DecodeLastRuneInString(line); strings.ContainsRune(".,;:。、，；：!?！？{}()[]<>=", last) {
		return ""
	}
	next, after, _ := strings.Cut(rest, "\n")
	next = strings.TrimSpace(next)
	if isUnderline(next) || next == "" && strings.TrimSpace(after) != "" {
		return line
	}
	return ""
}

func isUnderline(line string) bool {
	return len(line) >= 3 && (strings.Trim(line, "=") == "" || strings.Trim(line, "-") == "")
}

// xmlEncoding returns the encoding that an XML declaration at the start of
// head names, or "".
func xmlEncoding(head []byte) string {
	if !bytes.HasPrefix(head, []byte("<?xml")) {
		return ""
	}
	decl, _, ok := bytes.Cut(head, []byte("?>"))
	_, value, found := bytes.Cut(decl, []byte("encoding="))
	if !ok || !found || len(value) < 2 {
		return ""
	}
	name, _, _ := bytes.Cut(value[1:], value[:1])
	return string(name)
}
