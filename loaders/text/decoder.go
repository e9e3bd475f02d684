// Package text decodes texts from before Unicode: Korean CP949 and EUC-KR,
// Japanese Shift-JIS, EUC-JP and ISO-2022-JP, Chinese GB 2312, GBK, GB 18030
// and Big5, Western and Cyrillic code pages. [New] returns the decoder that
// loaders take.
//
// Unicode comes first, then what the text declares about itself. Otherwise the
// letters decide: in which encoding are they those that its language uses
// most? Such a decision is marked as a guess, and where no encoding makes
// sense, or two make equal sense, the text is refused. Nothing is garbled in
// silence.
package text

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork/loaders"
)

// Options of the decoder. The zero value is useful, and nil stands for it.
type Options struct {
	// Encoding is the encoding of every text, whatever it looks like; see
	// Encodings. A byte order mark still decides, and what is UTF-8 beyond
	// doubt stays that, with a warning. "" tells it from the text.
	Encoding string

	// Prefer is the encoding to take where the letters leave a doubt, such as
	// the one most texts of a folder have. "" refuses such a text.
	Prefer string
}

// A Decoder is a loaders.Decoder. It is safe for concurrent use.
type Decoder struct {
	force  string // name of a charset or a form of Unicode, "" for none
	prefer string
}

// New returns a decoder. An encoding that is not known is an error.
func New(o *Options) (*Decoder, error) {
	if o == nil {
		o = &Options{}
	}
	force, err := Canonical(o.Encoding)
	if err != nil {
		return nil, err
	}
	prefer, err := Canonical(o.Prefer)
	if err != nil {
		return nil, err
	}
	return &Decoder{force, prefer}, nil
}

// Prefer implements loaders.Preferrer. An encoding that is not known is none
// to prefer.
func (d *Decoder) Prefer(encoding string) loaders.Decoder {
	name, err := Canonical(encoding)
	if err != nil {
		return d
	}
	return &Decoder{d.force, name}
}

// Canonical returns the name under which [Encodings] lists an encoding that has
// that name or is otherwise called that; "" for "". An unknown one is an error.
func Canonical(name string) (string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" || slices.Contains(Encodings(), name) {
		return name, nil
	}
	if name == "utf8" {
		return "utf-8", nil
	}
	c, ok := find(name)
	if !ok {
		return "", fmt.Errorf("text: encoding %q is not known; known are %s", name, strings.Join(Encodings(), ", "))
	}
	return c.name, nil
}

// Fingerprint implements loaders.Decoder.
func (d *Decoder) Fingerprint() string {
	return fmt.Sprintf("text/2;force=%s;prefer=%s;%s", d.force, d.prefer, loaders.Unicode{}.Fingerprint())
}

// Decode implements loaders.Decoder.
func (d *Decoder) Decode(data []byte, declared string) (loaders.Decoded, error) {
	if d.force != "" && !hasMark(data) {
		return forced(data, d.force)
	}
	if c, ok := find("iso-2022-jp"); ok && isISO2022JP(data) {
		return decode(data, c, loaders.ByDeclaration), nil
	}
	dec, err := loaders.Unicode{}.Decode(data, declared)
	if err == nil && !(dec.By == loaders.ByUTF8 && dec.Invalid == 0 && oddities(dec.Text) > 0) {
		return dec, nil
	}
	if c, ok := find(declared); ok && !(err == nil && c.single) {
		return d.declared(data, c)
	}
	if err == nil {
		return d.byChance(dec, data), nil
	}
	return d.guess(rateAll(data), data)
}

// declared decodes data as c, which they declare, unless their letters say
// clearly that it is another. Where neither fits, the declaration holds as long
// as a few places alone are not valid in it.
func (d *Decoder) declared(data []byte, c charset) (loaders.Decoded, error) {
	dec := decode(data, c, loaders.ByDeclaration)
	trials := rateAll(data)
	if !isInvalid(dec, maxInvalid) && !contradicts(trials, c) {
		return dec, nil
	}
	other, err := d.guess(trials, data)
	if err != nil && !isInvalid(dec, maxForced) {
		return dec, nil
	}
	return other, err
}

func hasMark(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) || bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff"))
}

// isISO2022JP reports whether data are seven-bit and switch to Japanese by an
// escape sequence. They would pass as UTF-8.
func isISO2022JP(data []byte) bool {
	if !bytes.Contains(data, []byte("\x1b$B")) && !bytes.Contains(data, []byte("\x1b$@")) {
		return false
	}
	return !bytes.ContainsFunc(data, func(r rune) bool { return r >= 0x80 })
}

// maxForced is the share of invalid places from which an encoding that was
// named cannot be the right one.
const maxForced = 0.05

// certainRunes is how many characters of three bytes or more make valid UTF-8
// certain: two of another encoding's rarely fall together so.
const certainRunes = 4

// forced decodes data in the encoding of the name. ASCII is the same in all but
// UTF-16. What is UTF-8 beyond doubt stays that, with a note.
func forced(data []byte, name string) (loaders.Decoded, error) {
	if uni, err := (loaders.Unicode{}).Decode(data, ""); err == nil && !strings.HasPrefix(name, "utf-") {
		switch {
		case uni.By == loaders.ByASCII && !isISO2022JP(data):
			return uni, nil
		case uni.By == loaders.ByUTF8 && isCertain(uni):
			uni.Note = "valid UTF-8 and read as that, although it was named as " + name
			return uni, nil
		}
	}
	var dec loaders.Decoded
	if c, ok := find(name); ok {
		dec = decode(data, c, loaders.ByForce)
	} else {
		dec = asUTF8(data)
	}
	if isInvalid(dec, maxForced) {
		return loaders.Decoded{}, fmt.Errorf("%w: it was named as %s, but %d of %d characters are not valid in it",
			loaders.ErrEncoding, name, dec.Invalid, utf8.RuneCountInString(dec.Text))
	}
	return dec, nil
}

func isCertain(dec loaders.Decoded) bool {
	n := 0
	for _, r := range dec.Text {
		if r > 0x7ff {
			n++
		}
	}
	return dec.Invalid == 0 && n >= certainRunes
}

func asUTF8(data []byte) loaders.Decoded {
	if utf8.Valid(data) {
		return loaders.Decoded{Text: string(data), Verbatim: true, Encoding: "utf-8", By: loaders.ByForce}
	}
	text := string(bytes.ToValidUTF8(data, []byte("\uFFFD")))
	return loaders.Decoded{Text: text, Encoding: "utf-8", By: loaders.ByForce, Invalid: strings.Count(text, "\uFFFD")}
}

// isInvalid reports whether more than a share of the characters is not valid in
// the encoding.
func isInvalid(dec loaders.Decoded, share float64) bool {
	return dec.Invalid > 0 && float64(dec.Invalid) > share*float64(utf8.RuneCountInString(dec.Text))
}

// decode decodes data as c. The decoders of x/text put U+FFFD in the place of
// what is not valid and give no error.
func decode(data []byte, c charset, by loaders.Basis) loaders.Decoded {
	out, err := c.enc.NewDecoder().Bytes(data)
	text := strings.ToValidUTF8(string(out), "\uFFFD")
	dec := loaders.Decoded{Text: text, Encoding: c.name, By: by, Invalid: strings.Count(text, "\uFFFD")}
	if err != nil {
		dec.Invalid++
	}
	return dec
}
