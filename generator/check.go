package generator

import (
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/lexical"
)

// A Verdict says how far the quotations of a claim carry it.
type Verdict struct {
	// Holds tells of each quote, in order, whether its bytes stand in its
	// passage where it says.
	Holds []bool

	// Carries tells of each quote whether it says the claim, or a whole part
	// of it, in the claim's words and order.
	Carries []bool

	// Missing lists the numbers and names of the claim that stand in none of
	// the quotes that hold, in order, each once. Invented are those of them
	// that stand nowhere in the cited passages; a name may also come from the
	// question.
	Missing, Invented []string

	// Contradicts says that a quote says the same but for a negation, or for
	// another number, name or limit (before and after, must and may).
	Contradicts bool

	// Support is the share of the claim's words that stand in the quotes that
	// hold, in [0, 1]; 0 without any.
	Support float64

	// Meaning is how near the best quote is to the claim for the model of the
	// checker: 0 is unrelated, 1 as an answer to a question, and more is
	// possible. Known says whether it was measured.
	Meaning float64
	Known   bool

	said    bool // every part of the claim is carried by some quote
	foreign bool // claim and quotes are of different scripts
}

// The evidence that a claim must have to be supported in part.
const (
	// MinSupport is the share of a claim's words that its quotes have.
	MinSupport = 0.25

	// MinMeaning is the meaning that is enough without common words, in one
	// language. There sentences about the same topic are near each other
	// already: with multilingual-e5-small, those of one manual that have
	// nothing to do with each other reach 0.9 at times.
	MinMeaning = 1.0

	// MinMeaningAcross is the same across scripts. Of 12 English sentences and
	// their Korean translations the farthest pair has 0.38; nine in ten of the
	// other pairs have less than 0.22, the nearest has 0.44.
	MinMeaningAcross = 0.3
)

// Verified reports whether the claim may be shown as what the passages say:
// quotes that hold say each part of it in its words and order, a single quote
// each part, so that nothing was altered and nothing put together.
func (v Verdict) Verified() bool {
	return v.said && len(v.Missing) == 0 && (!v.Known || v.isNear())
}

// Supported reports whether the quotes carry the claim at least in part. A
// claim with a number or name that was made up is not, nor one that a quote
// contradicts.
func (v Verdict) Supported() bool {
	if v.Verified() {
		return true
	}
	if len(v.Invented) > 0 || v.Contradicts {
		return false
	}
	return v.Support >= MinSupport || v.Known && v.isNear()
}

func (v Verdict) isNear() bool { return v.Meaning >= minMeaning(v.foreign) }

func minMeaning(foreign bool) float64 {
	if foreign {
		return MinMeaningAcross
	}
	return MinMeaning
}

