package generator

import (
	"regexp"
	"strconv"
	"strings"
)

// citationForm matches how models cite: [1], [2, 3], [1-3], [^1], [passage 2],
// 【1†source】, and with a link behind it.
const citationForm = `(?i)[\[【［]\s*(?:\^|(?:passages?|sources?|docs?|구절|문서|출처)\s*)?#?(\d{1,4}(?:\s*[,;–-]\s*#?\d{1,4})*)\s*(?:†[^\]】］\n]{0,40})?[\]】］](?:\([^()\s]*\))?`

var (
	citation = regexp.MustCompile(citationForm)
	leading  = regexp.MustCompile("^(?:" + citationForm + ")")
)

// opened matches the beginning of a citation whose end is still to come.
var opened = regexp.MustCompile(`^[\[【［][^\]】］\n]{0,40}$`)

// maxRange bounds how many passages one citation may name, as [1-5] does.
const maxRange = 50

// CutCitations parts a statement of a free-form answer from its citations. It
// returns the passages that it cites, counted from 0, in order, each once;
// they may be out of range. Brackets in code are no citations.
func CutCitations(statement string) (text string, passages []int) {
	var b strings.Builder
	at, seen := 0, map[int]bool{}
	for _, m := range findCitations(statement) {
		b.WriteString(strings.TrimRight(statement[at:m[0]], " \t"))
		at = m[1]
		for _, n := range numbersOf(statement[m[2]:m[3]]) {
			if !seen[n] {
				seen[n] = true
				passages = append(passages, n-1)
			}
		}
	}
	b.WriteString(statement[at:])
	return strings.TrimSpace(b.String()), passages
}

// LeadingCitation returns the length of the citation that text begins with; 0
// if there is none. Where open, text may be the beginning of one.
func LeadingCitation(text string) (n int, open bool) {
	if !strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "【") && !strings.HasPrefix(text, "［") {
		return 0, false
	}
	if m := leading.FindStringIndex(text); m != nil {
		return m[1], false
	}
	return 0, opened.MatchString(text)
}

// findCitations returns the matches of citation outside of code.
func findCitations(text string) [][]int {
	var out [][]int
	for _, m := range citation.FindAllStringSubmatchIndex(text, -1) {
		if strings.Count(text[:m[0]], "`")%2 == 0 {
			out = append(out, m)
		}
	}
	return out
}

// numbersOf returns the numbers of a list with ranges, as 1, 3-5.
func numbersOf(list string) []int {
	var out []int
	for _, part := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ';' }) {
		from, to, isRange := strings.Cut(strings.ReplaceAll(strings.ReplaceAll(part, "–", "-"), "#", ""), "-")
		a, err := strconv.Atoi(strings.TrimSpace(from))
		b := a
		if isRange && err == nil {
			b, err = strconv.Atoi(strings.TrimSpace(to))
		}
		if err != nil || b-a > maxRange {
			continue
		}
		for ; a <= b; a++ {
			out = append(out, a)
		}
	}
	return out
}
