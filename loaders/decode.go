package loaders

import (
	"fmt"
	"slices"
	"strings"

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

// A Preferrer is a Decoder that can be told which encoding to take where the
// letters of a text leave a doubt.
type Preferrer interface {
	Decoder

	// Prefer returns a Decoder that takes encoding in place of a *DoubtError
	// that names it, and otherwise does the same.
	Prefer(encoding string) Decoder
}

// A DoubtError says that the letters of a text speak for several encodings
// alike; its cause is ErrEncoding. Read again with Item.Prefer set to one of
// them, the text is taken as that.
type DoubtError struct {
	Encodings []string // at least one, the likeliest first
}

// Error names the encodings.
func (e *DoubtError) Error() string {
	return fmt.Sprintf("%v: its letters may be those of %s", ErrEncoding, strings.Join(e.Encodings, " or of "))
}

// Unwrap returns ErrEncoding.
func (e *DoubtError) Unwrap() error { return ErrEncoding }

// A Basis is what an encoding was told by.
type Basis string

// What an encoding can be told by.
const (
	ByASCII       Basis = "ascii"      // every byte is ASCII, so it makes no difference
	ByUTF8        Basis = "utf-8"      // the bytes are well-formed UTF-8, or nearly
	ByMark        Basis = "bom"        // a byte order mark
	ByDeclaration Basis = "declared"   // the text says so itself, and its letters do not say otherwise
	ByLetters     Basis = "statistics" // in no other encoding do the letters make as much sense
	ByMajority    Basis = "majority"   // the letters left a doubt: it is the encoding of most other texts
	ByForce       Basis = "forced"     // the decoder was told to
)

// Decoded is a text in UTF-8 and how it was come by.
type Decoded struct {
	Text     string   // valid UTF-8, line ends as they were
	Verbatim bool     // Text is the data from Base on
	Base     int      // length of the byte order mark before a verbatim text
	Encoding string   // lower-case name such as "utf-8", "utf-16le", "cp949"
	By       Basis    // what told Encoding
	Or       []string // encodings that the letters speak for hardly less
	Note     string   // what a reader should know besides; it becomes a warning
	Invalid  int      // byte sequences without meaning, replaced by U+FFFD
}

// Guessed reports whether nothing but the letters of this text, or of others,
// spoke for Encoding.
func (d Decoded) Guessed() bool { return d.By == ByLetters || d.By == ByMajority }

// The metadata keys that hold the encoding a document was read with, the Basis
// of that, and the encodings that come into question besides.
const (
	MetaEncoding   = "encoding"
	MetaEncodingBy = "encoding.by"
	MetaEncodingOr = "encoding.or"
)

// Decode decodes the data of an item with d, or with [Unicode] if d is nil,
// heeding the item's Prefer. Its error is a *FileError of the stage "decode".
func Decode(d Decoder, it Item, data []byte, declared string) (Decoded, error) {
	remedy := "convert it to UTF-8, or name its encoding"
	if d == nil {
		d = Unicode{}
	}
	if _, ok := d.(Unicode); ok {
		remedy = "convert it to UTF-8, or give the loader the decoder of loaders/text"
	}
	if p, ok := d.(Preferrer); ok && it.Prefer != "" {
		d = p.Prefer(it.Prefer)
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
	if d.By != "" {
		doc.Metadata[MetaEncodingBy] = string(d.By)
	}
	if len(d.Or) > 0 {
		doc.Metadata[MetaEncodingOr] = slices.Clone(d.Or)
	}
	doc.Warnings = append(doc.Warnings, d.warnings(doc.URI)...)
}

func (d Decoded) warnings(uri string) []groundwork.Warning {
	var out []groundwork.Warning
	switch d.By {
	case ByLetters:
		out = append(out, warning(uri, groundwork.Encoding, "read as %s, as its letters suggest", d.Encoding))
	case ByMajority:
		out = append(out, warning(uri, groundwork.Doubt, "read as %s, as most other texts are; its letters leave a doubt", d.Encoding))
	}
	if len(d.Or) > 0 {
		out = append(out, warning(uri, groundwork.Doubt, "it is too short to tell %s from %s for certain", d.Encoding, strings.Join(d.Or, " or ")))
	}
	if d.Note != "" {
		out = append(out, warning(uri, groundwork.Encoding, "%s", d.Note))
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
