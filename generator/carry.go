package generator

import (
	"regexp"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork/chunkers"
)

// minPart is how many words a part of a statement has at least that may be
// supported by itself.
const minPart = 3

// maxClauses bounds how many clauses a sentence is cut into. One with more is a
// list, and all runs of its clauses would take too long to try.
const maxClauses = 16

// A reading is a text as it is compared: its clauses as words.
type reading struct {
	sentences [][][]word // of clauses of words
}

// coordination is where a sentence may be cut so that both parts are
// statements.
var coordination = regexp.MustCompile(`;\s|,\s+(?:and|but|while|whereas)\s|,\s*(?:그리고|하지만|그러나)\s`)

// frame is how an answer refers to its source, which adds nothing to what it
// says.
var frame = regexp.MustCompile(`(?i)^(?:according to (?:the )?(?:\w+ )?(?:documentation|docs?|documents?|passages?|sources?|text|guide|manual),?\s+|the (?:documentation|docs?|documents?|passages?|sources?|text|guide|manual) (?:says|say|states|state|notes|note|explains|explain) that\s+|(?:제공된 )?(?:문서|구절|자료|가이드|설명서)(?:에 따르면|에 의하면),?\s+)`)

// listMark is what begins an item, a heading or a quotation in Markdown.
var listMark = regexp.MustCompile(`^\s*(?:(?:[-*+•>]|#{1,6}|\(?\d{1,3}[.)]|\*{0,2}(?i:step)\s+\d{1,2}[:.)]\*{0,2}|\*{0,2}\d{1,2}\s?단계[:.)]\*{0,2})\s+)+`)

// read cuts text into sentences and clauses.
func read(text string) reading {
	var r reading
	for _, s := range chunkers.Sentences(text) {
		if clauses := clausesOf(listMark.ReplaceAllString(s.In(text), "")); len(clauses) > 0 {
			r.sentences = append(r.sentences, clauses)
		}
	}
	return r
}

func clausesOf(sentence string) [][]word {
	var out [][]word
	at := 0
	add := func(text string) {
		if words := wordsOf(text); len(words) > 0 {
			out = append(out, words)
		}
	}
	cuts := coordination.FindAllStringIndex(sentence, maxClauses)
	if len(cuts) == maxClauses {
		cuts = nil
	}
	for _, m := range cuts {
		add(sentence[at:m[0]])
		at = m[0] + 1 // the conjunction goes with what follows
	}
	add(sentence[at:])
	return out
}

// says reports whether a source carries the statement: its words are, in their
// order, those of a sentence, of two in a row, or of some clauses of one in a
// row. A word more or less may change all.
func (r reading) says(statement []word) bool {
	if len(statement) == 0 {
		return false
	}
	for i, s := range r.sentences {
		if saysClauses(s, statement) {
			return true
		}
		if i+1 < len(r.sentences) && carries(append(flat(s), flat(r.sentences[i+1])...), statement) {
			return true
		}
	}
	return false
}

func flat(clauses [][]word) []word {
	var out []word
	for _, c := range clauses {
		out = append(out, c...)
	}
	return out
}

// saysClauses reports whether some clauses of a sentence in a row carry the
// statement, and those that are left out limit nothing.
func saysClauses(clauses [][]word, statement []word) bool {
	for i := range clauses {
		for j := i + 1; j <= len(clauses); j++ {
			if carries(withoutConjunction(flat(clauses[i:j])), statement) && !limiting(clauses[:i]) && !limiting(clauses[j:]) {
				return true
			}
		}
	}
	return false
}

func limiting(clauses [][]word) bool {
	for _, w := range flat(clauses) {
		if w.kind == limitWord {
			return true
		}
	}
	return false
}

func withoutConjunction(words []word) []word {
	for len(words) > 0 {
		switch words[0].key {
		case "and", "but", "while", "whereas", "그리고|", "하지만|", "그러나|":
			words = words[1:]
		default:
			return words
		}
	}
	return words
}

// carries reports whether the words of source and statement are the same, in
// the same order.
func carries(source, statement []word) bool {
	source, statement = withoutConjunction(source), withoutConjunction(statement)
	return len(statement) > 0 && slices.EqualFunc(source, statement, func(a, b word) bool { return a.key == b.key })
}

// contradicts reports whether some clauses of a sentence say what the statement
// says but for a negation that one of them has, or for other numbers, names or
// limits in the same places.
func (r reading) contradicts(statement []word) bool {
	bare, masked := withoutNot(statement), withMask(statement)
	if len(bare) < 2 {
		return false
	}
	for _, s := range r.sentences {
		for i := range s {
			for j := i + 1; j <= len(s); j++ {
				part := flat(s[i:j])
				if carries(part, statement) { // only what is left out spoils it
					continue
				}
				other := withoutNot(part)
				if len(part)-len(other) != len(statement)-len(bare) && carries(other, bare) || carries(withMask(part), masked) {
					return true
				}
			}
		}
	}
	return false
}

// withMask returns words with one key for all numbers, names and limits; nil
// if there is no other word that could tell that they are about the same.
func withMask(words []word) []word {
	out := slices.Clone(words)
	plain := 0
	for i := range out {
		if out[i].kind == plainWord {
			plain++
		} else if !out[i].isNot() {
			out[i].key = "#"
		}
	}
	if plain < 2 {
		return nil
	}
	return out
}

// withoutNot returns words but for negations, and without the particles that
// Korean nouns change when what follows is negated.
func withoutNot(words []word) []word {
	out := make([]word, 0, len(words))
	for _, w := range words {
		if w.isNot() {
			continue
		}
		w.key, _, _ = strings.Cut(w.key, "|")
		out = append(out, w)
	}
	return out
}

// A statement is a claim as it is checked: as a whole, and in the parts that
// may be supported each by another quote.
type statement struct {
	whole []word   // but for code
	parts [][]word // clauses that are long enough to be statements, then code
	code  []string // of each part, if it is code
}

func newStatement(text string) statement {
	prose, code := splitCode(text)
	prose = plainStatement(prose)
	s := statement{whole: wordsOf(prose)}
	clauses := clausesOf(prose)
	for _, c := range clauses {
		if len(withoutConjunction(c)) < minPart {
			clauses = [][]word{s.whole}
			break
		}
	}
	s.parts = append(s.parts, clauses...)
	s.code = make([]string, len(s.parts))
	for _, c := range code {
		s.parts = append(s.parts, wordsOf(c))
		s.code = append(s.code, c)
	}
	return s
}

// codeless reports whether all of the statement is prose.
func (s statement) codeless() bool { return len(s.code) == 0 || s.code[len(s.code)-1] == "" }

// fence matches code in a fence, which may be indented.
var fence = regexp.MustCompile("(?ms)^[ \\t]*(?:```|~~~)[^\\n`]*\\n(.*?)\\n[ \\t]*(?:```|~~~)[ \\t]*$")

// splitCode parts prose from the code in fences.
func splitCode(text string) (prose string, code []string) {
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		if c := strings.Trim(m[1], "\n"); strings.TrimSpace(c) != "" {
			code = append(code, c)
		}
	}
	return strings.TrimSpace(fence.ReplaceAllString(text, "")), code
}

// plainStatement returns a statement without the marks of a list and without
// the reference to its source.
func plainStatement(text string) string {
	text = strings.TrimSpace(listMark.ReplaceAllString(text, ""))
	return frame.ReplaceAllString(text, "")
}
