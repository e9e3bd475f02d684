package tokenizer

import "unicode/utf8"

// trie is a static double array over bytes, used in place from a compiled
// tokenizer or a SentencePiece character map. It is the layout of the Darts-clone
// library, which the character maps have: little-endian units of 32 bits, and
//
//   - a unit with bit 31 is a value, in its other bits;
//   - else bits 0 to 7 are the label that leads here, bit 8 says that a key ends
//     here (its value is the child of label 0), and bits 10 to 30 are the offset to
//     the children, shifted by 8 more where bit 9 is set. The child of a label is at
//     position XOR offset XOR label.
//
// Units come from foreign bytes: a walk checks every position and takes what lies
// outside as absent, so no content can make it fail.
type trie string

const (
	trieValue = 1 << 31
	trieLeaf  = 1 << 8
	trieLabel = trieValue | 0xff
)

func trieOffset(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }

// unit returns the unit at a position, or 0, which no byte but 0 can match.
func (t trie) unit(at uint32) uint32 {
	i := uint64(at) * 4
	if i+4 > uint64(len(t)) {
		return 0
	}
	return u32(string(t), int(i))
}

// root is the position from which labels are followed.
func (t trie) root() uint32 { return trieOffset(t.unit(0)) }

// step follows one byte from a position. The result is the position to follow the
// next byte from; value is that of the key that ends here, or negative.
func (t trie) step(from uint32, b byte) (to uint32, value int32, ok bool) {
	at := from ^ uint32(b)
	unit := t.unit(at)
	if unit&trieLabel != uint32(b) || b == 0 {
		return 0, -1, false
	}
	to = at ^ trieOffset(unit)
	if unit&trieLeaf == 0 {
		return to, -1, true
	}
	return to, int32(t.unit(to) &^ trieValue), true
}

// find returns the value of a key, or a negative number.
func (t trie) find(key []byte) int32 {
	at, value := t.root(), int32(-1)
	for _, b := range key {
		var ok bool
		if at, value, ok = t.step(at, b); !ok {
			return -1
		}
	}
	return value
}

// walk follows a whole prefix and returns where it leads.
func (t trie) walk(from uint32, prefix string) (uint32, bool) {
	for i := range len(prefix) {
		var ok bool
		if from, _, ok = t.step(from, prefix[i]); !ok {
			return 0, false
		}
	}
	return from, true
}

// longest returns the value and length of the longest key that starts text, or a
// negative value. It looks at no more than limit bytes.
func (t trie) longest(text string, limit int) (value int32, length int) {
	value = -1
	at := t.root()
	for i := range min(len(text), limit) {
		next, v, ok := t.step(at, text[i])
		if !ok {
			break
		}
		if at = next; v >= 0 {
			value, length = v, i+1
		}
	}
	return value, length
}

// shortest returns the value of the shortest key that starts text, or a negative number.
func (t trie) shortest(text string) int32 {
	at := t.root()
	for i := range len(text) {
		next, v, ok := t.step(at, text[i])
		if !ok {
			return -1
		}
		if at = next; v >= 0 {
			return v
		}
	}
	return -1
}

func u32(s string, i int) uint32 {
	_ = s[i+3]
	return uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24
}

// runeLen returns the length of the encoding that starts with b, 1 for a byte
// that starts none.
func runeLen(b byte) int {
	switch {
	case b < 0xC0:
		return 1
	case b < 0xE0:
		return 2
	case b < 0xF0:
		return 3
	}
	return utf8.UTFMax
}
