package pipeline

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/chunkers"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/lexical"
)

// A draft is free-form text of a generator on its way to checked sentences.
// Its end is held back until it is certain that a sentence is complete with
// the citations behind it.
type draft struct{ text string }

// maxDraft bounds how long a sentence may become before it is taken as one.
const maxDraft = 8 << 10

// marker matches citations in a draft: [2], [1, 3]; opening the beginning of
// one whose end is still to come.
var (
	marker      = regexp.MustCompile(`\[\d{1,4}(?:\s*,\s*\d{1,4})*\]`)
	opening     = regexp.MustCompile(`^\[[\d,\s]*$`)
	spaceBefore = regexp.MustCompile(`\s+([.,;:!?])`) // what a citation before a full stop leaves
)

// add appends text and returns the sentences that are complete now: the last
// one may grow, and citations may still follow the one before an opening
// bracket.
func (d *draft) add(text string) []string {
	d.text += text
	parts := sentences(d.text)
	keep := 1
	if n := len(parts); n > 1 && opening.MatchString(strings.TrimSpace(parts[n-1].In(d.text))) {
		keep = 2
	}
	if len(d.text) > maxDraft {
		keep = 0
	}
	if len(parts) <= keep {
		return nil
	}
	return d.take(parts[:len(parts)-keep])
}

// rest returns the sentences that are left at the end.
func (d *draft) rest() []string { return d.take(sentences(d.text)) }

// take cuts parts off the front of the draft.
func (d *draft) take(parts []groundwork.Span) []string {
	var out []string
	for _, p := range parts {
		out = append(out, strings.TrimSpace(p.In(d.text)))
	}
	if len(parts) > 0 {
		d.text = d.text[parts[len(parts)-1].End:]
	}
	return out
}

// sentences cuts text into sentences. Citations at the beginning of one belong
// to the one before, whose end they follow.
func sentences(text string) []groundwork.Span {
	var parts []groundwork.Span
	for _, s := range chunkers.Sentences(text) {
		for len(parts) > 0 {
			in := s.In(text)
			lead := len(in) - len(strings.TrimLeft(in, " \t\r\n"))
			at := marker.FindStringIndex(in[lead:])
			if at == nil || at[0] != 0 {
				break
			}
			s.Start += lead + at[1]
			parts[len(parts)-1].End = s.Start
		}
		if strings.TrimSpace(s.In(text)) != "" {
			parts = append(parts, s)
		}
	}
	return parts
}

// cited splits a sentence of a draft into its words and the passages that it
// cites, as indexes.
func cited(sentence string) (text string, passages []int) {
	seen := map[int]bool{}
	for _, m := range marker.FindAllString(sentence, -1) {
		for _, field := range strings.FieldsFunc(m, func(r rune) bool { return r < '0' || r > '9' }) {
			if n, err := strconv.Atoi(field); err == nil && !seen[n] {
				seen[n] = true
				passages = append(passages, n-1)
			}
		}
	}
	text = marker.ReplaceAllString(sentence, "")
	return strings.TrimSpace(spaceBefore.ReplaceAllString(text, "$1")), passages
}

// takeDelta adds text to the draft and shows the sentences it completes.
func (t *telling) takeDelta(text string) error { return t.takeSentences(t.draft.add(text)) }

// endDraft shows what is left of the draft.
func (t *telling) endDraft() error { return t.takeSentences(t.draft.rest()) }

// takeSentences gives each sentence the quotations of the passages it cites
// that carry it best, and shows it as any other claim. Which bytes are quoted
// is decided here, by code, never by the generator.
func (t *telling) takeSentences(sentences []string) error {
	for _, s := range sentences {
		text, passages := cited(s)
		if text == "" {
			continue
		}
		c := generator.Claim{Text: text}
		for _, p := range passages {
			if q, ok := t.bestQuote(text, p); ok {
				c.Quotes = append(c.Quotes, q)
			}
		}
		if err := t.claim(c); err != nil {
			return err
		}
	}
	return nil
}

// bestQuote returns the sentence of a passage, or two in a row, that hold the
// most of the claim's words; the shorter one of equals.
func (t *telling) bestQuote(claim string, passage int) (generator.Quote, bool) {
	if passage < 0 || passage >= len(t.answer.Passages) {
		return generator.Quote{}, false
	}
	p := &t.answer.Passages[passage]
	want := terms(t.opts.Analyzer, claim)
	spans := chunkers.Sentences(p.Text)
	var best groundwork.Span
	most := 0
	for i := range spans {
		for j := i; j < min(i+2, len(spans)); j++ {
			s := groundwork.Span{Start: spans[i].Start, End: spans[j].End}
			n := 0
			for term := range terms(t.opts.Analyzer, s.In(p.Text)) {
				if want[term] {
					n++
				}
			}
			if n > most || n == most && n > 0 && s.Len() < best.Len() {
				best, most = s, n
			}
		}
	}
	if most == 0 {
		return generator.Quote{}, false
	}
	best = trimSpan(p.Text, best)
	at := groundwork.Span{Start: p.Span.Start + best.Start, End: p.Span.Start + best.End}
	return generator.Quote{Passage: passage, Span: at, Text: best.In(p.Text)}, true
}

func terms(a lexical.Analyzer, text string) map[string]bool {
	set := map[string]bool{}
	for _, tok := range a.Analyze(nil, text) {
		set[tok.Term] = true
	}
	return set
}

// trimSpan leaves out the white space at both ends of s.
func trimSpan(text string, s groundwork.Span) groundwork.Span {
	in := s.In(text)
	s.Start += len(in) - len(strings.TrimLeft(in, " \t\r\n"))
	s.End -= len(in) - len(strings.TrimRight(in, " \t\r\n"))
	return s
}
