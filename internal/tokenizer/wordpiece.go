package tokenizer

import (
	"slices"
	"unicode/utf8"
)

// bertRules are the switches of the reference's BertNormalizer, in the order in
// which it applies them.
type bertRules struct {
	clean bool // drop controls, make white space a space
	cjk   bool // every Chinese character is a word
	strip bool // decompose (NFD) and drop nonspacing marks
	lower bool // per code point, without context
}

// wordPiece is BERT's model: words at white space and punctuation, and each of
// them cut greedily into the longest pieces of the vocabulary.
type wordPiece struct {
	rules     bertRules
	vocab     trie
	first     uint32 // where a word's first piece starts in vocab
	inner     uint32 // where its other pieces start, behind the prefix ##
	hasInner  bool
	vocabSize int32
	unknown   int32
	maxChars  int // a word of more code points is unknown

	fold [256]byte // what an ASCII letter becomes; 0 for everything that is no part of a word
	kind [256]byte // what to do with an ASCII character that has no fold
}

// Kinds of ASCII characters.
const (
	kindOther = iota // take the slow path
	kindSpace
	kindPunct
	kindDrop
)

func newWordPiece(c *wordPiece, prefix string) *wordPiece {
	c.first = c.vocab.root()
	c.inner, c.hasInner = c.vocab.walk(c.first, prefix)
	for r := rune(1); r < utf8.RuneSelf; r++ {
		p := properties(r)
		switch {
		case c.rules.clean && p&propDrop != 0:
			c.kind[r] = kindDrop
		case p&propSpace != 0 || c.rules.clean && p&propCleanSpace != 0:
			c.kind[r] = kindSpace
		case p&propPunct != 0:
			c.kind[r] = kindPunct
		case c.rules.lower:
			c.fold[r] = byte(lower(r))
		default:
			c.fold[r] = byte(r)
		}
	}
	return c
}

func (m *wordPiece) section(s *scratch, text string) {
	for i := 0; i < len(text); {
		c := text[i]
		if m.fold[c] != 0 {
			i += m.letters(s, text[i:])
			continue
		}
		i++
		switch m.kind[c] {
		case kindSpace:
			m.flush(s)
		case kindPunct:
			m.flush(s)
			m.append(s, rune(c))
			m.flush(s)
		case kindOther:
			r, size := utf8.DecodeRuneInString(text[i-1:])
			m.rune(s, r)
			i += size - 1
		}
	}
	m.flush(s)
}

// letters takes ASCII letters and digits up to one more than a word may have.
func (m *wordPiece) letters(s *scratch, text string) int {
	s.marks = s.marks[:0]
	text = text[:min(len(text), m.maxChars+1)]
	n := 0
	for n < len(text) && m.fold[text[n]] != 0 {
		n++
	}
	if s.chars <= m.maxChars {
		for i := range n {
			s.word = append(s.word, m.fold[text[i]])
		}
		s.chars += n
	}
	return n
}

// rune takes any code point the long way.
func (m *wordPiece) rune(s *scratch, r rune) {
	p := properties(r)
	switch {
	case m.rules.clean && p&propDrop != 0:
	case m.rules.clean && p&propCleanSpace != 0:
		m.flush(s)
	case m.rules.cjk && p&propCJK != 0:
		m.flush(s)
		m.accents(s, r, p)
		m.flush(s)
	default:
		m.accents(s, r, p)
	}
}

// accents decomposes a code point where the rules ask for it.
func (m *wordPiece) accents(s *scratch, r rune, p uint16) {
	switch {
	case !m.rules.strip:
		m.letter(s, r, p)
	case isHangulSyllable(r):
		l, v, t := decomposeHangul(r)
		m.letter(s, l, properties(l))
		m.letter(s, v, properties(v))
		if t != 0 {
			m.letter(s, t, properties(t))
		}
	case p&propDecomposes != 0:
		for _, d := range decompose(r) {
			m.stripped(s, d, properties(d))
		}
	default:
		m.stripped(s, r, p)
	}
}

func (m *wordPiece) stripped(s *scratch, r rune, p uint16) {
	switch {
	case p&propNonspacing != 0:
		if p&propNonstarter == 0 {
			s.marks = s.marks[:0] // it is dropped, but marks are not ordered across it
		}
	case p&propNonstarter != 0:
		m.mark(s, r)
	default:
		m.letter(s, r, p)
	}
}

// letter lowers a code point and gives it to the word or ends the word with it.
func (m *wordPiece) letter(s *scratch, r rune, p uint16) {
	if m.rules.lower && p&propHasLower != 0 {
		if r == dottedI {
			m.append(s, 'i')
			m.append(s, dotAbove)
			return
		}
		r = lower(r)
		p = properties(r)
	}
	switch {
	case p&propSpace != 0:
		m.flush(s)
	case p&propPunct != 0:
		m.flush(s)
		m.append(s, r)
		m.flush(s)
	default:
		m.append(s, r)
	}
}

func (m *wordPiece) append(s *scratch, r rune) {
	s.marks = s.marks[:0]
	if s.chars <= m.maxChars {
		s.word = utf8.AppendRune(s.word, r)
		s.chars++
	}
}

// mark is a nonstarter at the end of the word.
type mark struct{ class, size uint8 }

// mark puts a nonstarter that is not dropped into its place in canonical order,
// behind the marks of its class or a lower one. The few of them make a run of more
// than two rare, and a word's limit bounds the work.
func (m *wordPiece) mark(s *scratch, r rune) {
	if s.chars > m.maxChars {
		return
	}
	s.chars++
	class, at, k := combiningClass(r), len(s.word), len(s.marks)
	for k > 0 && s.marks[k-1].class > class {
		k--
		at -= int(s.marks[k].size)
	}
	var encoded [utf8.UTFMax]byte
	n := utf8.EncodeRune(encoded[:], r)
	s.word = slices.Insert(s.word, at, encoded[:n]...)
	s.marks = slices.Insert(s.marks, k, mark{class, uint8(n)})
}

// flush ends the word.
func (m *wordPiece) flush(s *scratch) {
	s.marks = s.marks[:0]
	switch {
	case s.chars == 0:
		return
	case s.chars > m.maxChars || !m.cut(s):
		s.add(m.unknown)
	default:
		for _, id := range s.pieces {
			s.add(id)
		}
	}
	s.word, s.chars = s.word[:0], 0
}

// cut fills s.pieces; false means that the word has a part in no vocabulary.
func (m *wordPiece) cut(s *scratch) bool {
	s.pieces = s.pieces[:0]
	from := m.first
	for word := s.word; len(word) > 0; from = m.inner {
		id, length := m.longest(from, word)
		if id < 0 || len(s.pieces) > 0 && !m.hasInner {
			return false
		}
		s.pieces = append(s.pieces, id)
		word = word[length:]
	}
	return true
}

// longest finds the longest piece that starts the word, see trie.step.
func (m *wordPiece) longest(at uint32, word []byte) (id int32, length int) {
	id = -1
	for i, b := range word {
		at ^= uint32(b)
		unit := m.vocab.unit(at)
		if unit&trieLabel != uint32(b) || b == 0 {
			break
		}
		at ^= trieOffset(unit)
		if unit&trieLeaf != 0 {
			if v := int32(m.vocab.unit(at) &^ trieValue); v < m.vocabSize {
				id, length = v, i+1
			}
		}
	}
	return id, length
}
