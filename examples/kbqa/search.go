package main

import (
	"cmp"
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
	var null bool
	cmd := &cobra.Command{
		Use:   "search [DIR] WORDS",
		Short: "Show the passages that match",
		Long: `Search shows the passages below DIR (default: the current folder) that match a
question or words best, after indexing what is new.

  kbqa search ./doc "power failure"
  kbqa search -l0 . "power failure" | xargs -0 wc
  kbqa search ./doc "power failure" --json -k 20 | jq '.hits[].uri'`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = o.paths || null
			if null {
				o.end = "\x00"
			}
			if o.paths && (a.json || o.batch != "") {
				return usagef("-l and -0 print paths alone: leave --json and --batch out")
			}
			return a.runQuestions(cmd.Context(), args, &o, (*session).search)
		},
	}
	cmd.Flags().BoolVarP(&o.paths, "paths", "l", false, "print the paths of the files alone, each once")
	cmd.Flags().BoolVarP(&null, "null", "0", false, "like -l, with a NUL behind each path, for xargs -0")
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
	switch {
	case s.opts.paths:
		err = s.printPaths(r)
	case s.json || id != nil:
		out := newSearchOutput(s, query, r, timingOutput{Index: s.indexing, Retrieve: ms(took), Total: *ms(took)})
		out.ID = id
		err = s.printJSON(out)
	default:
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

// printPaths prints every path once, the best first.
func (s *session) printPaths(r *retriever.Result) error {
	s.tellWarnings(r)
	var b strings.Builder
	scr := s.screen()
	seen := map[string]bool{}
	for i := range r.Hits {
		if uri := r.Hits[i].URI; !seen[uri] {
			seen[uri] = true
			name := scr.harmless(uri)
			if s.opts.end == "" {
				name = s.link(scr, uri, groundwork.Position{}, name)
			}
			b.WriteString(name + cmp.Or(s.opts.end, "\n"))
		}
	}
	_, err := fmt.Fprint(s.stdout, b.String())
	return err
}

// tellWarnings says what is to be known about a result, and that it is empty.
func (s *session) tellWarnings(r *retriever.Result) {
	s.passOn(r.Warnings)
	if s.isPartial() {
		s.talk("%s", s.indexLine())
	}
	if len(r.Hits) == 0 {
		s.talk("nothing found in %s", s.coverage)
	}
}

func (s *session) printHits(r *retriever.Result) error {
	s.tellWarnings(r)
	var b strings.Builder
	scr := s.screen()
	for i := range r.Hits {
		if isTerminal(s.stdout) {
			s.showHit(&b, i+1, &r.Hits[i])
		} else {
			h := &r.Hits[i]
			p := h.Position(h.Span.Start)
			fmt.Fprintf(&b, "%s: %s\n", s.link(scr, h.URI, p, scr.lay(at(h.URI, p), "")), scr.lay(oneLine(h.Text), ""))
		}
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
	fmt.Fprintf(b, "%s\n%s\n    %s\n\n", scr.bold(s.link(scr, h.URI, h.Position(h.Span.Start), scr.lay(where, ""))), scr.lay(excerpt(h.Text, 280), "    "), scr.dim(strings.Join(legs, ", ")))
}
