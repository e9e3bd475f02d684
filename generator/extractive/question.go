package extractive

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork/lexical"
)

// A question is what is asked, as terms. The terms of one word share its
// weight: a Korean word gives many, an English one as a rule one.
type question struct {
	text  string
	terms map[string]int // numbered in order
	word  []int          // of each term, the word it belongs to
	name  []bool         // of each term, whether it is of a name or a number
	words int
}

func newQuestion(a lexical.Analyzer, text string) question {
	q := question{text: text, terms: map[string]int{}}
	tokens := a.Analyze(nil, text)
	casing := casingOf(text)
	for start, word := range wordsOf(text) {
		end := start + len(word)
		for len(tokens) > 0 && tokens[0].Start < end {
			t := tokens[0]
			tokens = tokens[1:]
			// A term that spans two words is a matter of spacing.
			if t.End <= end && !asks(word) {
				q.add(t.Term, isName(text, t.Start, t.End, casing))
			}
		}
		q.words++
	}
	return q
}

func (q *question) add(term string, name bool) {
	if _, ok := q.terms[term]; !ok {
		q.terms[term] = len(q.terms)
		q.word = append(q.word, q.words)
		q.name = append(q.name, name)
	}
}

// A casing says what letters tell of names in a question.
type casing uint8

const (
	capitalsTell casing = iota // as in English: names begin with a capital
	latinTells                 // as in Korean, which has no capitals: words in letters that have them are names
	nothingTells               // IN CAPITALS, Or With Every Word So
)

func casingOf(text string) casing {
	cased, letters, capital, words := 0, 0, 0, 0
	for _, word := range wordsOf(text) {
		first, _ := utf8.DecodeRuneInString(word)
		words++
		if unicode.IsUpper(first) {
			capital++
		}
		for _, r := range word {
			if unicode.IsLetter(r) {
				letters++
			}
			if unicode.IsUpper(r) || unicode.IsLower(r) {
				cased++
			}
		}
	}
	switch {
	case 2*cased < letters:
		return latinTells
	case words > 2 && 2*capital > words:
		return nothingTells
	}
	return capitalsTell
}

// isName reports whether the word text[start:end] of a question is a number,
// a name or an identifier.
func isName(text string, start, end int, c casing) bool {
	for i, r := range text[start:end] {
		switch {
		case unicode.IsDigit(r) || r == '_':
			return true
		case c == latinTells && (unicode.IsUpper(r) || unicode.IsLower(r)):
			return true
		case c == capitalsTell && unicode.IsUpper(r) && (i > 0 || !beginsSentence(text[:start])):
			return true
		}
	}
	return false
}

// beginsSentence reports whether a word behind before is the first of its
// sentence, whose capital says nothing.
func beginsSentence(before string) bool {
	before = strings.TrimRightFunc(before, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.In(r, unicode.Ps, unicode.Pi) || r == '"' || r == '\''
	})
	return before == "" || strings.ContainsRune(".!?:", rune(before[len(before)-1]))
}

// weigh returns the weight of each term, given how many of n units have it. A
// rare term weighs more than a common one, as in BM25; the terms of a word
// together weigh their mean; all terms together weigh 1.
func (q *question) weigh(df []int, n int) []float64 {
	weights := make([]float64, len(df))
	size := make([]float64, q.words)
	for t := range df {
		size[q.word[t]]++
	}
	sum := 0.0
	for t, d := range df {
		weights[t] = math.Log(1+(float64(n-d)+0.5)/(float64(d)+0.5)) / size[q.word[t]]
		sum += weights[t]
	}
	for t := range weights {
		weights[t] /= sum
	}
	return weights
}

// wordsOf yields the words of text, parted by white space and punctuation,
// with their offsets.
func wordsOf(text string) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		start := -1
		for i, r := range text {
			inside := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_' || r == '-' || r == '.' || r == '\''
			switch {
			case inside && start < 0:
				start = i
			case !inside && start >= 0:
				if !yield(start, text[start:i]) {
					return
				}
				start = -1
			}
		}
		if start >= 0 {
			yield(start, text[start:])
		}
	}
}

// asks reports whether a Korean word only makes a sentence a question: an
// interrogative, or a verb that says nothing of its own. English ones are stop
// words of the analyzer.
func asks(word string) bool {
	for _, stem := range [...]string{"무엇", "무슨", "뭐", "뭔", "뭘", "얼마", "어떤", "어떻게", "어떠", "어느", "어디", "언제", "누구", "누가", "왜", "몇"} {
		if strings.HasPrefix(word, stem) {
			return true
		}
	}
	switch strings.TrimRight(word, ".?!") {
	case "있나요", "있습니까", "있어요", "있는가", "하나요", "합니까", "하죠", "해요", "하는가", "되나요", "됩니까", "되죠", "돼요",
		"인가요", "입니까", "인가", "건가요", "것인가", "주세요", "알려", "알려줘", "알려주세요", "있는", "하는", "것은", "것이", "것을", "수":
		return true
	}
	return false
}
