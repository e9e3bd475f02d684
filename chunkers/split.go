package chunkers

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork"
)

// A cutter returns offsets inside text, ascending, where it may be cut: at
// most limit of them, the first ones. None means that it cannot cut text. Its
// time is linear in what it walked over, not in len(text), so that a huge text
// can be cut bit by bit.
type cutter func(text string, limit int) []int

// maxParts bounds how many parts a piece is cut into at a time.
const maxParts = 256

// cutSentences cuts before each sentence but the first.
func cutSentences(text string, limit int) []int {
	var cuts []int
	s := scanner{text: text}
	s.next()
	for len(cuts) < limit && s.next() {
		cuts = append(cuts, s.span.Start)
	}
	return cuts
}

// cutWords cuts before each word but the first.
func cutWords(text string, limit int) []int {
	var cuts []int
	inWord, seen := false, false
	for i, r := range text {
		if len(cuts) == limit {
			break
		}
		was := inWord
		inWord = !unicode.IsSpace(r)
		if inWord && !was && seen {
			cuts = append(cuts, i)
		}
		seen = seen || inWord
	}
	return cuts
}

// cutLines returns the offsets of lines, but the first, for which begin
// reports true. It is called with the line before, too.
func cutLines(text string, limit int, begin func(before, line string) bool) []int {
	var cuts []int
	before, start := "", 0
	for start < len(text) && len(cuts) < limit {
		end := len(text)
		if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
			end = start + i + 1
		}
		line := text[start:min(end, start+maxLookahead)]
		if start > 0 && !isBlank(line) && begin(before, line) {
			cuts = append(cuts, start)
		}
		before, start = line, end
	}
	return cuts
}

// cutEveryLine cuts before each line.
func cutEveryLine(text string, limit int) []int {
	return cutLines(text, limit, func(_, _ string) bool { return true })
}

// cutLongLines cuts before and after lines that cannot have been wrapped for
// reading: such text has a paragraph on each line.
func cutLongLines(text string, limit int) []int {
	return cutLines(text, limit, func(before, line string) bool { return isLong(before) || isLong(line) })
}

// cutParagraphs cuts after blank lines.
func cutParagraphs(text string, limit int) []int {
	return cutLines(text, limit, func(before, _ string) bool { return isBlank(before) })
}

// cutCode cuts before the outermost of the lines that follow a blank line:
// in most languages where a declaration begins.
func cutCode(text string, limit int) []int {
	least := leastIndent(text, func(before, _ string) bool { return isBlank(before) })
	return cutLines(text, limit, func(before, line string) bool {
		return isBlank(before) && indent(line) <= least
	})
}

// cutItems cuts before the outermost list items.
func cutItems(text string, limit int) []int {
	least := leastIndent(text, func(_, line string) bool { return isItem(line) })
	return cutLines(text, limit, func(_, line string) bool {
		return isItem(line) && indent(line) <= least
	})
}

// leastIndent returns the least indentation of the lines that begin selects,
// the first line left out, as far as the beginning of text shows it.
func leastIndent(text string, begin func(before, line string) bool) int {
	const window = 16 << 10
	head := text[:min(len(text), window)]
	least := len(head)
	cutLines(head, len(head), func(before, line string) bool {
		if begin(before, line) {
			least = min(least, indent(line))
		}
		return false
	})
	return least
}

// Records returns the records of comma-, semicolon- or tab-separated values in
// order, without the white space around them. A newline inside a quoted field
// ends no record. Any text is accepted.
func Records(text string) []groundwork.Span {
	var out []groundwork.Span
	from := 0
	add := func(to int) {
		if s := trim(text, groundwork.Span{Start: from, End: to}); !s.Empty() {
			out = append(out, s)
		}
		from = to
	}
	for from < len(text) {
		start := from
		cuts := cutRecords(text[start:], maxParts)
		for _, cut := range cuts {
			add(start + cut)
		}
		if len(cuts) < maxParts {
			add(len(text))
		}
	}
	return out
}

// cutRecords cuts before each record of comma- or tab-separated values but the
// first. A newline inside a quoted field ends no record (RFC 4180, section 2).
func cutRecords(text string, limit int) []int {
	var cuts []int
	quoting := true
	for start := 0; len(cuts) < limit; {
		end, closed := recordEnd(text[start:], quoting)
		if !closed {
			// A quote that nothing closes is a stray one: from here on, lines
			// are records.
			quoting = false
			continue
		}
		start += end
		if start >= len(text) || isBlank(text[start:]) {
			break
		}
		cuts = append(cuts, start)
	}
	return cuts
}

// maxRecord bounds in bytes how far the closing quote of a field is looked for.
const maxRecord = 1 << 20

// recordEnd returns the index after the record at the beginning of text, and
// whether every quoted field of it closes.
func recordEnd(text string, quoting bool) (end int, closed bool) {
	if !quoting {
		if i := strings.IndexByte(text, '\n'); i >= 0 {
			return i + 1, true
		}
		return len(text), true
	}
	quoted, fieldStart := false, true
	for i := range min(len(text), maxRecord) {
		c := text[i]
		switch {
		case c == '"' && (quoted || fieldStart):
			quoted = !quoted // a doubled quote closes and opens again
			fieldStart = quoted || i+1 < len(text) && text[i+1] == '"'
			continue
		case quoted:
		case c == '\n':
			return i + 1, true
		}
		fieldStart = !quoted && (c == ',' || c == ';' || c == '\t' || c == '|')
	}
	return len(text), !quoted && len(text) <= maxRecord
}

// halve returns an offset near the middle of text where it can be cut with the
// least harm: at a line end, else at white space, else between characters. It
// returns 0 if text is one character.
func halve(text string) int {
	mid := len(text) / 2
	for _, breaks := range [...]string{"\n", " \t\n"} {
		if i := nearest(text, mid, breaks); i > 0 {
			return i
		}
	}
	for mid > 0 && !utf8.RuneStart(text[mid]) {
		mid--
	}
	if mid == 0 {
		_, mid = utf8.DecodeRuneInString(text)
	}
	if mid = skipJoined(text, mid); mid >= len(text) {
		_, n := utf8.DecodeRuneInString(text)
		mid = n % len(text)
	}
	return mid
}

// nearest returns the offset after the byte of breaks that is nearest to mid,
// within the middle half of text, or 0.
func nearest(text string, mid int, breaks string) int {
	quarter := text[len(text)/4 : len(text)-len(text)/4]
	at := mid - len(text)/4
	before := strings.LastIndexAny(quarter[:at], breaks)
	after := strings.IndexAny(quarter[at:], breaks)
	switch {
	case before < 0 && after < 0:
		return 0
	case after < 0 || before >= 0 && at-before <= after:
		return len(text)/4 + before + 1
	}
	return len(text)/4 + at + after + 1
}

// skipJoined moves i forward past characters that belong to the one before:
// combining marks, joiners and the rest of a Hangul syllable.
func skipJoined(text string, i int) int {
	joiner := false
	for range 32 {
		r, n := utf8.DecodeRuneInString(text[i:])
		joins := joiner || unicode.In(r, unicode.M) || r == '\u200d' ||
			0x1f3fb <= r && r <= 0x1f3ff || 0x1160 <= r && r <= 0x11ff
		if n == 0 || !joins {
			break
		}
		joiner = r == '\u200d'
		i += n
	}
	return i
}
