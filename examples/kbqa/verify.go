package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/vectorstore/hnsw"
)

type verifyOutput struct {
	Schema    string             `json:"schema"`
	OK        bool               `json:"ok"`
	Items     int                `json:"items"`
	Documents int                `json:"documents"`
	Chunks    int                `json:"chunks"`
	Store     []storeFinding     `json:"store"` // what the check of the files found
	Findings  []pipeline.Finding `json:"findings"`
	Warnings  []string           `json:"warnings"`
}

type storeFinding struct {
	Namespace string `json:"namespace"`
	Detail    string `json:"detail"`
	Derived   bool   `json:"derived"`
}

func newVerify(a *app) *cobra.Command {
	var repair bool
	cmd := &cobra.Command{
		Use:   "verify [DIR]",
		Short: "Prove that the index holds what it should",
		Long: `Verify checks every checksum, passage and document of the index of DIR
(default: the current folder) and exits 4 if something is amiss. With --repair
it mends what it finds from what is stored.

  kbqa verify ./doc
  kbqa verify --repair ./doc`,
		Args: oneFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			if cmd.Flags().Changed("wait") && !repair {
				return usagef("--wait needs --repair: only that writes")
			}
			return a.runVerify(cmd.Context(), dir, repair)
		},
	}
	cmd.Flags().BoolVar(&repair, "repair", false, "mend what is amiss")
	a.placeFlag(cmd)
	a.waitFlag(cmd)
	a.workersFlag(cmd)
	a.jsonFlag(cmd)
	a.quietFlag(cmd)
	return cmd
}

func (a *app) runVerify(ctx context.Context, dir string, repair bool) error {
	if repair {
		return a.runRepair(ctx, dir)
	}
	c, err := a.indexed([]string{dir})
	if err != nil {
		return err
	}
	s, err := a.openStored(ctx, c)
	if err != nil {
		return err
	}
	defer s.close()
	return s.verify(ctx)
}

func (a *app) runRepair(ctx context.Context, dir string) error {
	a.repairing = true
	s, err := a.open(ctx, dir, toWrite)
	if err != nil {
		return err
	}
	defer s.close()
	if s.readOnly != nil {
		return s.explainReadOnly("repair it")
	}
	if err := s.rebuildDerived(ctx); err != nil {
		return err
	}
	x, err := s.indexer(nil)
	if err != nil {
		return err
	}
	defer x.Close()
	audit, err := x.Repair(ctx)
	if err != nil {
		return err
	}
	if !audit.OK() {
		a.talk("%d findings mended, %d passages embedded, %d files will be read again by the next index", len(audit.Findings), audit.Embedded, audit.Reread)
	}
	if err := s.dropDamaged(ctx); err != nil {
		return err
	}
	return s.verify(ctx)
}

// dropDamaged rewrites the files without what cannot be read, once nothing that
// counts is in it.
func (s *stack) dropDamaged(ctx context.Context) error {
	damage, err := s.db.Check(ctx)
	if err != nil || len(damage) == 0 || slices.ContainsFunc(damage, func(f hnsw.Finding) bool { return f.Namespace != "" }) {
		return err
	}
	if _, err := s.db.Compact(ctx); err != nil {
		return err
	}
	return s.reopenStore(ctx, toWrite)
}

// rebuildDerived makes the graph, the codes and the word index anew where the
// check of the files finds them at fault.
func (s *stack) rebuildDerived(ctx context.Context) error {
	damage, err := s.db.Check(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(damage, func(f hnsw.Finding) bool { return f.Derived }) {
		return nil
	}
	s.talk("kbqa: deriving graph and word index anew from the log")
	if err := s.db.Rebuild(ctx); err != nil {
		return err
	}
	return s.reopenStore(ctx, toWrite) // a build that the log has lost is gone now
}

// verify checks the store's files and its contents.
func (s *stack) verify(ctx context.Context) error {
	damage, err := s.db.Check(ctx)
	if err != nil {
		return err
	}
	audit, err := pipeline.Verify(ctx, s.store)
	if err != nil {
		return err
	}
	ok := len(damage) == 0 && audit.OK()
	if s.json {
		out := verifyOutput{Schema: "kbqa.verify/1", OK: ok, Items: audit.Items, Documents: audit.Documents, Chunks: audit.Chunks, Store: storeFindings(damage), Findings: list(audit.Findings), Warnings: s.warnings(nil)}
		if err := s.printJSON(out); err != nil {
			return err
		}
	} else {
		for _, f := range damage {
			fmt.Fprintf(s.stdout, "store\t%s\n", f)
		}
		for _, f := range audit.Findings {
			fmt.Fprintf(s.stdout, "%s\t%s\t%s\t%s\n", f.Kind, f.URI, f.ID, f.Detail)
		}
		s.talk("%d files, %d documents, %d passages checked: %s", audit.Items, audit.Documents, audit.Chunks, verdict(ok))
		if audit.Awaiting > 0 {
			s.talk("%d passages await their vectors: kbqa index", audit.Awaiting)
		}
	}
	if !ok {
		return &codeError{code: exitIndex}
	}
	return nil
}

func storeFindings(damage []hnsw.Finding) []storeFinding {
	out := []storeFinding{}
	for _, f := range damage {
		out = append(out, storeFinding(f))
	}
	return out
}

func verdict(ok bool) string {
	if ok {
		return "all is well"
	}
	return "something is amiss; kbqa verify --repair mends what it can"
}
