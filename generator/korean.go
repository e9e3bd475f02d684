package generator

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// hangul takes a run of Hangul: a noun with its particles, a verb with its
// ending, or a number in words with what it counts.
func (l *lexer) hangul() {
	rest := l.text[l.pos:]
	end := strings.IndexFunc(rest, func(r rune) bool { return !unicode.Is(unicode.Hangul, r) && !unicode.IsMark(r) })
	if end < 0 {
		end = len(rest)
	}
	run := rest[:end]
	afterNumber := l.glued && len(l.out) > 0 && l.out[len(l.out)-1].role != noNumber
	switch {
	case afterNumber && l.scale(run):
	case l.koreanNumber(run, rest[end:]):
	default:
		l.koreanWord(run)
	}
}

var koreanScales = map[string]float64{"십": 10, "백": 100, "천": 1e3, "만": 1e4, "억": 1e8, "조": 1e12}

// scale takes the scale glued to a number, such as 만 in 3만개.
func (l *lexer) scale(run string) bool {
	first := run[:runeLen(run)]
	v, ok := koreanScales[first]
	if !ok {
		return false
	}
	l.add(first, word{text: first, key: first})
	last := &l.out[len(l.out)-1]
	last.value, last.role = v, scalePart
	return true
}

func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

var nativeNumerals = func() map[string]float64 {
	m := map[string]float64{}
	for i, w := range strings.Fields("하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉") {
		m[w] = float64(i + 1)
	}
	for i, w := range strings.Fields("한 두 세 네") {
		m[w] = float64(i + 1)
	}
	for i, w := range strings.Fields("열 스물 서른 마흔 쉰 예순 일흔 여든 아흔") {
		m[w] = float64(10 * (i + 1))
	}
	m["스무"] = 20
	return m
}()

var counters = strings.Fields("개 명 번 회 가지 곳 대 권 장 줄 배 원 년 월 일 분 초 시간 시 건 단계 종 퍼센트 바이트 글자 행 열 쪽 페이지 마리 살 세")

// koreanNumber takes a number in words, if what it counts follows, so that
// syllables which only look like one are left alone.
func (l *lexer) koreanNumber(run, after string) bool {
	value, n := nativeValue(run)
	if n == 0 {
		value, n = sinoValue(run)
	}
	if n == 0 || !beginsWithCounter(run[n:], after) {
		return false
	}
	kind := smallWord
	if value > 10 {
		kind = numberWord
	}
	l.add(run[:n], word{text: run[:n], key: format(value), kind: kind})
	return true
}

func beginsWithCounter(rest, after string) bool {
	if rest == "" {
		rest = strings.TrimPrefix(after, " ")
	}
	for _, c := range counters {
		if strings.HasPrefix(rest, c) {
			return true
		}
	}
	return false
}

// nativeValue reads 스물다섯 and the like.
func nativeValue(run string) (value float64, n int) {
	for n < len(run) {
		v, size := longest(run[n:])
		if size == 0 || n > 0 && (v >= 10 || value < 10 || value != float64(int(value/10)*10)) {
			break
		}
		value, n = value+v, n+size
	}
	return value, n
}

func longest(s string) (value float64, size int) {
	for w, v := range nativeNumerals {
		if len(w) > size && strings.HasPrefix(s, w) {
			value, size = v, len(w)
		}
	}
	return value, size
}

const sinoDigits = "영일이삼사오육칠팔구"

// sinoValue reads 오십, 삼백이십 and the like: only those with a scale, since
// a single syllable is as often another word.
func sinoValue(run string) (value float64, n int) {
	var section, digit float64
	scaled := false
	for i, r := range run {
		if d := strings.IndexRune(sinoDigits, r); d >= 0 && digit == 0 {
			digit = float64(d / 3)
		} else if v, ok := koreanScales[string(r)]; ok {
			scaled = true
			switch {
			case v < 1e4:
				section += max(digit, 1) * v
			default:
				value += max(section+digit, 1) * v
				section = 0
			}
			digit = 0
		} else {
			break
		}
		n = i + utf8.RuneLen(r)
	}
	if !scaled || n <= 3 {
		return 0, 0
	}
	return value + section + digit, n
}

