package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/seed4837efcb/groundwork/isolate"
)

// app is what all commands share: the streams and the flags.
type app struct {
	worker *isolate.Worker
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer

	index   string // --index
	model   string // --model
	json    bool
	quiet   bool
	strict  bool
	workers int
}

const rootHelp = `Kbqa answers questions from a folder of documents, with citations that can be
checked. It runs in this process alone: no server, no key, no network.

  kbqa ask DIR "question"       a cited answer; indexes the folder first
  kbqa search DIR "words"       the passages that match
  kbqa status DIR               what is indexed, what is not, and why

With one argument, ask and search take it as the question and the current
folder as DIR. The index lives in your data folder, or where --index says;
never inside DIR.

Exit codes: 0 answered; 1 nothing found, or not in the documents; 2 usage;
3 files failed (--strict); 4 index unusable; 6 internal error; 130 interrupted.`

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "kbqa",
		Short:         "Answer questions from a folder of documents, with citations",
		Long:          rootHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return usagef("unknown command %q; to ask a question: kbqa ask %q", args[0], args[0])
		},
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	f := root.PersistentFlags()
	f.StringVar(&a.index, "index", "", "where the index is (default: in your data folder, by the path of DIR)")
	f.StringVar(&a.model, "model", "", "embedding model: e5 (about 100 languages, the default) or minilm (English, twice as fast)")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "no progress and no warnings")
	f.IntVar(&a.workers, "workers", 0, "cores to use (0: all)")
	root.AddCommand(newIndex(a), newAsk(a), newSearch(a), newGet(a), newEmbed(a), newStatus(a), newVerify(a), newVersion(a))
	return root
}

// folderAndQuestion reads the arguments of ask and search: DIR and a question,
// or the question alone.
func folderAndQuestion(args []string, batch bool) (dir, question string, err error) {
	switch {
	case batch && len(args) == 0:
		return ".", "", nil
	case batch && len(args) == 1:
		return args[0], "", nil
	case batch:
		return "", "", usagef("--batch takes its questions from the file: give the folder alone")
	case len(args) == 1:
		return ".", args[0], nil
	case len(args) == 2:
		return args[0], args[1], nil
	}
	return "", "", usagef("give a folder and a question, in quotes")
}

func exactArgs(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%s", what)
		}
		return nil
	}
}

// talk says something to the person in front of the program, on stderr.
func (a *app) talk(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.stderr, format+"\n", args...)
	}
}

// isTerminal reports whether w is a terminal.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// style returns functions that print text bold and dim, or as it is where the
// output is no terminal or NO_COLOR is set (no-color.org).
func (a *app) style() (bold, dim func(string) string) {
	if !isTerminal(a.stdout) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		plain := func(s string) string { return s }
		return plain, plain
	}
	return func(s string) string { return "\x1b[1m" + s + "\x1b[0m" },
		func(s string) string { return "\x1b[2m" + s + "\x1b[0m" }
}
