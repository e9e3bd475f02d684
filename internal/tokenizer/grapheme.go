package tokenizer

import "unicode/utf8"

// graphemeEnd returns the length in bytes of the first extended grapheme cluster
// of text, which is valid UTF-8 and not empty. Regional indicators are taken one
// by one: the only use of clusters here is for those of fewer than six bytes, and
// a pair of them has eight (Unicode Standard Annex 29, rules GB3 to GB11).
func graphemeEnd(text string) int {
	r, at := utf8.DecodeRuneInString(text)
	if r == '\r' && at < len(text) && text[at] == '\n' {
		return 2 // GB3
	}
	var s clusterState
	s.take(r)
	for at < len(text) {
		next, size := utf8.DecodeRuneInString(text[at:])
		if !s.joins(next) {
			break
		}
		s.take(next)
		at += size
	}
	return at
}

const zeroWidthJoiner = 0x200D

// graphemeSyllable is the class of Hangul syllables, which the tables leave to
// arithmetic.
const graphemeSyllable = graphemeMask

// clusterState is what the rules need to know of the code points before a
// possible boundary.
type clusterState struct {
	class    uint16 // of the last code point
	lv       bool   // the last one is a syllable without a final consonant
	joiner   bool   // the last one is U+200D
	emoji    uint8  // 1 behind a pictograph and its extenders, 2 behind a joiner after them
	conjunct uint8  // 1 behind an Indic consonant, 2 once a linker was seen
}

// take moves the state behind r.
func (s *clusterState) take(r rune) {
	p := properties(r)
	s.class, s.joiner = clusterClass(r, p), r == zeroWidthJoiner
	s.lv = false
	if isHangulSyllable(r) {
		s.class, s.lv = graphemeSyllable, (r-hangulBase)%countT == 0
	}
	switch {
	case p&propPictographic != 0:
		s.emoji = 1
	case s.joiner && s.emoji == 1:
		s.emoji = 2
	case s.emoji == 1 && isExtend(s.class):
	default:
		s.emoji = 0
	}
	switch {
	case p&propConjunctConsonant != 0:
		s.conjunct = 1
	case p&propConjunctLinker != 0 && s.conjunct > 0:
		s.conjunct = 2
	case s.joiner || s.class == graphemeExtend:
	default:
		s.conjunct = 0
	}
}

// clusterClass is the class in the tables, but for the three controls that could
// not be measured.
func clusterClass(r rune, p uint16) uint16 {
	if r == '\r' || r == '\n' || r == 0 {
		return graphemeControl
	}
	return p & graphemeMask
}

func isExtend(class uint16) bool { return class == graphemeExtend || class == graphemeExtendOnly }

// joins tells whether there is no boundary before r.
func (s *clusterState) joins(r rune) bool {
	p := properties(r)
	class := clusterClass(r, p)
	switch {
	case s.class == graphemeControl || class == graphemeControl:
		return false // GB4, GB5
	case s.joinsHangul(class, isHangulSyllable(r)): // GB6 to GB8
		return true
	case isExtend(class) || r == zeroWidthJoiner || class == graphemeSpacing: // GB9, GB9a
		return true
	case s.class == graphemePrepend: // GB9b
		return true
	case p&propConjunctConsonant != 0: // GB9c
		return s.conjunct == 2
	}
	return s.emoji == 2 && p&propPictographic != 0 // GB11
}

func (s *clusterState) joinsHangul(class uint16, syllable bool) bool {
	switch {
	case s.class == graphemeL:
		return class == graphemeL || class == graphemeV || syllable
	case s.class == graphemeV || s.lv:
		return class == graphemeV || class == graphemeT
	case s.class == graphemeT || s.class == graphemeSyllable:
		return class == graphemeT
	}
	return false
}
