package loaders

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Unicode is the [Decoder] for Unicode's own encodings: UTF-8 with or without
// a byte order mark, UTF-16 and UTF-32 with one, UTF-16 also without where its
// zero bytes give it away, and UTF-8 with a few damaged places. It refuses
// everything else.
type Unicode struct{}

// Fingerprint identifies the version of the rules.
func (Unicode) Fingerprint() string { return "unicode/2" }

// minUTF8Share is how many well-formed sequences of several bytes a text needs
// for every malformed one to pass as damaged UTF-8. In other encodings
// sequences that happen to be well-formed are rare.
const minUTF8Share = 20

// Decode implements [Decoder]. It heeds declared only for UTF-16 without a
// byte order mark, which is the one thing it can be unsure of.
func (Unicode) Decode(data []byte, declared string) (Decoded, error) {
	if d, ok := decodeMarked(data); ok {
		return d, nil
	}
	if bytes.IndexByte(data, 0) >= 0 || strings.HasPrefix(strings.ToLower(declared), "utf-16") {
		if order := sniffUTF16(data); order != nil {
			d := decodeUTF16(data, order)
			d.By = ByLetters
			return d, nil
		}
	}
	if utf8.Valid(data) {
		return Decoded{Text: string(data), Verbatim: true, Encoding: "utf-8", By: utf8Basis(data)}, nil
	}
	if good, bad := countUTF8(data); good >= minUTF8Share*bad {
		text := string(bytes.ToValidUTF8(data, []byte("\uFFFD")))
		return Decoded{Text: text, Encoding: "utf-8", By: ByUTF8, Invalid: bad}, nil
	}
	return Decoded{}, fmt.Errorf("%w: neither UTF-8 nor UTF-16", ErrEncoding)
}

// utf8Basis returns what tells that data are UTF-8.
func utf8Basis(data []byte) Basis {
	for _, c := range data {
		if c >= utf8.RuneSelf {
			return ByUTF8
		}
	}
	return ByASCII
}

// decodeMarked decodes data that begins with a byte order mark.
func decodeMarked(data []byte) (d Decoded, ok bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		body := data[3:]
		if utf8.Valid(body) {
			return Decoded{Text: string(body), Verbatim: true, Base: 3, Encoding: "utf-8", By: ByMark}, true
		}
		_, bad := countUTF8(body)
		return Decoded{Text: string(bytes.ToValidUTF8(body, []byte("\uFFFD"))), Encoding: "utf-8", By: ByMark, Invalid: bad}, true
	case bytes.HasPrefix(data, []byte("\xff\xfe\x00\x00")) && len(data)%4 == 0:
		return decodeUTF32(data[4:], binary.LittleEndian), true
	case bytes.HasPrefix(data, []byte("\x00\x00\xfe\xff")) && len(data)%4 == 0:
		return decodeUTF32(data[4:], binary.BigEndian), true
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return decodeUTF16(data[2:], binary.LittleEndian), true
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return decodeUTF16(data[2:], binary.BigEndian), true
	}
	return Decoded{}, false
}

func decodeUTF16(data []byte, order binary.ByteOrder) Decoded {
	d := Decoded{Encoding: "utf-16le", By: ByMark}
	if order == binary.BigEndian {
		d.Encoding = "utf-16be"
	}
	var b strings.Builder
	b.Grow(len(data))
	for len(data) >= 2 {
		r, n, ok := nextUTF16(data, order)
		if !ok {
			d.Invalid++
		}
		b.WriteRune(r)
		data = data[n:]
	}
	if len(data) > 0 { // half a unit: the file is cut
		d.Invalid++
		b.WriteRune(utf8.RuneError)
	}
	d.Text = b.String()
	return d
}

// nextUTF16 returns the first character of data, which holds at least two
// bytes, and its length in bytes. A lone surrogate is utf8.RuneError and not
// ok.
func nextUTF16(data []byte, order binary.ByteOrder) (r rune, n int, ok bool) {
	r = rune(order.Uint16(data))
	if !utf16.IsSurrogate(r) {
		return r, 2, true
	}
	if len(data) >= 4 {
		if p := utf16.DecodeRune(r, rune(order.Uint16(data[2:]))); p != utf8.RuneError {
			return p, 4, true
		}
	}
	return utf8.RuneError, 2, false
}

