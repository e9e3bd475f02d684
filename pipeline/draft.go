package pipeline

import (
	"slices"
	"strings"
	"unicode"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/generator"
)

// A draft is free-form text of a generator on its way to checked sentences.
// Its end is held back until it is certain that a sentence is complete with
// the citations behind it.
type draft struct{ text string }

// maxDraft bounds how long a sentence may become before it is taken as one.
const maxDraft = 8 << 10

// add appends text and returns the sentences that are complete now: the last
// one may grow, and the one before may get what the last becomes.
func (d *draft) add(text string) []string {
	d.text += text
	parts := sentences(d.text)
	keep := 1
	if n := len(parts); n > 1 && mayBelongBefore(strings.TrimSpace(parts[n-1].In(d.text))) {
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

// mayBelongBefore reports whether text may become a citation, the link of one,
// or the line below a table's head.
func mayBelongBefore(text string) bool {
	_, open := generator.LeadingCitation(text)
	return open || strings.HasPrefix(text, "(") && !strings.ContainsAny(text, ") ") || strings.HasPrefix(text, "|") && strings.Trim(text, "|-: ") == ""
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

// takeDelta adds text to the draft and shows the sentences it completes.
func (t *telling) takeDelta(text string) error { return t.takeSentences(t.draft.add(text)) }

// endDraft shows what is left of the draft.
func (t *telling) endDraft() error { return t.takeSentences(t.draft.rest()) }

// takeSentences gives each sentence the quotations of the passages it cites
// that carry it best, and shows it as any other claim. Which bytes are quoted
// is decided by code, never by the generator.
func (t *telling) takeSentences(sentences []string) error {
	for _, s := range sentences {
		text, cited := generator.CutCitations(s)
		if !hasWords(text) {
			continue // a rule, or what else decorates
		}
		c, err := t.withQuotes(text, cited)
		if err != nil {
			return err
		}
		if err := t.claim(c); err != nil {
			return err
		}
	}
	return nil
}

func hasWords(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// withQuotes returns the claim that text makes. Where quotations say it, those
// that do not are left out: that a passage is cited beside proves nothing.
func (t *telling) withQuotes(text string, cited []int) (generator.Claim, error) {
	c := generator.Claim{Text: text}
	var err error
	if c.Quotes, err = t.checker.Quotes(t.ctx, text, cited); err != nil {
		return c, err
	}
	v, err := t.checker.Check(t.ctx, c)
	if err != nil {
		return c, err
	}
	if v.Verified() {
		var saying []generator.Quote
		for i, q := range c.Quotes {
			if v.Carries[i] {
				saying = append(saying, q)
			}
		}
		c.Quotes = saying
	}
	for _, p := range cited {
		if !slices.ContainsFunc(c.Quotes, func(q generator.Quote) bool { return q.Passage == p }) {
			t.foreign++
		}
	}
	return c, nil
}
