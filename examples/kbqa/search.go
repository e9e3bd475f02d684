package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/retriever"
)

func newSearch(a *app) *cobra.Command {
	var o asking
	cmd := &cobra.Command{
		Use:   "search [DIR] WORDS",
		Short: "Show the passages that match",
		Long: `Search shows the passages below DIR (default: the current folder) that match a
question or words best, after indexing what is new.

  kbqa search ./doc "power failure"
  kbqa search ./doc "power failure" --json -k 20 | jq '.hits[].uri'`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runQuestions(cmd.Context(), args, &o, (*session).search)
		},
	}
	o.register(cmd, a, 10)
	return cmd
}

// search answers one query with passages.
func (s *session) search(ctx context.Context, id any, query string) error {
	start := time.Now()
	r, err := s.retriever().Retrieve(ctx, retriever.Query{Text: query, K: s.opts.k, Filter: s.opts.filter, Exact: s.opts.exact})
	if err != nil {
		return err
	}
	took := time.Since(start)
	if err := unreadable(r); err != nil {
		return s.explain(err)
	}
	if s.json || id != nil {
		out := newSearchOutput(s, query, r, timingOutput{Index: s.indexing, Retrieve: ms(took), Total: *ms(took)})
		out.ID = id
		err = s.printJSON(out)
	} else {
		err = s.printHits(r)
	}
	if err == nil && len(r.Hits) == 0 {
		return &codeError{code: exitNothing}
	}
	return err
}

// unreadable returns why finding nothing means nothing: the model cannot read
// the words, and they do not stand anywhere.
func unreadable(r *retriever.Result) error {
	for _, leg := range r.Legs {
		if len(r.Hits) == 0 && errors.Is(leg.Dropped, retriever.ErrScript) {
			return fmt.Errorf("%w: %w", pipeline.ErrUnreadable, leg.Dropped)
		}
	}
	return nil
}

func (s *session) printHits(r *retriever.Result) error {
	for _, w := range r.Warnings {
		s.talk("kbqa: %s", w)
	}
	var b strings.Builder
	for i := range r.Hits {
		if isTerminal(s.stdout) {
			s.showHit(&b, i+1, &r.Hits[i])
		} else {
			h := &r.Hits[i]
			fmt.Fprintf(&b, "%s: %s\n", at(h.URI, h.Position(h.Span.Start)), oneLine(h.Text))
		}
	}
	if len(r.Hits) == 0 {
		s.talk("nothing found in %s", s.coverage)
	}
	_, err := fmt.Fprint(s.stdout, b.String())
	return err
}

func (s *session) showHit(b *strings.Builder, rank int, h *groundwork.Hit) {
	scr := s.screen()
	where := fmt.Sprintf("%2d. %s", rank, place(h.URI, h.Position(h.Span.Start), h.Headings))
	var legs []string
	for _, l := range h.Legs {
		legs = append(legs, fmt.Sprintf("%s #%d %.3f", l.Name, l.Rank, l.Score))
	}
	fmt.Fprintf(b, "%s\n%s\n    %s\n\n", scr.bold(scr.lay(where, "")), scr.lay(excerpt(h.Text, 280), "    "), scr.dim(strings.Join(legs, ", ")))
}
