package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/pipeline"
)

func newGet(a *app) *cobra.Command {
	var span groundwork.Span
	cmd := &cobra.Command{
		Use:   "get DIR URI[:LINE[:COUNT]]",
		Short: "Print the stored text that a citation points into",
		Long: `Get prints a document as it was when it was indexed, or a part of it. It reads
the index alone, so it works after the file is gone.

  kbqa get ./doc durability.md:40:10
  kbqa get ./doc durability.md --start 120 --end 260`,
		Args: exactArgs(2, "give the folder and the path of a document in it"),
		RunE: func(cmd *cobra.Command, args []string) error {
			given := cmd.Flags().Changed
			switch {
			case given("start") != given("end"):
				return usagef("--start and --end go together")
			case !given("start"):
				return a.runGet(cmd.Context(), args[0], args[1], nil)
			case span.Start < 0 || span.End < span.Start:
				return usagef("--start %d --end %d: give bytes from 0 on, the first one first", span.Start, span.End)
			}
			return a.runGet(cmd.Context(), args[0], args[1], &span)
		},
	}
	cmd.Flags().IntVar(&span.Start, "start", 0, "first `BYTE` to print, counted from 0")
	cmd.Flags().IntVar(&span.End, "end", 0, "`BYTE` after the last one to print")
	a.placeFlag(cmd)
	return cmd
}

// runGet prints the part of a document that span names, or else the lines that
// ref names, or all of it.
func (a *app) runGet(ctx context.Context, dir, ref string, span *groundwork.Span) error {
	c, err := a.indexed([]string{dir})
	if err != nil {
		return err
	}
	s, err := a.openStored(ctx, c)
	if err != nil {
		return err
	}
	defer s.close()
	c.touch()
	doc, line, count, err := s.find(ctx, ref)
	if err != nil {
		return err
	}
	text := doc.Text
	switch {
	case span != nil && line > 0:
		return usagef("give a line or --start and --end, not both")
	case span != nil && span.End > len(text):
		return usagef("%s has %d bytes: --start and --end must lie within", doc.URI, len(text))
	case span != nil:
		text = text[span.Start:span.End]
	case line > 0:
		if text = lines(text, line, count); text == "" {
			return usagef("%s has no line %d", doc.URI, line)
		}
	}
	if isTerminal(s.stdout) {
		text = printable(text)
	}
	_, err = io.WriteString(s.stdout, text)
	return err
}

// find reads the document that ref names. A path may hold colons itself, so
// the whole is tried first.
func (s *stack) find(ctx context.Context, ref string) (doc *groundwork.Document, line, count int, err error) {
	uri, numbers := ref, []int(nil)
	for {
		doc, err = s.document(ctx, uri)
		if !errors.Is(err, pipeline.ErrNoDocument) || len(numbers) == 2 {
			break
		}
		i := strings.LastIndexByte(uri, ':')
		n, bad := strconv.Atoi(uri[i+1:])
		if i < 0 || bad != nil || n < 1 {
			break
		}
		uri, numbers = uri[:i], append([]int{n}, numbers...)
	}
	if errors.Is(err, pipeline.ErrNoDocument) {
		return nil, 0, 0, &codeError{exitNothing, fmt.Errorf("%s is not in the index", ref),
			fmt.Sprintf("kbqa status --files %s lists what is", s.corpus.operands())}
	}
	switch len(numbers) {
	case 2:
		return doc, numbers[0], numbers[1], err
	case 1:
		return doc, numbers[0], 1, err
	}
	return doc, 0, 0, err
}

// lines returns count lines of text from line first on, counted from 1.
func lines(text string, first, count int) string {
	skip := func(s string, n int) int {
		at := 0
		for range n {
			i := strings.IndexByte(s[at:], '\n')
			if i < 0 {
				return len(s)
			}
			at += i + 1
		}
		return at
	}
	text = text[skip(text, first-1):]
	return text[:skip(text, count)]
}
