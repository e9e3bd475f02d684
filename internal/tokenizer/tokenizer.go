package tokenizer

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"unicode/utf8"
)

// Tokenizer is a vocabulary with the rules to apply it. It is safe for
// concurrent use.
type Tokenizer struct {
	compiled string // what the fields below point into
	config
	model       model
	scratch     sync.Pool // of *scratch
	fingerprint func() string
}

// model cuts a section of text, in which there are no added tokens, into ids.
type model interface {
	section(s *scratch, text string)
}

// Encode appends the ids of text to dst, special tokens included, and cuts them
// to the first max: the special tokens stay, and the text loses its end. With max
// of 0 or less nothing is cut. Should max be below the number of special tokens,
// only the first of these remain. The total is the number of ids without a cut.
func (t *Tokenizer) Encode(dst []int32, text string, max int) (ids []int32, total int) {
	s := t.borrow()
	defer t.giveBack(s)
	start := len(dst)
	specials := len(t.single.before) + len(t.single.after)
	s.begin(append(dst, t.single.before...), room(max, specials))
	t.text(s, text)
	ids = append(s.ids, t.single.after...)
	if max > 0 && len(ids)-start > max {
		ids = ids[:start+max]
	}
	return ids, s.total + specials
}

// room returns how many ids of text fit beside the special tokens, -1 for no limit.
func room(max, specials int) int {
	switch {
	case max <= 0:
		return -1
	case max < specials:
		return 0
	}
	return max - specials
}

// Count returns the number of ids of text, special tokens included, without a
// limit: the total that [Tokenizer.Encode] returns.
func (t *Tokenizer) Count(text string) int {
	s := t.borrow()
	defer t.giveBack(s)
	s.begin(nil, 0)
	t.text(s, text)
	return s.total + len(t.single.before) + len(t.single.after)
}

// EncodePair appends the ids of two texts as the model expects a pair. Where more
// than max ids would result, the longer text is cut to the length of the shorter
// one and then both alike. The index second, counted from the start of dst, is
// where token type 1 begins; it is len(ids) for models that know type 0 only. The
// total is the number of ids without a cut. For max see [Tokenizer.Encode].
func (t *Tokenizer) EncodePair(dst []int32, a, b string, max int) (ids []int32, second, total int) {
	s := t.borrow()
	defer t.giveBack(s)
	p := &t.pair
	specials := len(p.before) + len(p.between) + len(p.after)
	// Neither text can keep more than what fits beside the special tokens.
	limit := room(max, specials)
	s.begin(nil, limit)
	t.text(s, a)
	first, totalA := s.ids, s.total
	s.begin(nil, limit)
	t.text(s, b)
	totalB := s.total
	keepA, keepB := totalA, totalB
	if limit >= 0 {
		keepA, keepB = longestFirst(totalA, totalB, limit)
	}
	start := len(dst)
	ids = append(append(dst, p.before...), first[:keepA]...)
	ids = append(ids, p.between...)
	second = len(ids)
	ids = append(append(ids, s.ids[:keepB]...), p.after...)
	if max > 0 && len(ids)-start > max {
		ids = ids[:start+max]
	}
	if !p.secondType || second > len(ids) {
		second = len(ids)
	}
	return ids, second, totalA + totalB + specials
}

// longestFirst returns how much of two texts of a and b ids stays within limit.
// Of an odd number, the longer text gets the one more; of two equally long ones
// the second.
func longestFirst(a, b, limit int) (keepA, keepB int) {
	if a+b <= limit {
		return a, b
	}
	if a > b {
		keepB, keepA = longestFirst(b, a, limit)
		return keepA, keepB
	}
	if rest := limit - a; rest > a {
		return a, rest
	}
	return limit / 2, limit/2 + limit%2
}

// VocabSize is one above the highest id that can be returned.
func (t *Tokenizer) VocabSize() int { return int(t.vocabSize) }

// PadID is the id of the padding token, or -1 when the tokenizer names none.
func (t *Tokenizer) PadID() int32 { return t.padID }

// Fingerprint identifies vocabulary and rules: tokenizers with equal fingerprints
// give equal ids. It is the SHA-256 of the compiled form, in hexadecimal.
func (t *Tokenizer) Fingerprint() string { return t.fingerprint() }

// AppendCompiled appends the compact form that [FromCompiled] reads.
func (t *Tokenizer) AppendCompiled(dst []byte) []byte { return append(dst, t.compiled...) }

// hash reads the compiled form through a small buffer: a conversion to []byte
// would copy megabytes.
func (t *Tokenizer) hash() string {
	h := sha256.New()
	var buffer [4096]byte
	for rest := t.compiled; rest != ""; {
		n := copy(buffer[:], rest)
		h.Write(buffer[:n])
		rest = rest[n:]
	}
	return hex.EncodeToString(h.Sum(nil))
}

// text cuts the text at added tokens and gives the sections between to the model.
func (t *Tokenizer) text(s *scratch, text string) {
	if !utf8.ValidString(text) {
		text = replaceInvalid(text)
	}
	for at := 0; at < len(text); {
		m := t.added.next(text, at)
		if m.start > at {
			t.model.section(s, text[at:m.start])
		}
		if m.id >= 0 {
			s.add(m.id)
		}
		at = m.end
	}
}

// replaceInvalid puts U+FFFD for every byte that is not part of a valid encoding.
func replaceInvalid(text string) string {
	var b strings.Builder
	b.Grow(len(text) + len(text)/8)
	for _, r := range text {
		b.WriteRune(r)
	}
	return b.String()
}
