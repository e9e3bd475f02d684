package lexical

import (
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestScriptsCountsLetters(t *testing.T) {
	for text, want := range map[string]map[string]int{
		"":                   {},
		"12 + 3 = 15 — ♥":    {},
		"FastAPI에서 é":        {"Latin": 8, "Hangul": 2},
		"漢字かなカナー":            {"Han": 2, "Hiragana": 2, "Katakana": 2},
		"Привет, κόσμε":      {"Cyrillic": 6, "Greek": 5},
		"\u1112\u1161\u11ab": {"Hangul": 3},
		"ภาษา हिन्दी العربية עברית": {"Thai": 4, "Devanagari": 3, "Arabic": 7, "Hebrew": 5},
		"\xff\xfe": {},
	} {
		if diff := cmp.Diff(want, Scripts(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestScriptOfAgreesWithTheTablesOfUnicode(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r > 0x20000 && r < 0xE0000 && r%97 != 0 { // Han, mostly, and nothing
			continue
		}
		if !unicode.IsLetter(r) {
			continue
		}
		name := scriptNames()[scriptOf(r)]
		if name == "Common" {
			for _, n := range scriptNames()[1:] {
				if unicode.Is(unicode.Scripts[n], r) {
					t.Fatalf("%U is %s, not common", r, n)
				}
			}
		} else if !unicode.Is(unicode.Scripts[name], r) {
			t.Fatalf("%U is not %s", r, name)
		}
	}
}
