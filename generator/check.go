package generator

import (
	"strings"
	"unicode"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/lexical"
)

// A Verdict says how far the quotations of a claim carry it.
type Verdict struct {
	// Holds tells of each quote, in order, whether its bytes stand in its
	// passage where it says.
	Holds []bool

	// Missing lists the numbers and names of the claim that stand in none of
	// the quotes that hold, in order, each once.
	Missing []string

	// Support is the share of the claim's words that stand in the quotes that
	// hold, in [0, 1]; 0 without any.
	Support float64
}

// MinSupport is the share of a claim's words that its quotes must have.
const MinSupport = 0.5

// Verified reports whether the claim may be shown as supported: a quote holds,
// no number or name of the claim was made up or changed, and at least
// [MinSupport] of its words are quoted.
func (v Verdict) Verified() bool {
	return v.Support >= MinSupport && len(v.Missing) == 0
}

// Check compares a claim with the passages by code alone: quotes byte by byte,
// numbers and names by their characters, the other words as a finds them. It
// judges what the claim says, not whether that follows: "not" is no word to a.
// A claim's own citations, such as [1], are no part of it.
func Check(a lexical.Analyzer, c Claim, passages []groundwork.Hit) Verdict {
	v := Verdict{Holds: make([]bool, len(c.Quotes))}
	var quoted strings.Builder
	for i, q := range c.Quotes {
		if v.Holds[i] = q.Holds(passages); v.Holds[i] {
			quoted.WriteString(q.Text + "\n")
		}
	}
	text := withoutCitations(c.Text)
	v.Missing = missing(text, quoted.String())
	v.Support = support(a, text, quoted.String())
	return v
}

// Holds reports whether the quoted bytes stand in the passage where q says.
func (q Quote) Holds(passages []groundwork.Hit) bool {
	if q.Passage < 0 || q.Passage >= len(passages) || q.Span.Empty() {
		return false
	}
	p := &passages[q.Passage]
	start, end := q.Span.Start-p.Span.Start, q.Span.End-p.Span.Start
	return start >= 0 && end <= len(p.Text) && p.Text[start:end] == q.Text
}

// support returns the share of the distinct terms of text that quoted has.
func support(a lexical.Analyzer, text, quoted string) float64 {
	if quoted == "" {
		return 0
	}
	has := map[string]bool{}
	for _, t := range a.Analyze(nil, quoted) {
		has[t.Term] = true
	}
	seen, found := map[string]bool{}, 0
	for _, t := range a.Analyze(nil, text) {
		if !seen[t.Term] && has[t.Term] {
			found++
		}
		seen[t.Term] = true
	}
	if len(seen) == 0 {
		return 0
	}
	return float64(found) / float64(len(seen))
}

// missing returns the numbers and names of text that quoted lacks.
func missing(text, quoted string) []string {
	has := map[string]bool{}
	for w := range words(quoted) {
		has[fold(w)] = true
	}
	var out []string
	first := true // of its sentence: there a capital says nothing
	for w, end := range words(text) {
		if isFact(w, first) && !has[fold(w)] {
			has[fold(w)] = true
			out = append(out, w)
		}
		first = end
	}
	return out
}

// isFact reports whether w is a number or a name: something with a digit, a
// capital or an underscore where a plain word has none.
func isFact(w string, first bool) bool {
	for i, r := range w {
		switch {
		case unicode.IsDigit(r) || r == '_':
			return true
		case unicode.IsUpper(r) && (i > 0 || !first):
			return !lexical.IsStopWord(strings.ToLower(w))
		}
	}
	return false
}

// fold returns w as it is compared: in lower case, numbers without the marks
// that group their digits.
func fold(w string) string {
	w = strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s"))
	if parts := strings.Split(w, ","); len(parts) > 1 && isGrouped(parts) {
		return strings.Join(parts, "")
	}
	return w
}

// isGrouped reports whether parts are those of a number such as 1,234,567.89.
func isGrouped(parts []string) bool {
	for i, p := range parts {
		digits, _, _ := strings.Cut(p, ".")
		if strings.Trim(p, "0123456789.") != "" || i > 0 && len(digits) != 3 || p == "" {
			return false
		}
	}
	return true
}
