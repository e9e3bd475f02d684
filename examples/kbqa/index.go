package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

func newIndex(a *app) *cobra.Command {
	var o pipeline.IndexOptions
	cmd := &cobra.Command{
		Use:   "index [DIR]",
		Short: "Index a folder, or what changed in it",
		Long: `Index reads every document below DIR (default: the current folder), and later
only what changed. It can be interrupted at any time and goes on where it was.

  kbqa index ~/notes
  kbqa index --model minilm ~/notes     index anew with another model

.gitignore and .groundworkignore are heeded; kbqa status tells what is left out.`,
		Args: oneFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return a.runIndex(cmd.Context(), dir, o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&a.strict, "strict", false, "exit with 3 if a file failed")
	f.BoolVar(&o.AllowMassRemoval, "allow-mass-removal", false, "go on although most files are gone")
	f.BoolVar(&o.RetryFailed, "retry-failed", false, "read again what failed before")
	a.placeFlag(cmd)
	a.waitFlag(cmd)
	a.modelFlags(cmd)
	a.encodingFlag(cmd)
	a.jsonFlag(cmd)
	a.quietFlag(cmd)
	return cmd
}

func (a *app) runIndex(ctx context.Context, dir string, o pipeline.IndexOptions) error {
	c, err := a.openCorpus(dir)
	if err != nil {
		return err
	}
	if c.exists() && a.model != "" && a.model != c.note.Model {
		return a.reindex(ctx, c, o)
	}
	s, err := a.open(ctx, dir, toWrite)
	var space *vectorstore.SpaceError
	if errors.As(err, &space) && a.model != "" { // what it was made with has changed, and it is to be made anew
		return a.reindex(ctx, c, o)
	}
	if err != nil {
		return err
	}
	defer s.close()
	if s.readOnly != nil {
		return s.explainReadOnly("run it again")
	}
	report, err := s.refresh(ctx, o)
	if err != nil {
		return err
	}
	return s.reportIndex(report)
}

// reindex builds the index with another model beside the one in use, and then
// puts it in its place.
func (a *app) reindex(ctx context.Context, c *corpus, o pipeline.IndexOptions) error {
	s, err := a.openBuild(ctx, c)
	if err != nil {
		return err
	}
	defer s.close()
	a.talk("Indexing %s anew with the model %s; until that is done the index keeps answering.", c.root, a.model)
	report, err := s.refresh(ctx, o)
	if err != nil {
		return err
	}
	if err := s.checkLoss(ctx, report); err != nil && !o.AllowMassRemoval {
		return err
	}
	if err := c.write(note{Model: c.note.Model, Next: a.model}); err != nil {
		return err
	}
	if err := s.db.Promote(ctx, namespace, s.space()); err != nil {
		return err
	}
	if err := c.write(note{Model: a.model}); err != nil {
		return err
	}
	return s.reportIndex(report)
}

// checkLoss is the error for a build that must not take the place of the live
// one by itself: what a run over the live index would have kept is not in it,
// because it cannot be read now, or most of the files are gone.
func (s *stack) checkLoss(ctx context.Context, r *pipeline.Report) error {
	live, err := s.db.Open(ctx, namespace, vectorstore.Space{})
	if err != nil {
		return nil // there is nothing that could be lost
	}
	had, err := pipeline.Items(ctx, live)
	if err != nil {
		return err
	}
	has, err := pipeline.Items(ctx, s.store)
	if err != nil {
		return err
	}
	known, gone, unread := 0, 0, 0
	for id, row := range had {
		if row.Status != pipeline.Indexed {
			continue
		}
		known++
		switch now := has[id]; {
		case now != nil && now.Status == pipeline.Failed, now == nil && isUnknown(r.Lists, row.URI):
			unread++
		case now == nil:
			gone++
		}
	}
	remedy := fmt.Sprintf("the index stays as it was; to go on without them: kbqa index --allow-mass-removal --model %s %s",
		quoteArg(s.model), s.corpus.operands())
	switch {
	case unread > 0:
		return indexf("%d of %d indexed files cannot be read now; %s", unread, known, remedy)
	case 2*gone > known:
		return fmt.Errorf("%w: %d of %d indexed files are no longer listed; %s", pipeline.ErrMassRemoval, gone, known, remedy)
	}
	return nil
}

// isUnknown reports whether uri lies in a part of the folder that could not be
// listed.
func isUnknown(lists []error, uri string) bool {
	return slices.ContainsFunc(lists, func(err error) bool {
		var l *loaders.ListError
		return errors.As(err, &l) && (l.Prefix == uri || l.Prefix == "" || strings.HasPrefix(uri, strings.TrimSuffix(l.Prefix, "/")+"/"))
	})
}

// refresh brings the index in step with the folder, showing progress on a
// terminal, and names the files that failed.
func (s *stack) refresh(ctx context.Context, o pipeline.IndexOptions) (*pipeline.Report, error) {
	p := s.newProgress()
	x, err := s.indexer(p.observe)
	if err != nil {
		return nil, err
	}
	defer x.Close()
	o.Source = loaders.DefaultSource
	report, err := x.Index(ctx, s.source, &o)
	p.clear()
	if report != nil {
		slices.SortFunc(report.Files, func(x, y pipeline.FileProblem) int { return cmp.Compare(x.URI, y.URI) })
		s.tellProblems(report)
		s.tellDoubts(report)
	}
	if errors.Is(err, pipeline.ErrMassRemoval) {
		err = fmt.Errorf("%w: kbqa index --allow-mass-removal %s", err, s.corpus.operands())
	}
	return report, err
}

func (s *stack) tellProblems(r *pipeline.Report) {
	for _, err := range r.Lists {
		s.talk("kbqa: %v; what was indexed below it is kept", err)
	}
	for _, f := range r.Files {
		kept := ""
		if f.Stale {
			kept = " (the version indexed before is kept)"
		}
		s.talk("kbqa: %s: %s: %s%s", f.URI, f.Stage, f.Reason, kept)
	}
}

func (s *stack) reportIndex(r *pipeline.Report) error {
	if r.Coverage.Indexed == 0 {
		return indexf("nothing in %s can be read: %s", s.corpus.root, r.Coverage)
	}
	if !s.json {
		s.talk("%s", summary(r))
	} else if err := s.printJSON(newIndexOutput(s, r)); err != nil {
		return err
	}
	return s.checkStrict(r.Coverage)
}

// checkStrict is the error for files that failed, in this run or before, under
// --strict.
func (s *stack) checkStrict(c pipeline.Coverage) error {
	if n := total(c.Failed) + c.Stale; s.strict && n > 0 {
		return &codeError{exitIncomplete, fmt.Errorf("%d files failed", n), fmt.Sprintf("kbqa status --files=failed %s lists them", s.corpus.operands())}
	}
	return nil
}

func summary(r *pipeline.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d added, %d changed, %d removed, %d unchanged", r.Added, r.Changed, r.Removed, r.Unchanged)
	if r.FailedItems > 0 {
		fmt.Fprintf(&b, ", %d failed", r.FailedItems)
	}
	fmt.Fprintf(&b, "; %d passages embedded, %d reused, in %v. Searchable: %s.", r.Embedded, r.Reused,
		r.Duration.Round(10*time.Millisecond), r.Coverage)
	return b.String()
}
