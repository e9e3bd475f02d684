package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/hnsw"
)

// removal is what rm is asked for.
type removal struct{ orphaned, yes bool }

func newRemove(a *app) *cobra.Command {
	var o removal
	cmd := &cobra.Command{
		Use:   "rm [DIR]",
		Short: "Remove an index",
		Long: `Rm removes the index of DIR, the one that --index names, or with --orphaned all
those in your data folder whose folder of documents is gone. Documents are never
touched. It asks first, on a terminal; elsewhere it needs --yes.

  kbqa rm ./doc
  kbqa rm --orphaned --yes`,
		Args: oneFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			doomed, err := a.doomed(args, o)
			if err != nil {
				return err
			}
			return a.runRemove(cmd.Context(), doomed, o.yes)
		},
	}
	cmd.Flags().BoolVar(&o.orphaned, "orphaned", false, "all whose folder of documents is gone")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	a.placeFlag(cmd)
	a.quietFlag(cmd)
	return cmd
}

// doomed returns the indexes that are to be removed.
func (a *app) doomed(args []string, o removal) ([]*corpus, error) {
	switch {
	case o.orphaned && (len(args) > 0 || a.index != ""):
		return nil, usagef("--orphaned takes neither a folder nor --index")
	case o.orphaned:
		return orphans()
	case len(args) == 0 && a.index == "":
		return nil, usagef("which index? Give the folder it is of, --index FOLDER or --orphaned")
	}
	c, err := a.indexed(args)
	if err != nil {
		return nil, err
	}
	return []*corpus{c}, nil
}

// indexed returns the index of the folder that args names, or the one that
// --index names.
func (a *app) indexed(args []string) (c *corpus, err error) {
	if len(args) == 1 {
		c, err = a.openCorpus(args[0])
	} else {
		c = &corpus{named: true}
		if c.index, err = realPath(a.index); err == nil {
			err = c.loadNote()
		}
		c.root = c.note.Corpus
	}
	if err != nil {
		return nil, err
	}
	if !c.exists() {
		if len(args) == 1 {
			return nil, c.notIndexed()
		}
		return nil, indexf("%s %w", c.index, errNoIndex)
	}
	return c, nil
}

// errNoIndex reports a folder that is none of ours.
var errNoIndex = errors.New("is not the index of a folder")

func orphans() ([]*corpus, error) {
	_, entries, err := listIndexes()
	var out []*corpus
	for _, e := range entries {
		if e.Orphaned {
			c := &corpus{root: deref(e.Corpus), index: e.Path}
			if err := c.loadNote(); err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
	return out, err
}

func (a *app) runRemove(ctx context.Context, doomed []*corpus, yes bool) error {
	if len(doomed) == 0 {
		a.talk("kbqa: the folder of every index is there; nothing is to be removed")
		return nil
	}
	if !yes {
		if err := a.confirm(ctx, doomed); err != nil {
			return err
		}
	}
	for _, c := range doomed {
		bytes := sizeOf(c.index)
		if err := c.remove(ctx); err != nil {
			return err
		}
		a.talk("removed the index of %s (%s)", c.root, size(bytes))
		if _, err := os.Stat(c.index); err == nil {
			a.talk("kbqa: %s holds other files as well; they stay", c.index)
		}
	}
	return nil
}

// confirm asks the person at the terminal.
func (a *app) confirm(ctx context.Context, doomed []*corpus) error {
	if !isTerminal(a.stdin) || !isTerminal(a.stderr) {
		return usagef("there is no terminal to ask on: to remove it anyway, add --yes")
	}
	for _, c := range doomed {
		fmt.Fprintf(a.stderr, "%8s  %s\n", size(sizeOf(c.index)), printable(c.root))
	}
	what := "this index"
	if len(doomed) > 1 {
		what = fmt.Sprintf("these %d indexes", len(doomed))
	}
	fmt.Fprintf(a.stderr, "Remove %s? [y/N] ", what)
	for l, err := range inputLines(ctx, a.stdin, 80) {
		if err != nil {
			return err
		}
		if slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(string(l.text)))) {
			return nil
		}
		break
	}
	return &codeError{code: exitNothing, err: errors.New("nothing was removed")}
}

// remove deletes the index, and nothing that is not of it. The note goes first:
// what is left of a removal that is cut short is no index any more.
func (c *corpus) remove(ctx context.Context) error {
	if err := c.checkIdle(ctx); err != nil {
		return err
	}
	isNote := func(name string) bool { return strings.HasPrefix(name, noteFile) }
	if err := removeFiles(c.index, isNote); err != nil {
		return indexf("cannot remove the index: %w", err)
	}
	if !isLink(c.database()) {
		if err := removeFiles(c.database(), func(string) bool { return true }); err != nil {
			return indexf("cannot remove the index: %w", err)
		}
	}
	_ = os.Remove(c.database()) // both fail where there are other files
	_ = os.Remove(c.index)
	return nil
}

// isLink reports whether name is a link. What it leads to is not of the index:
// kbqa makes none.
func isLink(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// removeFiles removes the files of a folder whose names match, but no folder.
func removeFiles(dir string, match func(name string) bool) error {
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range files {
		if !f.IsDir() && match(f.Name()) {
			if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkIdle is the error of an index that another process is writing to.
func (c *corpus) checkIdle(ctx context.Context) error {
	if _, err := os.Stat(c.database()); err != nil || isLink(c.database()) {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel() // the lock is taken at once; what is in the index need not be read
	db, err := hnsw.Open(ctx, c.database(), nil)
	if err == nil {
		err = db.Close()
	}
	if errors.Is(err, vectorstore.ErrLocked) {
		return indexf("%w to this index%s", vectorstore.ErrLocked, writerOf(err)).remedy("remove it when that is done")
	}
	return nil
}
