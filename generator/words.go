package generator

import (
	"iter"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// citation matches how a text cites: [1], [2, 3].
var citation = regexp.MustCompile(`\[\d{1,3}(,\s*\d{1,3})*\]`)

func withoutCitations(text string) string { return citation.ReplaceAllString(text, " ") }

// words yields the words of text as written, numbers and identifiers whole,
// and whether a sentence ends after each. Words are cut where Latin letters
// and digits meet another script, so that "FastAPI에서" yields FastAPI.
func words(text string) iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		for i := 0; i < len(text); {
			n := wordLen(text[i:])
			if n == 0 {
				_, size := utf8.DecodeRuneInString(text[i:])
				i += size
				continue
			}
			if !yield(text[i:i+n], endsSentence(text[i+n:])) {
				return
			}
			i += n
		}
	}
}

// wordLen returns the length of the word that text begins with, 0 if none.
func wordLen(text string) int {
	end, latin := 0, false
	for i, r := range text {
		switch {
		case isWordRune(r):
			now := isLatin(r)
			if end > 0 && now != latin {
				return end
			}
			latin = now
			end = i + utf8.RuneLen(r)
		case end == i && end > 0 && strings.ContainsRune(".,'’-:/", r):
			// It belongs to the word if letters or digits follow at once; a
			// comma only within a number.
			next, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
			if !isWordRune(next) || !isLatin(next) || r != '\'' && r != '’' && !joins(text[:i], r, next) {
				return end
			}
			end = i + utf8.RuneLen(r)
		default:
			return end
		}
	}
	return end
}

// joins reports whether the mark r joins before and next to one word: within
// numbers, dates and versions.
func joins(before string, r, next rune) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	return unicode.IsDigit(last) && unicode.IsDigit(next) && r != '/' || r == '.' && unicode.IsDigit(next)
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// isLatin tells letters that have capitals, and digits, from others.
func isLatin(r rune) bool {
	return r == '_' || unicode.IsDigit(r) || unicode.IsUpper(r) || unicode.IsLower(r)
}

// endsSentence reports whether rest, what follows a word, ends the sentence
// before another word.
func endsSentence(rest string) bool {
	for _, r := range rest {
		switch {
		case strings.ContainsRune(".!?…。！？\n:", r):
			return true
		case isWordRune(r):
			return false
		}
	}
	return true
}