func decodeUTF32(data []byte, order binary.ByteOrder) Decoded {
	d := Decoded{Encoding: "utf-32le", By: ByMark}
	if order == binary.BigEndian {
		d.Encoding = "utf-32be"
	}
	var b strings.Builder
	b.Grow(len(data) / 2)
	for ; len(data) >= 4; data = data[4:] {
		r := rune(utf8.RuneError)
		if u := order.Uint32(data); u <= unicode.MaxRune && utf8.ValidRune(rune(u)) {
			r = rune(u)
		} else {
			d.Invalid++
		}
		b.WriteRune(r)
	}
	d.Text = b.String()
	return d
}

// countUTF8 counts the well-formed sequences of several bytes in data and the
// runs of malformed bytes.
func countUTF8(data []byte) (good, bad int) {
	inBad := false
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && n == 1:
			if !inBad {
				bad++
			}
			inBad = true
		default:
			inBad = false
			if n > 1 {
				good++
			}
		}
		data = data[n:]
	}
	return good, bad
}

const (
	utf16Sample = 16 << 10 // bytes that are enough to tell UTF-16
	utf16Least  = 0.4      // what a sample has to reach; texts lie above 0.5
	utf16Margin = 0.2      // and how far the other byte order has to lie below
)

// sniffUTF16 returns the byte order in which data are plausible UTF-16
// without a mark, or nil. Text of 8-bit encodings holds no zero byte and is
// ruled out by that; a space and a line end of UTF-16 hold one.
func sniffUTF16(data []byte) binary.ByteOrder {
	if bytes.IndexByte(data[:min(len(data), utf16Sample)], 0) < 0 {
		return nil
	}
	le, be := utf16Orders(data)
	switch {
	case le >= utf16Least && le >= be+utf16Margin:
		return binary.LittleEndian
	case be >= utf16Least && be >= le+utf16Margin:
		return binary.BigEndian
	}
	return nil
}

// utf16Orders rates data as UTF-16 in either byte order.
func utf16Orders(data []byte) (le, be float64) {
	if len(data)%2 != 0 && len(data) < utf16Sample || len(data) < 4 {
		return 0, 0
	}
	sample := data[:min(len(data)&^1, utf16Sample)]
	zeros := bytes.Count(sample, []byte{0})
	return plausibility(sample, binary.LittleEndian, zeros), plausibility(sample, binary.BigEndian, zeros)
}

// plausibility rates sample as UTF-16, at most 1. With the wrong byte order a
// space becomes U+2000 and a line end U+0A00, which no text holds, and letters
// scatter over surrogates, private and unassigned code points. In the right
// one most zero bytes belong to ASCII characters; two letters of an 8-bit
// text, taken as one of UTF-16, are two printable bytes.
func plausibility(sample []byte, order binary.ByteOrder, zeros int) float64 {
	n, ascii, score := 0, 0, 0.0 // ascii counts what accounts for a zero byte
	for len(sample) >= 2 {
		r, size, ok := nextUTF16(sample, order)
		sample = sample[size:]
		n++
		switch {
		case r == '\t' || r == '\n' || r == '\r' || 0x20 <= r && r < 0x7f:
			ascii++
			score++
		case !ok || r >= 0x2000 && r <= 0x200a || !unicode.IsGraphic(r):
			score -= 3
		case r&0xff == 0 && (r == 0x3000 || 0x4e00 <= r && r <= 0x9fff || 0xac00 <= r && r <= 0xd7a3): // a zero byte of its own
			ascii++
			score += 0.6
		case 0x3040 <= r && r <= 0x30ff:
			score += 0.8
		case r < 0x8000 && isPrintable(byte(r>>8)) && isPrintable(byte(r)):
			score += 0.3
		case 0x4e00 <= r && r <= 0x9fff || 0xac00 <= r && r <= 0xd7a3 || 0x3001 <= r && r <= 0x3030 || r < 0x600 || r >= 0xff00 && r <= 0xffef:
			score += 0.6
		}
	}
	if ascii*2 < zeros {
		return 0
	}
	return score / float64(max(n, 1))
}

func isPrintable(c byte) bool { return 0x20 <= c && c < 0x7f }
