package loaders

import (
	"fmt"
	"slices"

	"github.com/seed4837efcb/groundwork"
)

// A Decoder turns the bytes of a text into UTF-8. Implementations are safe for
// concurrent use and do not keep or modify data. [Unicode] needs only the
// standard library; the decoder of loaders/text also knows the encodings that
// were used before Unicode.
type Decoder interface {
	// Decode decodes data. declared is the encoding that the text names
	// itself, as in an XML declaration, or "". An encoding that cannot be told
	// is an error whose cause is ErrEncoding: a decoder does not make up
	// letters.
	Decode(data []byte, declared string) (Decoded, error)

	// Fingerprint identifies the exact behaviour.
	Fingerprint() string
}

// Decoded is a text in UTF-8 and how it was come by.
type Decoded struct {
	Text     string // valid UTF-8, line ends as they were
	Verbatim bool   // Text is the data from Base on
	Base     int    // length of the byte order mark before a verbatim text
	Encoding string // lower-case name such as "utf-8", "utf-16le", "cp949"
	Guessed  bool   // nothing but the letters themselves spoke for Encoding
	Invalid  int    // byte sequences without meaning, replaced by U+FFFD
}

// MetaEncoding is the metadata key that holds the encoding a document was
// read with.
const MetaEncoding = "encoding"

// Decode decodes the data of an item with d, or with [Unicode] if d is nil.
// Its error is a *FileError of the stage "decode".
func Decode(d Decoder, it Item, data []byte, declared string) (Decoded, error) {
	remedy := "convert it to UTF-8, or name its encoding"
	if d == nil {
		d = Unicode{}
	}
	if _, ok := d.(Unicode); ok {
		remedy = "convert it to UTF-8, or give the loader the decoder of loaders/text"
	}
	dec, err := d.Decode(data, declared)
	if err != nil {
		return Decoded{}, &FileError{URI: it.URI, Stage: "decode", Err: err, Remedy: remedy}
	}
	return dec, nil
}

// Fill sets the fields of doc that tell its text and where it came from: Text,
// Verbatim, Base, a line mark, the encoding in the metadata, and a warning if
// the encoding was guessed or did not fit everywhere.
func (d Decoded) Fill(doc *groundwork.Document) {
	doc.Text, doc.Verbatim, doc.Base = d.Text, d.Verbatim, d.Base
	if !d.Verbatim {
		// Line ends survive decoding, so one mark serves the whole text.
		doc.Marks = slices.Insert(doc.Marks, 0, groundwork.Mark{Kind: groundwork.MarkLine, Number: 1})
	}
	if doc.Metadata == nil {
		doc.Metadata = groundwork.Metadata{}
	}
	doc.Metadata[MetaEncoding] = d.Encoding
	doc.Warnings = append(doc.Warnings, d.warnings(doc.URI)...)
}

func (d Decoded) warnings(uri string) []groundwork.Warning {
	var out []groundwork.Warning
	if d.Guessed {
		out = append(out, warning(uri, groundwork.Encoding, "read as %s, as its letters suggest", d.Encoding))
	}
	if d.Invalid > 0 {
		out = append(out, warning(uri, groundwork.Encoding, "%d places are not valid %s and were replaced by U+FFFD", d.Invalid, d.Encoding))
	}
	return out
}

// warning returns a warning of the stage "load".
func warning(uri string, code groundwork.Code, format string, args ...any) groundwork.Warning {
	return groundwork.Warning{Code: code, Stage: "load", URI: uri, Detail: fmt.Sprintf(format, args...)}
}