// Check compares a claim with the passages by code alone: quotes byte by byte,
// numbers and names by their characters, the other words in their order and,
// for the support, as a finds them. A claim's own citations, such as [1], are
// no part of it. A [Checker] compares meanings too.
func Check(a lexical.Analyzer, c Claim, passages []groundwork.Hit) Verdict {
	return NewChecker(Request{Passages: passages}, &CheckOptions{Analyzer: a}).words(c)
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

// words judges a claim by its words.
func (k *Checker) words(c Claim) Verdict {
	v := Verdict{Holds: make([]bool, len(c.Quotes)), Carries: make([]bool, len(c.Quotes))}
	var held []Quote
	var quoted strings.Builder
	for i, q := range c.Quotes {
		if v.Holds[i] = q.Holds(k.request.Passages); v.Holds[i] {
			held = append(held, q)
			quoted.WriteString(q.Text + "\n")
		}
	}
	if len(held) == 0 {
		return v
	}
	text, _ := CutCitations(c.Text)
	if said := strings.TrimSuffix(quoted.String(), "\n"); said == c.Text || said == text { // it says nothing of its own
		copy(v.Carries, v.Holds)
		v.said, v.Support = true, 1
		return v
	}
	k.judgeParts(&v, text, c.Quotes)
	k.judgeFacts(&v, text, quoted.String(), held)
	v.foreign = isForeign(text, quoted.String())
	v.Support = share(k.terms(text), k.terms(quoted.String()))
	return v
}

// judgeParts finds which quotes say the claim or its parts.
func (k *Checker) judgeParts(v *Verdict, text string, quotes []Quote) {
	st := newStatement(text)
	said := make([]bool, len(st.parts))
	for i, q := range quotes {
		if !v.Holds[i] {
			continue
		}
		r := read(q.Text)
		v.Contradicts = v.Contradicts || r.contradicts(st.whole)
		for j := range st.parts {
			if st.code[j] != "" && strings.Contains(q.Text, st.code[j]) || st.code[j] == "" && (r.says(st.parts[j]) || st.codeless() && r.says(st.whole)) {
				v.Carries[i], said[j] = true, true
			}
		}
	}
	v.said = len(said) > 0 && all(said)
	v.Contradicts = v.Contradicts && !v.said
}

func all(flags []bool) bool {
	for _, f := range flags {
		if !f {
			return false
		}
	}
	return true
}

// judgeFacts finds the numbers, names and addresses that the quotes lack, and
// those that the cited passages lack too.
func (k *Checker) judgeFacts(v *Verdict, text, quoted string, held []Quote) {
	near := factSet{}
	near.add(quoted)
	far := factSet{}
	for _, q := range held {
		p := &k.request.Passages[q.Passage]
		far.add(p.Text)
		far.add(p.Title + "\n" + strings.Join(p.Headings, "\n"))
	}
	asked := factSet{}
	asked.add(k.request.Question)
	foreign := isForeign(text, quoted)
	seen := map[string]bool{}
	for _, w := range wordsOf(plainStatement(text)) {
		if !w.kind.isFact() || seen[w.key] || near.has(w) {
			continue
		}
		seen[w.key] = true
		v.Missing = append(v.Missing, w.text)
		// A name may be written otherwise in another script, and may be the
		// question's; a number may not.
		if !far.has(w) && (w.kind == numberWord || !foreign && !asked.has(w)) {
			v.Invented = append(v.Invented, w.text)
		}
	}
	for _, t := range targets(text) {
		if !seen[t] && !strings.Contains(quoted, t) {
			seen[t] = true
			v.Missing = append(v.Missing, t)
			v.Invented = append(v.Invented, t)
		}
	}
}

// A factSet holds the words of texts, and the numbers of the months in them.
type factSet map[string]bool

func (s factSet) add(text string) {
	for _, w := range wordsOf(text) {
		s[w.key] = true
		if n, ok := months[w.key]; ok {
			s[n] = true
		}
	}
}

func (s factSet) has(w word) bool {
	if s[w.key] {
		return true
	}
	n, ok := months[w.key]
	return ok && s[n]
}

// isForeign reports whether a and b are of different scripts, so that words of
// one are not to be expected in the other.
func isForeign(a, b string) bool {
	sa, sb := lexical.Scripts(a), lexical.Scripts(b)
	return mainScript(sa) != mainScript(sb)
}

func mainScript(scripts map[string]int) string {
	best, most := "", 0
	for name, n := range scripts {
		if name == "Hiragana" || name == "Katakana" {
			name = "Han"
		}
		if n > most || n == most && name < best {
			best, most = name, n
		}
	}
	return best
}

// terms returns the distinct terms of text.
func (k *Checker) terms(text string) map[string]bool {
	set := map[string]bool{}
	for _, t := range k.opts.Analyzer.Analyze(nil, text) {
		set[t.Term] = true
	}
	return set
}

// share returns the share of want that has holds.
func share(want, has map[string]bool) float64 {
	if len(want) == 0 {
		return 0
	}
	n := 0
	for t := range want {
		if has[t] {
			n++
		}
	}
	return float64(n) / float64(len(want))
}