// koreanWord adds a word of Hangul as stem and what is glued to it. Negations
// are words of their own.
func (l *lexer) koreanWord(run string) {
	at := l.pos
	for _, w := range koreanWords(run) {
		l.out = append(l.out, rawWord{word: w, glued: l.glued})
		l.glued = true
	}
	l.pos = at + len(run)
	l.glued, l.first = true, false
}

func koreanWords(run string) []word {
	not := word{text: run, key: "¬", kind: limitWord}
	switch {
	case run == "안" || run == "못" || strings.HasPrefix(run, "않") || strings.HasPrefix(run, "못하") || strings.HasPrefix(run, "못한") || strings.HasPrefix(run, "못합") || strings.HasPrefix(run, "못했"):
		return []word{not}
	case strings.HasPrefix(run, "없"):
		return append([]word{not}, koreanWords("있"+run[len("없"):])...)
	case strings.HasPrefix(run, "아니") || strings.HasPrefix(run, "아닙") || strings.HasPrefix(run, "아닌"):
		return []word{not}
	}
	if stem, ok := verbStem(run); ok {
		if stem == "" || stem == "|" {
			return nil
		}
		return []word{{text: run, key: stem}}
	}
	stem, particle := nounStem(run)
	if particle == "만" || particle == "부터" || particle == "까지" {
		return []word{{text: run, key: stem}, {text: run, key: particle, kind: limitWord}}
	}
	return []word{{text: run, key: stem + "|" + particle}}
}

// verbEndings are endings that say the same in other manners, with the stem
// that they leave.
var verbEndings = []struct{ ending, stem string }{
	{"입니다", "|"}, {"이에요", "|"}, {"예요", "|"}, {"이다", "|"}, // after a noun, which has no particle then
	{"합니다", "하"}, {"한다", "하"}, {"해요", "하"}, {"하다", "하"}, {"하지", "하"},
	{"됩니다", "되"}, {"된다", "되"}, {"돼요", "되"}, {"되다", "되"}, {"되지", "되"},
	{"습니다", ""}, {"는다", ""}, {"어요", ""}, {"아요", ""},
}

// verbStem returns what an ending in the present leaves of a verb.
func verbStem(run string) (string, bool) {
	for _, e := range verbEndings {
		if stem, ok := strings.CutSuffix(run, e.ending); ok {
			return stem + e.stem, true
		}
	}
	if stem, ok := strings.CutSuffix(run, "니다"); ok {
		return withoutFinal(stem, 17) // ㅂ
	}
	if stem, ok := strings.CutSuffix(run, "다"); ok {
		if s, ok := withoutFinal(stem, 4); ok { // ㄴ
			return s, true
		}
	}
	return "", false
}

// withoutFinal removes the final consonant of the last syllable if it is the
// one with that index in Unicode's order.
func withoutFinal(s string, final rune) (string, bool) {
	r, n := utf8.DecodeLastRuneInString(s)
	if r < 0xAC00 || r > 0xD7A3 || (r-0xAC00)%28 != final {
		return "", false
	}
	return s[:len(s)-n] + string(r-final), true
}

// particles are what nouns carry, longest first, with the role that they give.
// Subject and object must not be taken for each other.
var particles = []struct{ particle, role string }{
	{"에서는", "에서"}, {"으로는", "로"}, {"에게는", "에게"}, {"이라는", "라는"},
	{"에서", "에서"}, {"에게", "에게"}, {"으로", "로"}, {"부터", "부터"}, {"까지", "까지"}, {"보다", "보다"}, {"마다", "마다"}, {"처럼", "처럼"}, {"라는", "라는"},
	{"에는", "에"}, {"과", "와"}, {"와", "와"}, {"은", "가"}, {"는", "가"}, {"이", "가"}, {"가", "가"}, {"을", "를"}, {"를", "를"}, {"의", "의"}, {"에", "에"}, {"로", "로"}, {"도", "도"}, {"만", "만"},
}

func nounStem(run string) (stem, role string) {
	for _, p := range particles {
		if stem, ok := strings.CutSuffix(run, p.particle); ok && stem != "" {
			return stem, p.role
		}
	}
	return run, ""
}
