package pdf

import (
	"strconv"
	"strings"
	"unicode/utf16"

	lib "github.com/ledongthuc/pdf"
)

// The upper halves of the encodings that simple fonts are based on (ISO
// 32000-1, annex D). A space is a code without a character.
const (
	winAnsi = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ" // from 0x80; above 0x9f as Latin-1

	macRoman = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü" + // from 0x80
		"†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø" +
		"¿¡¬√ƒ≈∆«»…\u00a0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ" +
		"‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ"

	standard = "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ –†‡· ¶•‚„”»…‰ ¿" + // from 0xa1
		" `´ˆ˜¯˘˙¨ ˚¸ ˝˛ˇ—" + // from 0xc0
		"                Æ ª    ŁØŒº     æ   ı  łøœß    " // from 0xd1
)

// baseTable returns the characters of a named encoding; "" is the one that a
// font without an encoding most likely has.
func baseTable(encoding string) (table [256]string) {
	for c := 0x20; c < 0x7f; c++ {
		table[c] = string(rune(c))
	}
	table['\t'], table['\n'], table['\r'] = " ", " ", " "
	switch encoding {
	case "MacRomanEncoding", "MacExpertEncoding":
		fill(&table, 0x80, macRoman)
	case "StandardEncoding":
		table['\''], table['`'] = "’", "‘"
		fill(&table, 0xa1, standard)
	default:
		for c := 0xa0; c <= 0xff; c++ {
			table[c] = string(rune(c))
		}
		fill(&table, 0x80, winAnsi)
		table[0xad] = "-"
	}
	return table
}

func fill(table *[256]string, from int, chars string) {
	for _, r := range chars {
		if r != ' ' {
			table[from] = expand(string(r))
		}
		from++
	}
}

// applyDifferences replaces the characters that a font names one by one.
func applyDifferences(table *[256]string, encoding lib.Value, f lib.Font) {
	list := encoding.Key("Differences")
	enc := f.Encoder() // knows the names of characters, but does not tell unknown ones
	code := 0
	for i := range min(list.Len(), 4096) {
		v := list.Index(i)
		if v.Kind() == lib.Integer {
			code = int(min(max(v.Int64(), 0), 256))
			continue
		}
		if code > 255 {
			break
		}
		table[code] = glyph(v.Name(), byte(code), enc)
		code++
	}
}

// glyph returns the characters that a glyph name stands for, as the Adobe
// Glyph List's specification derives them.
func glyph(name string, code byte, enc lib.TextEncoding) string {
	if name == ".notdef" {
		return ""
	}
	if decoded := enc.Decode(string([]byte{code})); decoded != string(rune(code)) {
		return expand(decoded)
	}
	base, _, _ := strings.Cut(name, ".")
	if len(base) == 1 {
		return base
	}
	if s, ok := uniName(base); ok {
		return s
	}
	if strings.Contains(base, "_") { // a ligature: f_f_i
		var out string
		for part := range strings.SplitSeq(base, "_") {
			if len(part) != 1 {
				return string(rune(code))
			}
			out += part
		}
		return out
	}
	if named, ok := fewNames[base]; ok {
		return named
	}
	if code > 0x20 && code < 0x7f || code >= 0xa0 {
		return string(rune(code)) // names like g32 and c65 most often keep the code
	}
	return ""
}

// fewNames are the names of characters that fonts keep at codes of their own,
// such as old-style digits ("one.oldstyle").
var fewNames = map[string]string{
	"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4",
	"five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
	"space": " ", "nbspace": " ", "exclam": "!", "quotedbl": "\"", "numbersign": "#", "dollar": "$",
	"percent": "%", "ampersand": "&", "quotesingle": "'", "quoteright": "’", "quoteleft": "‘",
	"quotedblleft": "“", "quotedblright": "”", "parenleft": "(", "parenright": ")", "asterisk": "*",
	"plus": "+", "comma": ",", "hyphen": "-", "nbhyphen": "-", "sfthyphen": "", "period": ".", "slash": "/",
	"colon": ":", "semicolon": ";", "less": "<", "equal": "=", "greater": ">", "question": "?", "at": "@",
	"bracketleft": "[", "backslash": "\\", "bracketright": "]", "underscore": "_", "endash": "–", "emdash": "—",
	"bullet": "•", "ff": "ff", "fi": "fi", "fl": "fl", "ffi": "ffi", "ffl": "ffl",
}

// uniName reads uni20AC and u1F600.
func uniName(s string) (string, bool) {
	hex, ok := strings.CutPrefix(s, "uni")
	if ok && len(hex) >= 4 && len(hex)%4 == 0 {
		var units []uint16
		for ; hex != ""; hex = hex[4:] {
			n, err := strconv.ParseUint(hex[:4], 16, 16)
			if err != nil {
				return "", false
			}
			units = append(units, uint16(n))
		}
		return string(utf16.Decode(units)), true
	}
	hex, ok = strings.CutPrefix(s, "u")
	if n, err := strconv.ParseUint(hex, 16, 21); ok && err == nil && len(hex) >= 4 {
		return string(rune(n)), true
	}
	return "", false
}

// expand writes the Latin ligatures as their letters: people and search engines
// spell words without them.
func expand(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return 0xfb00 <= r && r <= 0xfb06 }) {
		return s
	}
	return ligatures.Replace(s)
}

var ligatures = strings.NewReplacer("ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "st", "ﬆ", "st")
