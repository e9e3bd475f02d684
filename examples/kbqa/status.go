package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed4837efcb/groundwork/embed/local"
	"github.com/seed4837efcb/groundwork/pipeline"
)

type statusOutput struct {
	Schema     string          `json:"schema"`
	Corpus     string          `json:"corpus"`
	Index      string          `json:"index"`
	Documents  int             `json:"documents"`
	Chunks     int             `json:"chunks"`
	Stale      int             `json:"stale"`
	Awaiting   int             `json:"awaiting"` // passages without a vector, which the next index run brings
	Skipped    map[string]int  `json:"skipped"`
	Failed     map[string]int  `json:"failed"`
	Encodings  []encodingCount `json:"encodings"` // of texts, most frequent first
	Model      string          `json:"model"`
	Kernel     string          `json:"kernel"`
	Bytes      int64           `json:"bytes"`
	Generation int64           `json:"generation"`
	Files      []problemFile   `json:"files"` // null without --files
}

// fileKinds are what --files can list.
var fileKinds = []string{"skipped", "failed", "pending", "doubtful", "indexed", "all"}

func newStatus(a *app) *cobra.Command {
	var files string
	cmd := &cobra.Command{
		Use:   "status [DIR]",
		Short: "Tell what is indexed, what is not, and why",
		Long: `Status tells what the index of DIR holds. With --files it lists every file with
its status, the stage and the reason where it is not indexed, and what to do.
Without DIR and --index it lists the indexes in your data folder.

  kbqa status
  kbqa status .
  kbqa status --files=failed ./doc`,
		Args: oneFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			if files != "" && !slices.Contains(fileKinds, files) {
				return usagef("--files=%s: give one of %s", files, strings.Join(fileKinds, ", "))
			}
			switch {
			case len(args) == 1 || a.index != "":
				return a.runStatus(cmd.Context(), args, files)
			case files != "":
				return usagef("--files needs a folder; the current one is .")
			}
			return a.runIndexes()
		},
	}
	cmd.Flags().StringVar(&files, "files", "", "list `WHICH` files: skipped, failed, pending, doubtful, indexed, all")
	cmd.Flags().Lookup("files").NoOptDefVal = "all"
	a.placeFlag(cmd)
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) runStatus(ctx context.Context, args []string, files string) error {
	c, err := a.indexed(args)
	if err != nil {
		return err
	}
	s, err := a.openStored(ctx, c)
	if err != nil {
		return err
	}
	defer s.close()
	items, err := pipeline.Items(ctx, s.store)
	if err != nil {
		return err
	}
	out := s.status(items)
	if files != "" {
		out.Files = fileList(items, files)
		if files == "all" || files == "pending" {
			pending, err := s.pending(ctx, items)
			if err != nil {
				return err
			}
			out.Files = merge(out.Files, pending)
		}
		slices.SortFunc(out.Files, func(x, y problemFile) int { return cmp.Compare(x.Path, y.Path) })
	}
	if a.json {
		return a.printJSON(out)
	}
	return a.printStatus(out, c.operands())
}

func (s *stack) status(items map[string]*pipeline.Item) statusOutput {
	info := s.store.Info()
	out := statusOutput{Schema: "kbqa.status/1", Corpus: s.corpus.note.Corpus, Index: s.corpus.index, Chunks: info.Records, Awaiting: max(0, info.Records-info.Vectors),
		Skipped: map[string]int{}, Failed: map[string]int{}, Model: s.model, Kernel: local.Tier(), Bytes: info.Bytes, Generation: info.Generation}
	out.Encodings = encodings(items)
	for _, it := range items {
		out.Documents += len(it.Documents)
		switch {
		case it.Status == pipeline.Skipped:
			out.Skipped[it.Problem.Reason]++
		case it.Status == pipeline.Failed:
			out.Failed[it.Problem.Stage]++
		case it.Stale:
			out.Stale++
		}
	}
	return out
}

func fileList(items map[string]*pipeline.Item, which string) []problemFile {
	files := []problemFile{}
	for _, it := range items {
		if which != "all" && which != string(it.Status) && !(which == "failed" && it.Stale) && !(which == "doubtful" && it.Doubt != nil) {
			continue
		}
		f := problemFile{Path: it.URI, Status: string(it.Status), Stale: it.Stale}
		if it.Problem != nil {
			f.Stage, f.Reason, f.Remedy = known(it.Problem.Stage), known(it.Problem.Reason), known(it.Problem.Remedy)
		}
		if it.Problem == nil && it.Doubt != nil {
			f.Stage, f.Reason, f.Remedy = known("decode"), known(doubtReason(it)), known(encodingRemedy)
		}
		files = append(files, f)
	}
	return files
}

// merge returns files and pending with one row a file: what is indexed and has
// changed is pending.
func merge(files, pending []problemFile) []problemFile {
	isPending := map[string]bool{}
	for _, p := range pending {
		isPending[p.Path] = true
	}
	files = slices.DeleteFunc(files, func(f problemFile) bool { return isPending[f.Path] })
	return append(files, pending...)
}

func (a *app) printStatus(out statusOutput, operands string) error {
	var b strings.Builder
	if out.Files != nil {
		for _, f := range out.Files {
			fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%s\n", f.Path, f.Status, deref(f.Stage), deref(f.Reason), deref(f.Remedy))
		}
		return a.printList(b.String())
	}
	fmt.Fprintf(&b, "corpus     %s\nindex      %s (%.1f MB)\nmodel      %s (%s)\ndocuments  %d\npassages   %d\n",
		out.Corpus, out.Index, float64(out.Bytes)/1e6, out.Model, out.Kernel, out.Documents, out.Chunks)
	if len(out.Encodings) > 0 {
		fmt.Fprintf(&b, "encodings  %s\n", encodingLine(out.Encodings))
	}
	if out.Awaiting > 0 {
		fmt.Fprintf(&b, "awaiting   %d passages are found by words only until kbqa index has embedded them\n", out.Awaiting)
	}
	if out.Stale > 0 {
		fmt.Fprintf(&b, "stale      %d (kbqa status --files=failed %s)\n", out.Stale, operands)
	}
	for _, part := range []struct {
		name   string
		counts map[string]int
	}{{"skipped", out.Skipped}, {"failed", out.Failed}} {
		for _, reason := range slices.Sorted(maps.Keys(part.counts)) {
			fmt.Fprintf(&b, "%-10s %d %s\n", part.name, part.counts[reason], reason)
		}
	}
	return a.printList(b.String())
}

// printList prints lines; names in them must not steer a terminal.
func (a *app) printList(text string) error {
	if isTerminal(a.stdout) {
		text = printable(text)
	}
	_, err := io.WriteString(a.stdout, text)
	return err
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
