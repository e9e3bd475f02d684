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
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork/loaders"
)

// Options of the decoder. The zero value is useful, and nil stands for it.
type Options struct {
	// Encoding is the encoding of every text, whatever it looks like; see
	// Encodings. A byte order mark still decides. "" tells it from the text.
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
	force, err := canonical(o.Encoding)
	if err != nil {
		return nil, err
	}
	prefer, err := canonical(o.Prefer)
	if err != nil {
		return nil, err
	}
	return &Decoder{force, prefer}, nil
}

// canonical returns the name under which Encodings lists an encoding.
func canonical(name string) (string, error) {
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
	return fmt.Sprintf("text/1;force=%s;prefer=%s;%s", d.force, d.prefer, loaders.Unicode{}.Fingerprint())
}

// Decode implements loaders.Decoder.
func (d *Decoder) Decode(data []byte, declared string) (loaders.Decoded, error) {
	if d.force != "" && !hasMark(data) {
		return forced(data, d.force)
	}
	if c, ok := find("iso-2022-jp"); ok && isISO2022JP(data) {
		return decode(data, c), nil
	}
	dec, err := loaders.Unicode{}.Decode(data, declared)
	if err == nil && !(dec.Verbatim && dec.Base == 0 && isChance(dec.Text)) {
		return dec, nil
	}
	if c, ok := find(declared); ok {
		if dec := decode(data, c); dec.Invalid == 0 {
			return dec, nil
		}
	}
	other, otherErr := d.guess(data)
	if err == nil && otherErr != nil {
		return dec, nil
	}
	return other, otherErr
}

func hasMark(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) || bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff"))
}

// isChance reports whether text, in valid UTF-8, may be valid by chance only:
// it has a few characters of two bytes, of no one script, that make no word of
// a language. Two characters of GBK are one such.
func isChance(text string) bool {
	n, scripts := 0, map[*unicode.RangeTable]bool{}
	for _, r := range text {
		switch {
		case r > 0x7ff:
			return false
		case r >= 0x80:
			n++
			for _, script := range twoByteScripts() {
				if unicode.Is(script, r) {
					scripts[script] = true
				}
			}
		}
	}
	if n == 0 || n > maxChance || len(scripts) == 1 && !scripts[unicode.Latin] && n > 1 {
		return false
	}
	return max(rateWestern(text), rateCentral(text), rateCyrillic(text)) < 0
}

// maxChance is how many pairs of bytes of another encoding may be UTF-8 by
// chance: of characters of EUC encodings, one in about ten is.
const maxChance = 8

func twoByteScripts() []*unicode.RangeTable {
	return []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko}
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

func forced(data []byte, name string) (loaders.Decoded, error) {
	var dec loaders.Decoded
	if c, ok := find(name); ok {
		dec = decode(data, c)
	} else {
		dec = asUTF8(data)
	}
	if n := utf8.RuneCountInString(dec.Text); float64(dec.Invalid) > maxForced*float64(n) {
		return loaders.Decoded{}, fmt.Errorf("%w: it was named as %s, but %d of %d characters are not valid in it", loaders.ErrEncoding, name, dec.Invalid, n)
	}
	return dec, nil
}

func asUTF8(data []byte) loaders.Decoded {
	if utf8.Valid(data) {
		return loaders.Decoded{Text: string(data), Verbatim: true, Encoding: "utf-8"}
	}
	text := string(bytes.ToValidUTF8(data, []byte("\uFFFD")))
	return loaders.Decoded{Text: text, Encoding: "utf-8", Invalid: strings.Count(text, "\uFFFD")}
}

// decode decodes data as c. The decoders of x/text put U+FFFD in the place of
// what is not valid and give no error.
func decode(data []byte, c charset) loaders.Decoded {
	out, err := c.enc.NewDecoder().Bytes(data)
	text := strings.ToValidUTF8(string(out), "\uFFFD")
	dec := loaders.Decoded{Text: text, Encoding: c.name, Invalid: strings.Count(text, "\uFFFD")}
	if err != nil {
		dec.Invalid++
	}
	return dec
}

