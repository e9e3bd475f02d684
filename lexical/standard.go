package lexical

import (
	"sync"

	"golang.org/x/text/unicode/norm"
)

// Standard returns the default analyzer. A query finds what any of its terms
// finds, so it gives more than one term where people write a thing in more
// than one way. It does not need to be told the language:
//
//   - Text is analyzed in NFKC with case folded, so NFD equals NFC and
//     full-width letters equal ASCII; Latin, Greek, Arabic and Hebrew lose
//     their diacritics (café and cafe are one term). Words end at every change
//     of script: "FastAPI에서" gives FastAPI.
//   - Latin words of letters alone are stemmed as English (Porter2); English
//     function words give nothing.
//   - Identifiers give themselves and their parts: camelCase, snake_case,
//     a/path.md, std::vector, utf8. Codes as E0308 and versions as 3.12 stay
//     whole; 3.12.4 gives 3.12 too; 1,000 is 1000. Words with hyphens give
//     their parts and the word without hyphens, so e-mail is email.
//   - A Korean word gives its pairs of syllables, those across a single space
//     too, and its first syllable.
//   - Chinese and Japanese give each Han character and each pair of
//     characters, Katakana words also as a whole. Thai, Lao, Khmer and Burmese
//     give pairs of letters with their marks.
//   - Words of other scripts are taken as they are, in lower case.
//
// A text of function words alone gives no token. Its state is shared: hold one
// analyzer, not one for each text.
func Standard() Analyzer { return standard{&sync.Pool{New: func() any { return new(analysis) }}} }

type standard struct{ pool *sync.Pool }

// Fingerprint names the version of the rules, to be raised with every change
// of what Analyze returns. A newer Unicode, which adds letters but never
// changes one, is no such change.
func (standard) Fingerprint() string { return "standard/1" }

func (s standard) Analyze(dst []Token, text string) []Token {
	a := s.pool.Get().(*analysis)
	a.text, a.tokens, a.pos = text, dst, 0
	a.tail.kind = breaks
	a.read(text)
	a.flush()
	dst = a.tokens
	a.text, a.tokens = "", nil
	s.pool.Put(a)
	return dst
}

// maxWord is how many units a word may have. Longer ones are cut: they are
// data, and the memory for a word must be bounded.
const maxWord = 256

// An analysis is the state of one run. A word is gathered unit by unit and
// turned into tokens once its end is known. All its letters are of one family:
// Latin with numbers, Han with Kana, or a single script.
type analysis struct {
	text   string
	tokens []Token
	pos    int
	iter   norm.Iter
	classes

	word    []unit
	pending []unit // behind the word: joiners that wait for what follows
	tail    unit   // last Korean syllable of the word before, when a single space followed; else kind breaks
	spaces  int    // since tail

	term     []byte
	pieces   []piece // of a Latin word
	clusters []span  // of an unspaced one
}

// span is a range of units of the word.
type span struct{ from, to int }

// push takes the next rune.
func (a *analysis) push(r rune, start, end int) {
	c := a.classOf(r)
	switch c.kind {
	case letter, number:
		if c.script == common && len(a.word) > 0 {
			c.script = a.word[len(a.word)-1].script
		}
		a.add(unit{c.first, c.kind, c.script, c.upper, start, end})
		if c.second != 0 {
			a.add(unit{c.second, c.kind, c.script, false, start, end})
		}
	case mark:
		a.pushMark(r, start, end)
	case ignored:
	case joins, trails:
		a.pushPending(unit{c.first, c.kind, c.script, false, start, end})
	case space:
		a.flush()
		if a.spaces++; a.spaces > 1 {
			a.tail.kind = breaks
		}
	default:
		a.flush()
		a.tail.kind = breaks
	}
}

// pushMark adds a mark to the word or lets it fall away. One without a letter
// before it is nothing.
func (a *analysis) pushMark(r rune, start, end int) {
	if len(a.word) == 0 || len(a.pending) > 0 {
		return
	}
	last := &a.word[len(a.word)-1]
	if last.kind == number || dropsMarks(last.script) {
		last.end = max(last.end, end)
		return
	}
	a.add(unit{r, mark, last.script, false, start, end})
}

// pushPending keeps what may belong to the word, depending on what follows.
func (a *analysis) pushPending(u unit) {
	if len(a.word) == 0 || len(a.pending) == 3 || a.word[len(a.word)-1].script != latin {
		a.flush()
		a.tail.kind = breaks
		return
	}
	a.pending = append(a.pending, u)
}

// add puts a letter or number to the word, or begins a new one.
func (a *analysis) add(u unit) {
	if len(a.word) > 0 {
		last := a.word[len(a.word)-1]
		if familyOf(u.script) != familyOf(last.script) || !holds(last, a.pending, u) {
			a.flush()
			a.tail.kind = breaks
		}
	}
	a.word = append(a.word, a.pending...)
	a.pending = a.pending[:0]
	a.word = append(a.word, u)
	if len(a.word) >= maxWord {
		a.flush()
		a.tail.kind = breaks
	}
}

// familyOf returns the script that stands for all that words may mix with s.
func familyOf(s script) script {
	if s == hiragana || s == katakana {
		return han
	}
	return s
}

// holds reports whether joiners make one word of what stands around them.
func holds(before unit, joiners []unit, after unit) bool {
	var buf [3]byte
	for i, u := range joiners {
		buf[i] = byte(u.r)
	}
	switch string(buf[:len(joiners)]) {
	case ",":
		return before.kind == number && after.kind == number
	case "", ".", "_", "/", `\`, ":", "-", "@", "&", "'", "::", "://", `:\`, "__", "/.", "._", "/_", "_.", "_/":
		return true
	}
	return false
}

// flush ends the word, if there is one, and turns it into tokens.
func (a *analysis) flush() {
	if len(a.word) > 0 {
		switch s := a.word[0].script; familyOf(s) {
		case latin:
			a.latinWord()
		case hangul:
			a.hangulWord()
		case han:
			a.hanWord()
		case thai, lao, khmer, myanmar:
			a.unspacedWord()
		default:
			a.emit(span{0, len(a.word)})
			a.pos++
		}
		a.tail.kind = breaks
		if last := a.word[len(a.word)-1]; last.script == hangul {
			a.tail, a.spaces = last, 0
		}
	}
	a.word, a.pending = a.word[:0], a.pending[:0]
}

// emit writes the units as a token.
func (a *analysis) emit(s span) {
	a.term = a.term[:0]
	for _, u := range a.word[s.from:s.to] {
		a.term = appendRune(a.term, u.r)
	}
	a.emitTerm(s, a.term)
}

// emitTerm writes a token over the bytes of the units. A term that its text
// begins with shares its memory.
func (a *analysis) emitTerm(s span, term []byte) {
	start, end := a.word[s.from].start, a.word[s.to-1].end
	t := Token{Start: start, End: end, Pos: a.pos}
	if original := a.text[start:end]; len(original) >= len(term) && original[:len(term)] == string(term) {
		t.Term = original[:len(term)]
	} else {
		t.Term = string(term)
	}
	a.tokens = append(a.tokens, t)
}
