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
	d, err := loaders.Unicode{}.Decode(data, declared)
	if err != nil {
		var ok bool
		if d, ok = decodeAs(data, declared); !ok {
			if d, err = l.guess(it, data, declared); err != nil {
				return "", err
			}
		}
	}
	if declared != "" && d.Encoding == "utf-8" && !isUTF8(declared) && !ascii(data) {
		warn(doc, groundwork.Encoding, "declared as %s, but valid UTF-8 and read as that", declared)
	}
	text := d.Text
	d.Text, d.Verbatim, d.Base = "", false, 0
	d.Fill(doc)
	doc.Marks = nil // lines are marked where the text is rendered
	return text, nil
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
	return loaders.Decoded{Text: string(out), Encoding: name, Invalid: bytes.Count(out, []byte("\ufffd"))}, true
}

// guess decodes what is neither Unicode nor declared.
func (l *Loader) guess(it loaders.Item, data []byte, declared string) (loaders.Decoded, error) {
	if l.o.Decoder != nil {
		return loaders.Decode(l.o.Decoder, it, data, declared)
	}
	d, _ := decodeAs(data, "windows-1252")
	d.Guessed = true
	return d, nil
}

func isUTF8(label string) bool {
	_, name := charset.Lookup(label)
	return name == "utf-8" || name == "utf-16le" || name == "utf-16be"
}

func ascii(data []byte) bool {
	for _, c := range data {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
