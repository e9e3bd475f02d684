package tokenizer

import "slices"

//go:generate go run ./gen

// properties returns the flags and the grapheme class of a code point. Values
// outside of Unicode have none.
func properties(r rune) uint16 {
	if uint32(r) > 0x10ffff {
		return 0
	}
	block := propStage1[uint32(r)/propBlock]
	return propStage2[uint32(block)*propBlock+uint32(r)%propBlock]
}

// Hangul syllables decompose by arithmetic (The Unicode Standard, section 3.12).
const (
	hangulBase = 0xAC00
	hangulEnd  = 0xD7A4
	jamoL      = 0x1100
	jamoV      = 0x1161
	jamoT      = 0x11A7
	countV     = 21
	countT     = 28
)

func isHangulSyllable(r rune) bool { return hangulBase <= r && r < hangulEnd }

// decomposeHangul returns the two or three jamo of a syllable; the third is 0
// where there is none.
func decomposeHangul(r rune) (l, v, t rune) {
	i := r - hangulBase
	l, v = jamoL+i/(countV*countT), jamoV+i/countT%countV
	if i%countT != 0 {
		t = jamoT + i%countT
	}
	return l, v, t
}

// decompose returns the full canonical decomposition of a code point that has
// the flag propDecomposes.
func decompose(r rune) string {
	i, ok := slices.BinarySearch(decomposeKeys[:], r)
	if !ok {
		return ""
	}
	return decomposeData[decomposeEnds[i]:decomposeEnds[i+1]]
}

// dottedI is the one code point whose lower case is two: i and a dot above.
const (
	dottedI  = 0x130
	dotAbove = 0x307
)

// lower returns the lower case of a code point, the first one of dottedI's two.
func lower(r rune) rune {
	if i, ok := slices.BinarySearch(lowerKeys[:], r); ok {
		return lowerValues[i]
	}
	return r
}

// combiningClass returns the class of a nonstarter that has no propNonspacing.
func combiningClass(r rune) uint8 {
	if i, ok := slices.BinarySearch(orderKeys[:], r); ok {
		return orderClasses[i]
	}
	return 0
}
