package pipeline

import (
	"fmt"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/generator"
)

// claim checks c and shows it with the quotations that hold. One that they
// carry only in part is Weak.
func (t *telling) claim(c generator.Claim) error {
	verdict := generator.Check(t.opts.Analyzer, c, t.answer.Passages)
	status := Weak
	if verdict.Verified() {
		status = Verified
	}
	if c.Support == 0 {
		c.Support = verdict.Support
	}
	s := Sentence{Text: c.Text, Support: c.Support, Status: Verified}
	t.answer.Support = max(t.answer.Support, c.Support)
	var fresh []Citation
	for i, q := range c.Quotes {
		if !verdict.Holds[i] || q.Span.Empty() {
			continue
		}
		n, isNew := t.cite(q, status)
		if isNew {
			fresh = append(fresh, t.answer.Citations[n-1])
		}
		s.Citations = append(s.Citations, n)
		s.Status = worse(s.Status, t.answer.Citations[n-1].Status)
	}
	if len(s.Citations) == 0 {
		s.Status = None
	}
	s.Status = worse(s.Status, status)
	return t.show(s, fresh)
}

func worse(a, b CitationStatus) CitationStatus {
	if b.rank() > a.rank() {
		return b
	}
	return a
}

// show sends a checked sentence, unless it is unsupported and such are to be
// removed.
func (t *telling) show(s Sentence, fresh []Citation) error {
	if s.Status == None && t.opts.Unsupported == RemoveUnsupported {
		t.removed++
		return nil
	}
	t.answer.Sentences = append(t.answer.Sentences, s)
	return t.send(SentenceDone{Sentence: s, Citations: fresh})
}

// cite returns the number of the citation for q, which holds, and whether it
// is new.
func (t *telling) cite(q generator.Quote, status CitationStatus) (n int, isNew bool) {
	p := &t.answer.Passages[q.Passage]
	key := quoteKey{p.ID, q.Span}
	if n, ok := t.numbers[key]; ok {
		return n, false
	}
	if status == Verified && !t.isFresh(p) {
		status = Stale
	}
	n = len(t.answer.Citations) + 1
	if t.numbers == nil {
		t.numbers = map[quoteKey]int{}
	}
	t.numbers[key] = n
	t.answer.Citations = append(t.answer.Citations, Citation{
		N: n, DocumentID: p.DocumentID, ChunkID: p.ID, URI: p.URI, Title: p.Title, Headings: p.Headings,
		Position: p.Position(q.Span.Start), Span: q.Span, Quote: q.Text, Status: status,
	})
	return n, true
}

// isFresh reports whether the source of p is still what was indexed.
func (t *telling) isFresh(p *groundwork.Hit) bool {
	if t.opts.Fresh == nil {
		return true
	}
	fresh, ok := t.fresh[p.DocumentID]
	if !ok {
		if t.fresh == nil {
			t.fresh = map[string]bool{}
		}
		fresh = t.opts.Fresh(t.ctx, p.URI, p.Revision)
		t.fresh[p.DocumentID] = fresh
		if !fresh {
			t.answer.Warnings = append(t.answer.Warnings, groundwork.Warning{Code: groundwork.Stale, Stage: "generate", URI: p.URI,
				Detail: fmt.Sprintf("%s has changed since it was indexed", p.URI)})
		}
	}
	return fresh
}