const (
	sampleSize  = 16 << 10 // bytes that are enough to rate an encoding
	leastRating = 0.42     // below which letters are not those of a language
	leastLead   = 0.15     // over the second best
	maxInvalid  = 0.005    // share of invalid places in an encoding that was guessed
)

// A trial is an encoding and how well a text fits it.
type trial struct {
	charset
	text   string // the sample
	rating float64
}

// guess decodes data in the encoding that its letters speak for.
func (d *Decoder) guess(data []byte) (loaders.Decoded, error) {
	trials := rateAll(data)
	best, ok := d.choose(trials)
	if !ok {
		return loaders.Decoded{}, fmt.Errorf("%w: its letters may be those of %s or of %s", loaders.ErrEncoding, trials[0].name, trials[1].name)
	}
	if best.rating < leastRating {
		return loaders.Decoded{}, fmt.Errorf("%w: no encoding makes words of it", loaders.ErrEncoding)
	}
	dec := decode(data, best.charset)
	if float64(dec.Invalid) > maxInvalid*float64(utf8.RuneCountInString(dec.Text)) {
		return loaders.Decoded{}, fmt.Errorf("%w: it begins like %s, but %d places are not valid in it", loaders.ErrEncoding, best.name, dec.Invalid)
	}
	dec.Guessed = true
	return dec, nil
}

// choose returns the best trial. Where others come near it and read the text
// otherwise, it is the preferred one of them; ok is false if none is.
func (d *Decoder) choose(trials []trial) (best trial, ok bool) {
	doubt := false
	for _, t := range trials[1:] {
		if t.rating <= trials[0].rating-leastLead {
			break
		}
		if t.text == trials[0].text {
			continue
		}
		if doubt = true; t.name == d.prefer {
			return t, true
		}
	}
	return trials[0], !doubt || trials[0].name == d.prefer || trials[0].rating < leastRating
}

// rateAll rates all encodings that may be guessed, the best first.
func rateAll(data []byte) []trial {
	sample := sampleOf(data)
	pairs := pairedRuns(sample)
	var trials []trial
	for _, c := range charsets() {
		if c.rate == nil {
			continue
		}
		part := sample
		if strings.HasPrefix(c.name, "utf-16") {
			if len(data)%2 != 0 {
				continue
			}
			part = data[:min(len(data), sampleSize)]
		}
		t := trial{charset: c, text: decode(part, c).Text}
		t.rating = c.rate(t.text)
		if c.single {
			t.rating -= pairPenalty * float64(min(pairs, 5))
		}
		trials = append(trials, t)
	}
	slices.SortStableFunc(trials, func(a, b trial) int { return cmp.Compare(b.rating, a.rating) })
	return trials
}

// pairPenalty is what an encoding of single bytes loses for every run that
// pairedRuns counts; half of the runs of such a text are odd.
const pairPenalty = 0.15

// pairedRuns counts the runs of bytes that are not ASCII, if all of them are
// even, as those of characters of two bytes mostly are; otherwise it is 0.
func pairedRuns(sample []byte) int {
	runs, length := 0, 0
	for i := 0; i <= len(sample); i++ {
		if i < len(sample) && sample[i] >= 0x80 {
			length++
			continue
		}
		if length%2 != 0 {
			return 0
		}
		if length > 0 {
			runs++
		}
		length = 0
	}
	return runs
}

// sampleOf returns the part of data that tells most: from the first byte that
// is not ASCII, which begins a character in every encoding here, to the end of
// a line.
func sampleOf(data []byte) []byte {
	i := max(0, bytes.IndexFunc(data, func(r rune) bool { return r >= 0x80 }))
	if i > 0 {
		i-- // a letter with a mark is rated by what stands before it
	}
	sample := data[i:]
	if len(sample) > sampleSize {
		sample = sample[:sampleSize]
		if n := bytes.LastIndexByte(sample, '\n'); n > sampleSize/2 {
			sample = sample[:n]
		}
	}
	return sample
}
