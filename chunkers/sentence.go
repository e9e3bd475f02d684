package chunkers

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork"
)

// Sentences returns the sentences of text in order, without the white space
// around them; every other byte is in exactly one of them. A sentence ends
//
//   - after . ! ? or …, with closing quotes and brackets, before white space,
//     unless what follows begins in lower case or the stop belongs to an
//     abbreviation, an initial, a number or a list's numbering;
//   - after the full stops of Chinese, Japanese, Indic, Arabic, Armenian,
//     Ethiopic, Khmer and Burmese;
//   - after a polite Korean ending (-니다, -세요, -어요 …), with or without a
//     stop;
//   - at a blank line, before and after a line that is a heading, a list item,
//     a table row or a fence, and at the end of any line in text whose lines
//     are not wrapped.
//
// Time is linear in len(text); any bytes are accepted.
func Sentences(text string) []groundwork.Span {
	var out []groundwork.Span
	s := scanner{text: text}
	for s.next() {
		out = append(out, s.span)
	}
	return out
}

// A scanner walks over the sentences of a text.
type scanner struct {
	text string
	pos  int             // where the next sentence is looked for
	line int             // start of the line that pos is on
	span groundwork.Span // the sentence that next found
}

// next moves on to the next sentence, if there is one.
func (s *scanner) next() bool {
	s.skipSpace()
	if s.pos >= len(s.text) {
		return false
	}
	start := s.pos
	end := s.find(start)
	s.pos = end
	s.span = groundwork.Span{Start: start, End: start + len(strings.TrimRightFunc(s.text[start:end], unicode.IsSpace))}
	return true
}

func (s *scanner) skipSpace() {
	for s.pos < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[s.pos:])
		if !unicode.IsSpace(r) {
			return
		}
		s.pos += n
		if r == '\n' {
			s.line = s.pos
		}
	}
}

// find returns where the sentence that begins at start ends.
func (s *scanner) find(start int) int {
	for i := start; i < len(s.text); {
		c := s.text[i]
		switch {
		case c == '\n':
			if s.breaksAt(i) {
				return i
			}
			i++
			s.line = i
		case c == '`':
			i = skipCodeSpan(s.text, i)
		case c == ' ':
			if koreanEnd(s.text[start:i]) && koreanGoesOn(s.text[i+1:]) {
				return i
			}
			i++
		case c == '.' || c == '!' || c == '?' || c >= utf8.RuneSelf:
			end, ends := s.stopAt(start, i)
			if ends {
				return end
			}
			i = end
		default:
			i++
		}
	}
	return len(s.text)
}

// stopAt looks at the character at i. It returns where the sentence ends, if
// it ends there, or else where to go on.
func (s *scanner) stopAt(start, i int) (end int, ends bool) {
	r, n := utf8.DecodeRuneInString(s.text[i:])
	if stopKind(r) == noStop {
		return i + n, false
	}
	stop := i
	full, count := false, 0
	for i < len(s.text) {
		r, n = utf8.DecodeRuneInString(s.text[i:])
		k := stopKind(r)
		if k == noStop {
			break
		}
		full = full || k == fullStop
		count++
		i += n
	}
	closed := skipClosers(s.text, i)
	rest := s.text[closed:]
	switch {
	case rest == "":
		return closed, true
	case full:
		return closed, closed == i || !beginsWithLetter(rest)
	case s.text[stop] == '.' && count == 1:
		return closed, s.periodEnds(start, stop, closed)
	}
	return closed, beginsWithSpace(rest) && !goesOn(rest)
}

// periodEnds reports whether the one period at stop ends the sentence that
// begins at start; closed is where its closing marks end.
func (s *scanner) periodEnds(start, stop, closed int) bool {
	rest := s.text[closed:]
	word := lastWord(s.text[start:stop])
	if !beginsWithSpace(rest) {
		// A missing space after a Korean sentence: "했다.그리고".
		return koreanFinal(word) && beginsWithHangul(rest)
	}
	digit := beginsWithDigit(strings.TrimLeftFunc(rest, unicode.IsSpace))
	if goesOn(rest) || isAbbreviation(word, digit) || isInitial(word) {
		return false
	}
	if isNumber(word) {
		before := s.text[start : stop-len(word)]
		return before != "" && !digit && !endsWithNumbering(before)
	}
	return true
}

// breaksAt reports whether the newline at i ends a sentence.
func (s *scanner) breaksAt(i int) bool {
	line := strings.TrimSuffix(s.text[s.line:i], "\r")
	next := lineOf(s.text[i+1:])
	switch {
	case isBlank(next):
		return true
	case ownLine(line) && !isItem(line), ownLine(next):
		return true
	case isQuoted(line) != isQuoted(next):
		return true
	case isLong(line), isLong(next):
		return true
	case strings.HasSuffix(line, ":"), strings.HasSuffix(line, "\uff1a"):
		return !goesOn(next)
	}
	return koreanFinal(lastWord(line))
}

// longLine is the length in characters above which a line cannot have been
// wrapped for reading.
const longLine = 160

func isLong(line string) bool {
	if len(line) <= longLine {
		return false
	}
	return len(line) > utf8.UTFMax*longLine || utf8.RuneCountInString(line) > longLine
}

// maxLookahead bounds how far a line is read that only has to be recognized.
const maxLookahead = 4 << 10

// lineOf returns the first line of text, or its beginning if it is very long.
func lineOf(text string) string {
	head := text[:min(len(text), maxLookahead)]
	if i := strings.IndexByte(head, '\n'); i >= 0 {
		head = head[:i]
	}
	return strings.TrimSuffix(head, "\r")
}

func isBlank(text string) bool {
	for _, r := range text {
		if !unicode.IsSpace(r) {
			return false
		}
	}
	return true
}
