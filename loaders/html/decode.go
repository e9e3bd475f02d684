package html

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
)

const declarationLen = 4096 // bytes in which a page may declare its encoding

// declaration finds charset=… in a meta element or an XML declaration.
var declaration = regexp.MustCompile(`(?i)<(?:meta\s[^>]*?charset|\?xml\s[^>]*?encoding)\s*=\s*["']?\s*([a-z0-9_:.\-]+)`)

// decode returns the page as UTF-8 and records in doc how it was read.
func (l *Loader) decode(doc *groundwork.Document, it loaders.Item, data []byte) (string, error) {
	declared := declaredIn(data)
	d, err := l.decoded(it, data, declared)
	if err != nil {
		return "", err
	}
	unicode := d.By == loaders.ByUTF8 || d.By == loaders.ByMark
	switch {
	case declared == "":
	case unicode && d.Encoding == "utf-8" && !isUTF8(declared):
		warn(doc, groundwork.Encoding, "declared as %s, but valid UTF-8 and read as that", declared)
	case l.o.Decoder != nil && d.Guessed():
		warn(doc, groundwork.Encoding, "declared as %s, but its letters are not those", declared)
	}
	text := d.Text
	d.Text, d.Verbatim, d.Base = "", false, 0
	d.Fill(doc)
	doc.Marks = nil // lines are marked where the text is rendered
	return text, nil
}

// decoded decodes a page with the decoder of the options. Without one, what is
// not Unicode is what it declares, or windows-1252, as browsers take it.
func (l *Loader) decoded(it loaders.Item, data []byte, declared string) (loaders.Decoded, error) {
	if l.o.Decoder != nil {
		if _, name := charset.Lookup(declared); name != "" {
			declared = name
		}
		return loaders.Decode(l.o.Decoder, it, data, declared)
	}
	if d, err := (loaders.Unicode{}).Decode(data, declared); err == nil {
		return d, nil
	}
	if d, ok := decodeAs(data, declared); ok {
		return d, nil
	}
	d, _ := decodeAs(data, "windows-1252")
	d.By = loaders.ByLetters
	return d, nil
}

func declaredIn(data []byte) string {
	m := declaration.FindSubmatch(data[:min(len(data), declarationLen)])
	if m == nil {
		return ""
	}
	return strings.ToLower(string(m[1]))
}

// decodeAs decodes with the encoding of a label of the Encoding Standard. It
// refuses unknown labels, and those of UTF-8, which was tried.
func decodeAs(data []byte, label string) (loaders.Decoded, bool) {
	enc, name := charset.Lookup(label)
	if enc == nil || strings.HasPrefix(name, "utf-") || name == "replacement" || name == "x-user-defined" {
		return loaders.Decoded{}, false
	}
	out, err := enc.NewDecoder().Bytes(data)
	if err != nil || !utf8.Valid(out) {
		return loaders.Decoded{}, false
	}
	return loaders.Decoded{Text: string(out), Encoding: name, By: loaders.ByDeclaration, Invalid: bytes.Count(out, []byte("\ufffd"))}, true
}

func isUTF8(label string) bool {
	_, name := charset.Lookup(label)
	return name == "utf-8" || name == "utf-16le" || name == "utf-16be"
}
