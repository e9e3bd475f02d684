package chunkers

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// koreanEnd reports whether s ends in a polite or formal sentence ending.
// These mark the end of a sentence even where the stop is missing; plain
// endings such as -다 do not, because they also join words.
func koreanEnd(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	if r != '다' && r != '까' && r != '요' {
		return false
	}
	for _, end := range [...]string{"니다", "니까", "세요", "에요", "예요", "어요", "아요", "해요", "네요", "군요", "까요", "지요", "돼요"} {
		if strings.HasSuffix(s, end) {
			return true
		}
	}
	return false
}

// koreanGoesOn reports whether rest, what stands after such an ending, can
// begin a sentence: it is a word, and not one that quotes what came before.
func koreanGoesOn(rest string) bool {
	rest = strings.TrimLeft(rest, " ")
	r, _ := utf8.DecodeRuneInString(skipOpeners(rest))
	if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return false
	}
	word := rest
	if i := strings.IndexFunc(rest[:min(len(rest), 2*maxWord)], unicode.IsSpace); i >= 0 {
		word = rest[:i]
	}
	switch word {
	case "라고", "라는", "라며", "라면", "이라고", "이라는", "하고", "하며", "고", "는", "만", "라", "와", "과":
		return false
	}
	return true
}

// koreanFinal reports whether word ends as a Korean sentence does, plain
// endings included. It is evidence only together with a stop or a line end.
func koreanFinal(word string) bool {
	last, n := utf8.DecodeLastRuneInString(word)
	before, _ := utf8.DecodeLastRuneInString(word[:len(word)-n])
	switch last {
	case '다', '요', '죠', '까':
		return unicode.Is(unicode.Hangul, before)
	}
	return false
}
