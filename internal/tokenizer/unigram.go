package tokenizer

import (
	"math"
	"unicode/utf8"
)

// metaspace stands for the space before a word.
const metaspace = '▁'

// unigram is SentencePiece's model: text is normalized by a character map, cut at
// white space, and each word, its space before it, into the pieces whose scores
// have the highest sum.
type unigram struct {
	charmap    *charmap // nil means text stays as it is
	splitSpace bool     // words end at any white space; else only spaces count, and none is lost
	vocab      trie
	root       uint32
	scores     scores
	vocabSize  int32
	unknown    int32
	unkScore   float64
	maxPiece   int // bytes of the longest piece

	kind [256]byte // of ASCII characters that no mark follows
}

// kindKeep is an ASCII character that the character map leaves alone. The other
// kinds stand in wordpiece.go.
const kindKeep = kindDrop + 1

// unknownPenalty is how far below the lowest score an unknown character lies.
const unknownPenalty = 10

// scores are the vocabulary's, little-endian in place: float32 where that is
// exact, else float64.
type scores struct {
	data string
	wide bool
}

func (x scores) at(id int32) float64 {
	if x.wide {
		i := int(id) * 8
		return math.Float64frombits(uint64(u32(x.data, i)) | uint64(u32(x.data, i+4))<<32)
	}
	return float64(math.Float32frombits(u32(x.data, int(id)*4)))
}

func newUnigram(m *unigram) *unigram {
	m.root = m.vocab.root()
	for c := range byte(utf8.RuneSelf) {
		m.kind[c] = m.asciiKind(c)
	}
	return m
}

func (m *unigram) asciiKind(c byte) byte {
	text := string(rune(c))
	if m.charmap != nil {
		if mapped, ok := m.charmap.lookup(text); ok {
			text = mapped
		}
	}
	switch {
	case c == '\r': // may be half of a cluster
		return kindOther
	case text == "":
		return kindDrop
	case text == " ":
		return kindSpace
	case text == string(rune(c)) && properties(rune(c))&propSpace == 0:
		return kindKeep
	}
	return kindOther
}

func (m *unigram) section(s *scratch, text string) {
	s.chars = 0 // not inside of a word
	for i := 0; i < len(text); {
		c := text[i]
		if i+1 < len(text) && text[i+1] >= utf8.RuneSelf {
			i += m.cluster(s, text[i:])
			continue
		}
		switch m.kind[c] {
		case kindKeep:
			i += m.letters(s, text[i:])
		case kindSpace:
			m.rune(s, ' ')
			i++
		case kindDrop:
			i++
		default:
			i += m.cluster(s, text[i:])
		}
	}
	m.flush(s)
}

// letters takes ASCII characters that stay as they are, but not one before a
// character that might be a mark on it.
func (m *unigram) letters(s *scratch, text string) int {
	n := 1
	for n < len(text) && m.kind[text[n]] == kindKeep {
		n++
	}
	if n < len(text) && text[n] >= utf8.RuneSelf {
		n--
	}
	m.open(s)
	s.word = append(s.word, text[:n]...)
	return n
}

// cluster takes a grapheme cluster. The reference maps one of fewer than six bytes
// as a whole, by the shortest key that starts it, and so may lose its marks; what
// has no such key goes character by character.
func (m *unigram) cluster(s *scratch, text string) int {
	if m.charmap == nil {
		r, size := utf8.DecodeRuneInString(text)
		m.rune(s, r)
		return size
	}
	text = text[:graphemeEnd(text)]
	if len(text) < 6 {
		if mapped, ok := m.charmap.lookup(text); ok {
			m.all(s, mapped)
			return len(text)
		}
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if mapped, ok := m.charmap.lookup(text[i : i+size]); ok {
			m.all(s, mapped)
		} else {
			m.rune(s, r)
		}
		i += size
	}
	return len(text)
}

func (m *unigram) all(s *scratch, text string) {
	for _, r := range text {
		m.rune(s, r)
	}
}

// rune takes a normalized code point.
func (m *unigram) rune(s *scratch, r rune) {
	switch {
	case m.splitSpace && properties(r)&propSpace != 0:
		m.flush(s)
		s.chars = 0
	case r == metaspace || r == ' ':
		// A piece starts here, and this is the space that it starts with.
		m.flush(s)
		s.chars = 0
		m.open(s)
	default:
		m.open(s)
		s.word = utf8.AppendRune(s.word, r)
	}
}

// open starts a word with its space, unless there is one already.
func (m *unigram) open(s *scratch) {
	if s.chars == 0 {
		s.chars = 1
		s.word = utf8.AppendRune(s.word, metaspace)
	}
}

// flush ends a piece of text that is cut by itself. Where spaces are kept, the
// next character goes on without one.
func (m *unigram) flush(s *scratch) {
	if len(s.word) > 0 {
		m.cut(s)
		s.word = s.word[:0]
	}
}
