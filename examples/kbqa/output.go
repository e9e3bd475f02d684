package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/retriever"
)

// What --json prints. Within a schema's number fields are only ever added;
// every field is always there, null where it is not known.

type searchOutput struct {
	Schema   string         `json:"schema"`
	ID       any            `json:"id,omitempty"`
	Query    string         `json:"query"`
	Index    string         `json:"index"` // "complete", or "partial" where part of the folder has no vectors yet or is not in it
	Hits     []hitOutput    `json:"hits"`
	Coverage coverageOutput `json:"coverage"`
	Timing   timingOutput   `json:"timing"`
	Model    string         `json:"model"`
	Stale    *staleOutput   `json:"stale"` // null unless --no-refresh is set
	Warnings []string       `json:"warnings"`
	Error    *struct{}      `json:"error"` // always null: a line of a batch that has one is another object
}

type hitOutput struct {
	Rank     int       `json:"rank"`
	Score    float64   `json:"score"`
	URI      string    `json:"uri"`
	Title    *string   `json:"title"`
	Headings []string  `json:"headings"`
	Page     *int      `json:"page"`
	Start    int       `json:"start"`
	End      int       `json:"end"`
	Line     *int      `json:"line"`
	Text     string    `json:"text"`
	Legs     legOutput `json:"legs"`
}

type legOutput struct {
	Dense   *rankOutput `json:"dense"`
	Lexical *rankOutput `json:"lexical"`
}

type rankOutput struct {
	Rank  int     `json:"rank"`
	Score float64 `json:"score"`
}

type coverageOutput struct {
	Indexed int `json:"indexed"`
	Skipped int `json:"skipped"`
	Failed  int `json:"failed"`
	Pending int `json:"pending"`

	// Awaiting counts passages, the others files.
	Awaiting int `json:"awaiting"`
}

// staleOutput counts what a refresh would read and remove.
type staleOutput struct {
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Removed int `json:"removed"`
}

// timingOutput is in milliseconds.
type timingOutput struct {
	Index    *float64 `json:"index_ms"` // null where the index was not refreshed for this question
	Retrieve *float64 `json:"retrieve_ms"`
	Generate *float64 `json:"generate_ms"`
	Total    float64  `json:"total_ms"`
}

type askOutput struct {
	Schema    string           `json:"schema"`
	ID        any              `json:"id,omitempty"`
	Question  string           `json:"question"`
	Index     string           `json:"index"` // "complete", or "partial" where part of the folder has no vectors yet or is not in it
	Answer    string           `json:"answer"`
	Abstained bool             `json:"abstained"`
	Sentences []sentenceOutput `json:"sentences"`
	Citations []citationOutput `json:"citations"`
	Coverage  coverageOutput   `json:"coverage"`
	Timing    timingOutput     `json:"timing"`
	Model     string           `json:"model"`
	Stale     *staleOutput     `json:"stale"` // null unless --no-refresh is set
	Warnings  []string         `json:"warnings"`
	Error     *struct{}        `json:"error"` // always null: a line of a batch that has one is another object
}

type sentenceOutput struct {
	Text      string  `json:"text"`
	Citations []int   `json:"citations"`
	Support   float64 `json:"support"`
	Status    string  `json:"status"`
}

type citationOutput struct {
	N        int      `json:"n"`
	URI      string   `json:"uri"`
	Title    *string  `json:"title"`
	Headings []string `json:"headings"`
	Page     *int     `json:"page"`
	Start    int      `json:"start"`
	End      int      `json:"end"`
	Line     *int     `json:"line"`
	Quote    string   `json:"quote"`
	Status   string   `json:"status"`
}

type indexOutput struct {
	Schema    string         `json:"schema"`
	Added     int            `json:"added"`
	Changed   int            `json:"changed"`
	Removed   int            `json:"removed"`
	Unchanged int            `json:"unchanged"`
	Embedded  int            `json:"embedded"`
	Reused    int            `json:"reused"`
	Deleted   int            `json:"deleted"`
	Failed    []problemFile  `json:"failed"`
	Coverage  coverageOutput `json:"coverage"`
	Model     string         `json:"model"`
	Timing    timingOutput   `json:"timing"`
	Warnings  []string       `json:"warnings"`
}

type problemFile struct {
	Path   string  `json:"path"`
	Status string  `json:"status"`
	Stage  *string `json:"stage"`
	Reason *string `json:"reason"`
	Remedy *string `json:"remedy"`
	Stale  bool    `json:"stale"`
}

