package lexical

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A kind is what a rune does to a word.
type kind uint8

const (
	breaks  kind = iota // ends it: punctuation, symbols, invalid bytes
	space               // ends it, and is the one thing a Korean bigram may span
	letter              // or a mark that its script keeps
	number              // a decimal digit
	mark                // belongs to the letter before
	ignored             // is as if it were not there: soft hyphens, joiners, tatweel
	joins               // holds two Latin words or numbers together if it stands between them
	trails              // may end one: C++, C#
)

var asciiKinds = func() (kinds [utf8.RuneSelf]kind) {
	for r := range kinds {
		switch {
		case isASCIILetter(rune(r)):
			kinds[r] = letter
		case '0' <= r && r <= '9':
			kinds[r] = number
		case r == ' ' || '\t' <= r && r <= '\r':
			kinds[r] = space
		}
	}
	for _, r := range `._/\:-@&,'` {
		kinds[r] = joins
	}
	kinds['+'], kinds['#'] = trails, trails
	return kinds
}()

func kindOf(r rune) kind {
	switch {
	case r < utf8.RuneSelf:
		return asciiKinds[r]
	case 0xAC00 <= r && r <= 0xD7A3 || 0x4E00 <= r && r <= 0x9FFF:
		return letter
	case r == 'ー': // the long vowel of Kana is a shared "modifier"
		return letter
	case r == '’' || r == '‑' || r == '‐': // apostrophe, hyphens; see ascii
		return joins
	case r == 'ـ' || unicode.Is(unicode.Cf, r) && r != '\u200b':
		return ignored
	case unicode.IsLetter(r) || unicode.Is(unicode.Nl, r):
		return letter
	case unicode.IsMark(r):
		return mark
	case unicode.IsDigit(r):
		return number
	case unicode.IsSpace(r):
		return space
	}
	return breaks
}

// A class is all that words need to know of a rune.
type class struct {
	r             rune
	kind          kind
	script        script
	upper         bool // a Latin capital
	first, second rune // its folded form, for letters and figures; second may be 0
}

// newClass computes the class of r. It takes up to a microsecond.
func newClass(r rune) class {
	c := class{r: r, kind: kindOf(r), first: r}
	switch c.kind {
	case letter:
		c.script = scriptOf(r)
		if r == 'ー' {
			c.script = katakana
		}
		c.upper = c.script == latin && unicode.IsUpper(r)
		c.first, c.second = fold(r, c.script)
	case number:
		c.script, c.first = latin, digit(r)
	case joins, trails:
		c.script, c.first = latin, ascii(r)
	}
	return c
}

// ascii returns the ASCII form of a joiner.
func ascii(r rune) rune {
	switch r {
	case '’':
		return '\''
	case '‑', '‐':
		return '-'
	}
	return r
}

// classes remembers the classes of runes. Texts keep to few, but for Hangul
// and Han, whose classes are cheap.
type classes [512]class

func (c *classes) classOf(r rune) class {
	k := &c[uint32(r)%uint32(len(c))]
	if k.r != r || k.kind == breaks {
		*k = newClass(r)
	}
	return *k
}

// A unit is a rune of a word, folded, and the bytes that it comes from. Several
// units may come from the same bytes (ﬁ, ㎏).
type unit struct {
	r          rune
	kind       kind
	script     script
	upper      bool
	start, end int
}

// read hands the runes of text in NFKC to a's push, in one pass. ASCII, which
// NFKC leaves alone unless a mark follows, takes the short way.
func (a *analysis) read(text string) {
	plain := func(i int) bool {
		return text[i] < utf8.RuneSelf && (i+1 == len(text) || text[i+1] < utf8.RuneSelf)
	}
	for i := 0; i < len(text); {
		if plain(i) {
			a.push(rune(text[i]), i, i+1)
			i++
			continue
		}
		j := i
		for j < len(text) && !plain(j) {
			r, size := utf8.DecodeRuneInString(text[j:])
			if r == utf8.RuneError && size == 1 {
				break // norm would take the byte for a letter
			}
			j += size
		}
		if i == j {
			a.push(utf8.RuneError, i, i+1)
			i++
			continue
		}
		n := i + norm.NFKC.QuickSpanString(text[i:j])
		a.readNormal(text[:n], i)
		a.readOther(text[:j], n)
		i = j
	}
}

// readNormal reads text[i:], which is in NFKC.
func (a *analysis) readNormal(text string, i int) {
	for i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		a.push(r, i, i+size)
		i += size
	}
}

// readOther reads text[i:], normalizing it. What a segment turns into comes
// from the whole segment.
func (a *analysis) readOther(text string, i int) {
	if i == len(text) {
		return
	}
	a.iter.InitString(norm.NFKC, text[i:])
	for start := i; !a.iter.Done(); {
		segment := a.iter.Next()
		end := i + a.iter.Pos()
		next := end
		if end == start { // more segments of this rune follow
			_, size := utf8.DecodeRuneInString(text[start:])
			end += size
		}
		for len(segment) > 0 {
			r, size := utf8.DecodeRune(segment)
			a.push(r, start, end)
			segment = segment[size:]
		}
		start = next
	}
}
