package text

import (
	"slices"
	"unicode"

	"github.com/seed4837efcb/groundwork/loaders"
)

const (
	// maxChance is how many pairs of bytes of another encoding may be UTF-8 by
	// chance: of characters of EUC encodings, one in about ten is.
	maxChance = 8

	// Letters in UTF-8 that make no word are doubted only where another
	// encoding makes common letters of them, and so many of them are no chance.
	chanceRating = 0.9
	leastChance  = 3
)

// oddities returns how many letters of text, in valid UTF-8, speak for that it
// is valid by chance: they are of two bytes, of no one script but Latin, and
// make no word of a language. Two characters of GBK are one such. Spaces that
// do not break and other signs of Latin-1 are common in texts of UTF-8, and so
// are Greek letters in formulas.
func oddities(text string) int {
	n, latin, others := 0, false, map[*unicode.RangeTable]bool{}
	for _, r := range text {
		switch {
		case r > 0x7ff:
			return 0
		case unicode.Is(unicode.Latin, r) && r >= 0xc0:
			n++
			latin = true
		case r >= 0xc0:
			n++
			others[scriptOf(r)] = true
		}
	}
	if n > maxChance || !latin && len(others) < 2 || max(rateWestern(text), rateCentral(text), rateCyrillic(text)) >= 0 {
		return 0
	}
	return n
}

// scriptOf returns the script of a character of two bytes, nil for signs.
func scriptOf(r rune) *unicode.RangeTable {
	for _, script := range []*unicode.RangeTable{unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko} {
		if unicode.Is(script, r) {
			return script
		}
	}
	return nil
}

// byChance decides over data that are UTF-8, as dec, and perhaps by chance.
func (d *Decoder) byChance(dec loaders.Decoded, data []byte) loaders.Decoded {
	var others []trial
	for _, t := range rateAll(data) {
		if !t.single && t.invalid == 0 && t.rating >= chanceRating {
			others = append(others, t)
		}
	}
	i := slices.IndexFunc(others, func(t trial) bool { return t.name == d.prefer })
	switch {
	case len(others) == 0 || d.prefer == dec.Encoding:
		return dec
	case i >= 0:
		return decode(data, others[i].charset, loaders.ByMajority)
	case oddities(dec.Text) < leastChance:
		dec.Or = names(others)
		return dec
	}
	best := decode(data, others[0].charset, loaders.ByLetters)
	best.Or = append(names(others[1:]), dec.Encoding)
	return best
}