func newSearchOutput(s *session, query string, r *retriever.Result, t timingOutput) searchOutput {
	out := searchOutput{Schema: "kbqa.search/1", Query: query, Index: s.indexState(), Hits: []hitOutput{}, Coverage: newCoverage(s.coverage), Stale: s.stale,
		Timing: t, Model: s.embedder.Model().ID, Warnings: s.warnings(r.Warnings)}
	for i := range r.Hits {
		out.Hits = append(out.Hits, newHit(i+1, &r.Hits[i]))
	}
	return out
}

func newHit(rank int, h *groundwork.Hit) hitOutput {
	p := h.Position(h.Span.Start)
	out := hitOutput{Rank: rank, Score: h.Score, URI: h.URI, Title: known(h.Title), Headings: list(h.Headings),
		Page: known(p.Page), Start: h.Span.Start, End: h.Span.End, Line: known(p.Line), Text: h.Text}
	if l, ok := h.Leg(retriever.LegDense); ok {
		out.Legs.Dense = &rankOutput{l.Rank, l.Score}
	}
	if l, ok := h.Leg(retriever.LegLexical); ok {
		out.Legs.Lexical = &rankOutput{l.Rank, l.Score}
	}
	return out
}

func newAskOutput(s *session, ans *pipeline.Answer, t timingOutput) askOutput {
	out := askOutput{Schema: "kbqa.ask/1", Question: ans.Question, Index: s.indexState(), Answer: ans.Text(), Abstained: ans.Abstained,
		Sentences: []sentenceOutput{}, Citations: []citationOutput{}, Coverage: newCoverage(s.coverage), Stale: s.stale, Timing: t,
		Model: modelLabel(s.stack, ans.Generator), Warnings: s.warnings(ans.Warnings)}
	for _, x := range ans.Sentences {
		out.Sentences = append(out.Sentences, sentenceOutput{x.Text, list(x.Citations), x.Support, string(x.Status)})
	}
	for _, x := range ans.Citations {
		out.Citations = append(out.Citations, citationOutput{N: x.N, URI: x.URI, Title: known(x.Title), Headings: list(x.Headings),
			Page: known(x.Position.Page), Start: x.Span.Start, End: x.Span.End, Line: known(x.Position.Line), Quote: x.Quote, Status: string(x.Status)})
	}
	return out
}

// modelLabel names what answered: the embedding model, and that of the
// generator if it is another.
func modelLabel(s *stack, g generator.Info) string {
	label := s.embedder.Model().ID
	if g.Model != "" && g.Model != label {
		label += " + " + g.Model
	}
	return label
}

func newIndexOutput(s *stack, r *pipeline.Report) indexOutput {
	out := indexOutput{Schema: "kbqa.index/1", Added: r.Added, Changed: r.Changed, Removed: r.Removed, Unchanged: r.Unchanged,
		Embedded: r.Embedded, Reused: r.Reused, Deleted: r.Deleted, Failed: []problemFile{}, Coverage: newCoverage(r.Coverage),
		Model: s.embedder.Model().ID, Timing: timingOutput{Index: ms(r.Duration), Total: *ms(r.Duration)}, Warnings: s.warnings(nil)}
	for _, f := range r.Files {
		out.Failed = append(out.Failed, problemFile{Path: f.URI, Status: "failed", Stage: known(f.Stage), Reason: known(f.Reason), Remedy: known(f.Remedy), Stale: f.Stale})
	}
	return out
}

func newCoverage(c pipeline.Coverage) coverageOutput {
	return coverageOutput{Indexed: c.Indexed, Skipped: total(c.Skipped), Failed: total(c.Failed), Pending: c.Pending, Awaiting: c.Awaiting}
}

func total(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// warnings are those of a result behind those of what went before it.
func (a *app) warnings(ws []groundwork.Warning) []string {
	out := []string{}
	for _, n := range a.notes {
		out = append(out, strings.TrimPrefix(n, "kbqa: "))
	}
	for _, w := range ws {
		out = append(out, w.String())
	}
	return out
}

// known returns a pointer to v, or nil for the zero value: unknown.
func known[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// list returns s, or an empty list for nil.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func ms(d time.Duration) *float64 {
	x := float64(d.Microseconds()) / 1000
	return &x
}

// printJSON prints one object on a line. What steers a terminal is escaped, as
// JSON may: the object stays what it is, also where it is looked at.
func (a *app) printJSON(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := a.stdout.Write(escapeSteering(b.Bytes()))
	return err
}

// escapeSteering escapes what steers a terminal in the strings of a JSON text.
// Control characters of ASCII are escaped by every encoder, but for DEL.
func escapeSteering(text []byte) []byte {
	if !bytes.ContainsFunc(text, func(r rune) bool { return r >= 0x7f && steers(r) }) {
		return text
	}
	var out []byte
	for _, r := range string(text) {
		if r >= 0x7f && steers(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}
