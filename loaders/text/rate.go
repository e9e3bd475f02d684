package text

import "unicode"

// A rater rates a text that was decoded on trial: 1 where all its letters are
// common in the languages of the encoding, 0 or less for letters at random.
type rater func(text string) float64

var (
	syllables   = setOf(commonKorean)
	simplified  = setOf(commonSimplified)
	traditional = setOf(commonTraditional)
	kanji       = setOf(commonKanji)
	western     = setOf(commonWestern)
	central     = setOf(commonCentral)
	signs       = setOf(commonSigns)
	cyrillic    = setOf(commonCyrillic)
	fairly      = setOf(fairlyCyrillic)
)

// A place is a character between its neighbours; at the ends those are spaces.
type place struct{ before, r, after rune }

// rate returns the mean weight of the characters of text that are not ASCII,
// or are control characters, which text does not hold.
func rate(text string, weight func(p place) float64) float64 {
	n, sum := 0, 0.0
	p := place{after: ' '}
	step := func(next rune) {
		p = place{p.r, p.after, next}
		if p.r >= 0x80 || p.r < 0x20 && p.r != '\t' && p.r != '\n' && p.r != '\r' && p.r != '\f' && p.r != 0x1b {
			n++
			if w, ok := common(p); ok {
				sum += w
			} else {
				sum += weight(p)
			}
		}
	}
	for i, r := range text {
		if i == 0 {
			p.after = r
			p.r = ' '
			continue
		}
		step(r)
	}
	step(' ')
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// common returns the weight of characters that say the same in every
// encoding.
func common(p place) (float64, bool) {
	switch r := p.r; {
	case r >= 0x2e80 && isLatin(p.before) && isLatin(p.after): // a letter with a mark and the next one, taken as a pair
		return -0.5, true
	case r == unicode.ReplacementChar, r < 0xa0, unicode.Is(unicode.Co, r):
		return -3, true
	case r == 0x3001, r == 0x3002, r == 0x300c, r == 0x300d, r == 0xff0c, r == 0xff1a, r == 0xff01, r == 0xff1f, r == 0xff08, r == 0xff09:
		return 0.8, true // 、。「」，：！？（）
	case r >= 0x2500 && r <= 0x25ff, r >= 0x3000 && r <= 0x303f:
		return 0.3, true
	}
	return 0, false
}

func isLatin(r rune) bool { return r < 0x80 && unicode.IsLetter(r) }

func rateKorean(text string) float64 {
	set := syllables()
	return rate(text, func(p place) float64 {
		switch {
		case set[p.r]:
			return 1
		case 0xac00 <= p.r && p.r <= 0xd7a3:
			return 0.2
		case 0x3131 <= p.r && p.r <= 0x318e && (p.before == p.r || p.after == p.r): // laughter and tears: ㅋㅋㅋ, ㅠㅠ
			return 0.9
		case signs()[p.r]:
			return 0.5
		case unicode.Is(unicode.Han, p.r):
			return -0.1
		}
		return -0.3
	})
}

func rateJapanese(text string) float64 {
	set := kanji()
	half := -0.4 // what bytes of others become
	if isHalfWidth(text) {
		half = 0.6
	}
	return rate(text, func(p place) float64 {
		switch {
		case 0x3041 <= p.r && p.r <= 0x3093, set[p.r]:
			return 1
		case 0x30a1 <= p.r && p.r <= 0x30fe:
			return 0.8
		case 0xff61 <= p.r && p.r <= 0xff9f: // half-width katakana: one byte each
			return half
		case 0xff01 <= p.r && p.r <= 0xff5e:
			return 0.5
		case unicode.Is(unicode.Han, p.r):
			return 0.1
		}
		return -0.3
	})
}

// isHalfWidth reports whether text holds words of half-width katakana, as old
// machines print them: three letters or more, with the voice marks behind
// letters that have a voice, and neither these nor small letters at the
// beginning. Some are of the first half, which Cyrillic never becomes.
func isHalfWidth(text string) bool {
	before, run, long, first := ' ', 0, false, false
	for _, r := range text + " " {
		if r < 0xff66 || r > 0xff9f {
			if run == 1 || run == 2 {
				return false
			}
			run, before = 0, r
			continue
		}
		voiced := before == 'ｳ' || 'ｶ' <= before && before <= 'ﾄ' || 'ﾊ' <= before && before <= 'ﾎ'
		small := 'ｧ' <= r && r <= 'ｰ'
		switch {
		case r == 'ﾞ' && !voiced, r == 'ﾟ' && !('ﾊ' <= before && before <= 'ﾎ'), small && (run == 0 || r == before):
			return false
		}
		before = r
		run++
		long, first = long || run > 2, first || r <= 'ｿ'
	}
	return long && first
}

func rateSimplified(text string) float64  { return rateChinese(text, simplified()) }
func rateTraditional(text string) float64 { return rateChinese(text, traditional()) }

func rateChinese(text string, set map[rune]bool) float64 {
	return rate(text, func(p place) float64 {
		switch {
		case set[p.r]:
			return 1
		case 0xff01 <= p.r && p.r <= 0xff5e, signs()[p.r]:
			return 0.5
		case unicode.Is(unicode.Han, p.r):
			return 0.1
		}
		return -0.3
	})
}

// rateUTF16 rates text as that of any language without spaces: UTF-16 of the
// others is known by its zero bytes.
func rateUTF16(text string) float64 {
	return max(rateKorean(text), rateJapanese(text), rateSimplified(text), rateTraditional(text))
}

func rateWestern(text string) float64 { return rateMarked(text, western()) }

// rateCentral is a little modest: where Western letters make as much sense,
// they are more likely.
func rateCentral(text string) float64 { return 0.8 * rateMarked(text, central()) }

// rateMarked counts letters with marks where they touch ASCII letters, which
// is where languages in Latin script have most of them; in text of any other
// language they stand side by side.
func rateMarked(text string, letters map[rune]bool) float64 {
	high := 0 // in a row
	return rate(text, func(p place) float64 {
		if p.before < 0x80 {
			high = 0
		}
		high++
		between := unicode.IsLetter(p.before) && unicode.IsLetter(p.after)
		switch {
		case high > 2:
			return -1
		case letters[p.r] && unicode.IsUpper(p.r) && unicode.IsLower(p.before):
			return -0.5
		case letters[p.r] && high == 1:
			return 1
		case letters[p.r]:
			return 0.7
		case p.r == '’':
			return 1
		case signs()[p.r] && !between:
			return 0.9
		}
		return -1
	})
}

// rateCyrillic counts the frequent letters of Russian. Other encodings of it
// give the same letters in another case and order.
func rateCyrillic(text string) float64 {
	set, next := cyrillic(), fairly()
	return rate(text, func(p place) float64 {
		lower := unicode.ToLower(p.r)
		switch {
		case unicode.IsUpper(p.r) && unicode.IsLower(p.before), isLatin(p.before), isLatin(p.after):
			return -1
		case set[p.r]:
			return 1
		case set[lower], next[lower]:
			return 0.4
		case unicode.Is(unicode.Cyrillic, p.r):
			return -0.1
		case signs()[p.r], p.r == '№':
			return 0.4
		}
		return -0.8
	})
}
