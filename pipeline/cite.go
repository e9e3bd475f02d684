package pipeline

import (
	"fmt"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/generator"
)

// claim checks c and shows it with the quotations that hold. One that they
// carry only in part is Weak; with one that they do not carry, none is shown.
func (t *telling) claim(c generator.Claim) error {
	verdict, err := t.checker.Check(t.ctx, c)
	if err != nil {
		return err
	}
	if c.Support == 0 {
		c.Support = verdict.Support
	}
	s := Sentence{Text: c.Text, Support: c.Support, Status: statusOf(verdict)}
	if s.Status == None {
		return t.show(s, nil)
	}
	t.answer.Support = max(t.answer.Support, c.Support)
	var fresh []Citation
	for i, q := range c.Quotes {
		if !verdict.Holds[i] {
			continue
		}
		status := s.Status
		if !verdict.Carries[i] {
			status = Weak
		}
		n, isNew := t.cite(q, status)
		if isNew {
			fresh = append(fresh, t.answer.Citations[n-1])
		}
		s.Citations = append(s.Citations, n)
		s.Status = worse(s.Status, worse(status, t.answer.Citations[n-1].Status))
	}
	return t.show(s, fresh)
}

func statusOf(v generator.Verdict) CitationStatus {
	switch {
	case v.Verified():
		return Verified
	case v.Supported():
		return Weak
	}
	return None
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
	if status == Verified && !t.isFresh(p) {
		status = Stale
	}
	// A quotation may carry one sentence wholly and another in part: it gets a
	// number for each, so that no status is shown for the wrong sentence.
	key := quoteKey{p.ID, q.Span, status}
	if n, ok := t.numbers[key]; ok {
		return n, false
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
