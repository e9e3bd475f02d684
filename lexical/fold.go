package lexical

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// spelled are the Latin letters without a decomposition that are commonly
// typed as others.
var spelled = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'þ': "th", 'ĳ': "ij",
	'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'ħ': "h", 'ı': "i", 'ŧ': "t",
}

// fold returns the letter that stands for r, a letter in NFKC, in terms, and
// for the few that are spelled with two, the second. Case falls away
// everywhere. Diacritics fall away where people search without them: in Latin
// and Greek, Arabic and Hebrew. Elsewhere marks make other letters (Russian
// и and й, Kana か and が, all of Indic), and stay.
func fold(r rune, s script) (first, second rune) {
	if r < utf8.RuneSelf {
		return r | 0x20, 0
	}
	switch s {
	case latin:
		r = unicode.ToLower(r)
		if two, ok := spelled[r]; ok {
			if len(two) == 2 {
				return rune(two[0]), rune(two[1])
			}
			return rune(two[0]), 0
		}
		return unicode.ToLower(base(r)), 0
	case greek:
		r = unicode.ToLower(base(r))
		if r == 'ς' {
			r = 'σ'
		}
	case cyrillic:
		if r = unicode.ToLower(r); r == 'ё' {
			r = 'е'
		}
	case arabic:
		switch r = base(r); r {
		case 'ى':
			r = 'ي'
		case 'ة':
			r = 'ه'
		}
	case hebrew:
		r = base(r)
	case hangul, han, hiragana, katakana:
	default:
		r = unicode.ToLower(r)
	}
	return r, 0
}

// dropsMarks reports whether combining marks fall away in s, as fold makes
// composed letters lose them.
func dropsMarks(s script) bool {
	return s == latin || s == greek || s == arabic || s == hebrew
}

// base returns the letter that r is composed on.
func base(r rune) rune {
	var buf [utf8.UTFMax]byte
	n := utf8.EncodeRune(buf[:], r)
	if d := norm.NFD.Properties(buf[:n]).Decomposition(); d != nil {
		r, _ = utf8.DecodeRune(d)
	}
	return r
}

// digit returns the ASCII digit of the value of r, a decimal digit of any
// script. Unicode gives each script's ten digits a run of their own.
func digit(r rune) rune {
	if r < utf8.RuneSelf {
		return r
	}
	zero := r
	for range 9 {
		if !unicode.Is(unicode.Nd, zero-1) {
			break
		}
		zero--
	}
	return '0' + (r-zero)%10
}
