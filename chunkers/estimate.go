package chunkers

import (
	"unicode"
	"unicode/utf8"
)

const (
	estimateVersion = "estimate/1"
	estimateBase    = 2 // one special token at each end
)

// EstimateTokens returns a cautious guess of how many tokens an embedding
// model makes of text, special tokens included: as a rule more than the model
// will count. It takes a token for every four ASCII letters of a word, every
// two digits or other letters of Latin, Greek and Cyrillic, and every other
// visible character. Time is linear in len(text).
func EstimateTokens(text string) int {
	n := estimateBase
	var run runClass
	length := 0
	for _, r := range text {
		c := classOf(r)
		if c != run {
			run, length = c, 0
		}
		if c != classSpace && length%c.perToken() == 0 {
			n++
		}
		length++
	}
	return n
}

// A runClass groups characters that share a token.
type runClass uint8

const (
	classSpace  runClass = iota
	classWord            // ASCII letters
	classPair            // digits, other letters of alphabets
	classSingle          // everything else: a token each
)

func (c runClass) perToken() int {
	switch c {
	case classWord:
		return 4
	case classPair:
		return 2
	}
	return 1
}

func classOf(r rune) runClass {
	switch {
	case r < utf8.RuneSelf:
		return asciiClass(byte(r))
	case unicode.IsSpace(r):
		return classSpace
	case unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic):
		return classPair
	}
	return classSingle
}

func asciiClass(c byte) runClass {
	switch {
	case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
		return classWord
	case '0' <= c && c <= '9':
		return classPair
	case c == ' ' || '\t' <= c && c <= '\r':
		return classSpace
	}
	return classSingle
}
