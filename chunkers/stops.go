package chunkers

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A stop is a character that may end a sentence.
type stop uint8

const (
	noStop   stop = iota
	softStop      // ends a sentence only before white space
	fullStop      // ends a sentence wherever it stands
)

func stopKind(r rune) stop {
	switch r {
	case '.', '!', '?', '…', '‽', '⁇', '⁈', '⁉', '؟', '۔', '։', '．':
		return softStop
	case '。', '！', '？', '｡', '।', '॥', '።', '។', '။', '᙮', '꓿':
		return fullStop
	}
	return noStop
}

// skipClosers returns the index after the closing marks that stand at i.
func skipClosers(text string, i int) int {
	for i < len(text) {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !strings.ContainsRune("\"')]}*_`~”’»」』）】》〉］｝", r) {
			break
		}
		i += n
	}
	return i
}

// skipOpeners returns text without the opening marks at its beginning.
func skipOpeners(text string) string {
	return strings.TrimLeft(text, "\"'([{*_“‘«「『（【《〈")
}

// skipCodeSpan returns the index after the Markdown code span that opens at i,
// or after its opening mark if the span does not close nearby.
func skipCodeSpan(text string, i int) int {
	j := i
	for j < len(text) && text[j] == '`' {
		j++
	}
	mark := text[i:j]
	near := text[j:min(len(text), j+512)]
	k := strings.Index(near, mark)
	if k < 0 || strings.Contains(near[:k], "\n\n") {
		return j
	}
	return j + k + len(mark)
}

// goesOn reports whether the first word of rest cannot begin a sentence.
func goesOn(rest string) bool {
	r, _ := utf8.DecodeRuneInString(skipOpeners(strings.TrimLeftFunc(rest, unicode.IsSpace)))
	return unicode.IsLower(r) || r == ',' || r == ';'
}

func beginsWithSpace(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(r)
}

func beginsWithLetter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r)
}

func beginsWithDigit(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsDigit(r)
}

func beginsWithHangul(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.Is(unicode.Hangul, r)
}

// maxWord bounds in bytes the words that are looked at before a stop.
const maxWord = 24

// lastWord returns the letters, digits, periods and hyphens at the end of s;
// the whole of a longer word is not needed and not returned.
func lastWord(s string) string {
	i := len(s)
	for i > 0 && len(s)-i < maxWord {
		r, n := utf8.DecodeLastRuneInString(s[:i])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '-' {
			break
		}
		i -= n
	}
	return s[i:]
}

// isInitial reports whether word is one capital letter, or several with
// periods between them, as in "J." and "U.S.".
func isInitial(word string) bool {
	for part := range strings.SplitSeq(word, ".") {
		r, n := utf8.DecodeRuneInString(part)
		if n != len(part) || !unicode.IsUpper(r) {
			return false
		}
	}
	return true
}

func isNumber(word string) bool {
	for i := range len(word) {
		if c := word[i]; (c < '0' || c > '9') && c != '.' {
			return false
		}
	}
	return word != ""
}

// isAbbreviation reports whether word is written with a period that ends no
// sentence. digit tells whether a digit follows, as it must for some.
func isAbbreviation(word string, digit bool) bool {
	switch strings.ToLower(word) {
	case "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "rev", "gen", "col", "sgt", "capt", "hon",
		"vs", "cf", "e.g", "i.e", "eg", "ie", "viz", "al", "approx", "ca", "resp", "incl", "esp",
		"inc", "ltd", "corp", "dept", "univ", "assn", "z.b", "d.h", "bzw", "usw", "hr", "fr", "sra":
		return true
	case "fig", "figs", "eq", "eqs", "no", "nos", "nr", "vol", "pp", "p", "ch", "sec", "ref", "refs", "art", "bd",
		"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "ave", "mt":
		return digit
	}
	return false
}

// endsWithNumbering reports whether s ends in a number with a period, as
// between the parts of "2024. 5. 3.".
func endsWithNumbering(s string) bool {
	s, ok := strings.CutSuffix(strings.TrimRight(s, " "), ".")
	return ok && isNumber(lastWord(s))
}
