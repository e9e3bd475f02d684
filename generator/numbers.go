package generator

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A numberRole says what a word does in a number.
type numberRole uint8

const (
	noNumber  numberRole = iota
	digits               // a number in digits
	unitPart             // one to nineteen, in words
	tensPart             // twenty to ninety, in words
	scalePart            // hundred, thousand and so on: multiplies what is before it
)

type numeral struct {
	value float64
	role  numberRole
}

// numerals are the words of English numbers.
var numerals = func() map[string]numeral {
	m := map[string]numeral{}
	for i, w := range strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen") {
		m[w] = numeral{float64(i), unitPart}
	}
	for i, w := range strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety") {
		m[w] = numeral{float64(10 * (i + 2)), tensPart}
	}
	for i, w := range strings.Fields("hundred thousand million billion trillion") {
		m[w] = numeral{[...]float64{1e2, 1e3, 1e6, 1e9, 1e12}[i], scalePart}
	}
	return m
}()

// number takes digits with the marks that group them, and what is glued to
// them: the unit of 5ms, or the rest of an identifier as 3f2a.
func (l *lexer) number() {
	rest := l.text[l.pos:]
	n := numberLen(rest)
	tail := n
	for tail < len(rest) {
		r, size := utf8.DecodeRuneInString(rest[tail:])
		if !isWordRune(r) || unicode.Is(unicode.Hangul, r) || isUnspaced(r) {
			break
		}
		tail += size
	}
	if strings.ContainsFunc(rest[n:tail], func(r rune) bool { return unicode.IsDigit(r) || r == '_' }) {
		l.add(rest[:tail], word{text: rest[:tail], key: strings.ToLower(rest[:tail]), kind: nameWord})
		return
	}
	key := numberKey(rest[:n])
	if l.isNegative() {
		key = "-" + key
	}
	l.add(rest[:n], word{text: rest[:n], key: key, kind: numberWord})
	last := &l.out[len(l.out)-1]
	last.value, last.role = parse(key), digits
	unit := rest[n:tail]
	switch strings.ToLower(unit) {
	case "":
	case "st", "nd", "rd", "th":
		l.pos += len(unit)
	default:
		l.add(unit, word{text: unit, key: strings.ToLower(unit)})
	}
}

// numberLen returns the length of the number that text begins with: digits,
// groups of three, decimals, versions.
func numberLen(text string) int {
	n := digitRun(text)
	for n < len(text) {
		mark, size := utf8.DecodeRuneInString(text[n:])
		run := digitRun(text[n+size:])
		switch {
		case mark == '.' && run > 0:
		case (mark == ',' || mark == '\'' || mark == '’' || mark == '\u00a0' || mark == '\u202f' || mark == '\u2009') && groupRun(text[n+size:]):
		default:
			return n
		}
		n += size + run
	}
	return n
}

func digitRun(text string) int {
	for i, r := range text {
		if !unicode.IsDigit(r) {
			return i
		}
	}
	return len(text)
}

// groupRun reports whether text begins with exactly three digits.
func groupRun(text string) bool {
	run := digitRun(text)
	return utf8.RuneCountInString(text[:run]) == 3
}

// isNegative reports whether a minus stands before the number at pos, not a
// hyphen between two words.
func (l *lexer) isNegative() bool {
	before := l.text[:l.pos]
	last, size := utf8.DecodeLastRuneInString(before)
	if last != '-' && last != '−' {
		return strings.HasSuffix(strings.ToLower(before), "minus ")
	}
	prev, _ := utf8.DecodeLastRuneInString(before[:len(before)-size])
	return len(before) == size || !isWordRune(prev) && prev != ')' && prev != last
}

// numberKey returns a number as it is compared: in ASCII digits, without
// grouping and leading zeros.
func numberKey(text string) string {
	key := strings.Map(func(r rune) rune {
		switch {
		case r == '.' || r >= '0' && r <= '9':
			return r
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case unicode.IsDigit(r):
			return r
		}
		return -1
	}, text)
	trimmed := strings.TrimLeft(key, "0")
	if trimmed == "" || trimmed[0] == '.' {
		return "0" + trimmed
	}
	return trimmed
}

func parse(key string) float64 {
	v, err := strconv.ParseFloat(key, 64)
	if err != nil {
		return 0 // a version: nothing multiplies it
	}
	return v
}

func format(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// joinNumbers makes one word of every number in several words, and of a number
// in digits with a scale behind it, and leaves out joiners.
func joinNumbers(raw []rawWord) []word {
	var out []word
	for i := 0; i < len(raw); {
		w, n := number(raw[i:])
		if n == 0 {
			w, n = raw[i].word, 1
		}
		if w.kind != plainWord || !joiners[w.key] {
			out = append(out, percent(w))
		}
		i += n
	}
	return out
}

// number returns the number that raw begins with and how many words it takes.
func number(raw []rawWord) (word, int) {
	var total, current float64
	n, last := 0, noNumber
	words := false
loop:
	for n < len(raw) {
		w := raw[n]
		switch {
		case w.role == digits && n == 0:
			current = w.value
		case w.role == digits && last == scalePart && w.glued: // 1억2천
			current = w.value
		case w.role == unitPart && (n == 0 || last == tensPart && w.value < 10 || last == scalePart):
			current += w.value
			words = true
		case w.role == tensPart && (n == 0 || last == scalePart):
			current += w.value
			words = true
		case w.role == scalePart && n > 0 && last != noNumber:
			current *= w.value
			if w.value > 100 {
				total, current = total+current, 0
			}
		case w.key == "and" && last == scalePart && n+1 < len(raw) && raw[n+1].role != noNumber && words:
		default:
			break loop
		}
		if w.role != noNumber {
			last = w.role
		}
		n++
	}
	switch {
	case n == 0, n == 1 && raw[0].role == digits:
		return word{}, 0
	case n == 1:
		kind := smallWord
		if current > 10 {
			kind = numberWord
		}
		return word{text: raw[0].text, key: format(total + current), kind: kind}, 1
	}
	return word{text: raw[0].text + " " + raw[n-1].text, key: format(total + current), kind: numberWord}, n
}

// percent gives all ways to say percent one key.
func percent(w word) word {
	switch w.key {
	case "percent", "퍼센트", "pct":
		w.key = "%"
	}
	return w
}

// months are the names of months, as the numbers that dates have for them.
var months = func() map[string]string {
	m := map[string]string{}
	for i, w := range strings.Fields("january february march april may june july august september october november december") {
		m[w], m[w[:3]] = strconv.Itoa(i+1), strconv.Itoa(i+1)
	}
	m["sept"] = "9"
	return m
}()
