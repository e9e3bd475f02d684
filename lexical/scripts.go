package lexical

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Scripts counts the letters of text by Unicode script: the keys are names
// such as "Latin", "Hangul", "Han", "Hiragana", "Katakana" or "Cyrillic", as
// in [unicode.Scripts]. Digits, punctuation and letters that scripts share
// ("Common", "Inherited") are not counted. It tells whether a model that knows
// certain scripts can read a text.
func Scripts(text string) map[string]int {
	counts := make(map[string]int)
	var byID [256]int
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			if isASCIILetter(r) {
				byID[latin]++
			}
		case unicode.IsLetter(r):
			byID[scriptOf(r)]++
		}
	}
	for id, n := range byID {
		if n > 0 && script(id) != common {
			counts[scriptNames()[id]] = n
		}
	}
	return counts
}

func isASCIILetter(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' }

// A script numbers the names of [unicode.Scripts]. The ones that the analyzer
// treats in their own ways come first.
type script uint8

const (
	common script = iota // also Inherited, and what has none
	latin
	hangul
	han
	hiragana
	katakana
	thai
	lao
	khmer
	myanmar
	greek
	cyrillic
	arabic
	hebrew
	namedScripts
)

// names of the scripts above, in their order.
var leadingNames = [namedScripts]string{
	"Common", "Latin", "Hangul", "Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar",
	"Greek", "Cyrillic", "Arabic", "Hebrew",
}

// scriptNames returns the name of each script.
var scriptNames = sync.OnceValue(func() []string {
	names := leadingNames[:]
	for _, name := range slices.Sorted(maps.Keys(unicode.Scripts)) {
		if name != "Inherited" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
})

type scriptRange struct {
	lo, hi rune
	script script
}

// scriptRanges returns the ranges of all scripts, ascending. Building them
// takes a fraction of a millisecond, once, on the first rare letter.
var scriptRanges = sync.OnceValue(func() []scriptRange {
	var out []scriptRange
	for id, name := range scriptNames() {
		if script(id) == common {
			continue
		}
		t := unicode.Scripts[name]
		add := func(lo, hi, stride rune) {
			if stride == 1 {
				out = append(out, scriptRange{lo, hi, script(id)})
				return
			}
			for r := lo; r <= hi; r += stride {
				out = append(out, scriptRange{r, r, script(id)})
			}
		}
		for _, r := range t.R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	slices.SortFunc(out, func(a, b scriptRange) int { return cmp.Compare(a.lo, b.lo) })
	return out
})

// scriptOf returns the script of a letter or mark.
func scriptOf(r rune) script {
	switch {
	case r < 0x80:
		if isASCIILetter(r) {
			return latin
		}
		return common
	case 0xAC00 <= r && r <= 0xD7A3:
		return hangul
	case 0x4E00 <= r && r <= 0x9FFF:
		return han
	case 0x3041 <= r && r <= 0x3096:
		return hiragana
	case 0x30A1 <= r && r <= 0x30FA:
		return katakana
	}
	ranges := scriptRanges()
	i, found := slices.BinarySearchFunc(ranges, r, func(s scriptRange, r rune) int {
		switch {
		case s.hi < r:
			return -1
		case s.lo > r:
			return 1
		}
		return 0
	})
	if !found {
		return common
	}
	return ranges[i].script
}
