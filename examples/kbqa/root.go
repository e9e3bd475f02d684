package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

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
	debug   bool
	workers int
	wait    time.Duration

	notes []string // what was said under --json
}

const rootHelp = `Kbqa answers questions from a folder of documents, with citations that can be
checked. It runs in this process alone: no server, no key, no network.

  kbqa ask DIR "question"    a cited answer; indexes the folder first
  kbqa search DIR "words"    the passages that match
  kbqa get DIR FILE          the stored text that a citation points into
  kbqa index DIR             index the folder, or what changed in it
  kbqa status DIR            what is indexed, what is not, and why
  kbqa verify DIR            prove that the index holds what it should
  kbqa embed                 texts from stdin into vectors
  kbqa schema                JSON Schemas of what --json prints
  kbqa version               version, platform and kernels in use
  kbqa help COMMAND          its flags

With one argument, ask and search take it as the question and the current
folder as DIR. The index lives in your data folder, or where --index says.

Exit codes: 0 answered; 1 nothing found, or not in the documents; 2 usage;
3 files failed (--strict); 4 index unusable, or nothing in DIR can be read;
6 internal error; 130 interrupted, what was finished is kept.
`

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "kbqa",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("what is to be done? For example: kbqa ask DIR \"question\"")
			}
			return usagef("unknown command %q; to ask a question: kbqa ask %q", args[0], args[0])
		},
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.checkModelFlags() },
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", ".FlagUsagesWrapped 80"))
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if cmd != root {
			help(cmd, args)
			return
		}
		fmt.Fprint(a.stdout, rootHelp)
	})
	root.PersistentFlags().BoolVar(&a.debug, "debug", false, "show the stack of an internal error")
	_ = root.PersistentFlags().MarkHidden("debug") // it has a place in the help of kbqa
	root.AddCommand(newIndex(a), newAsk(a), newSearch(a), newGet(a), newEmbed(a), newStatus(a), newVerify(a), newSchema(a), newVersion(a))
	return root
}

// The flags that several commands take. A command takes only those that it
// honours.

func (a *app) placeFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.index, "index", "", "`FOLDER` of the index (default: one in your data folder)")
}

func (a *app) modelFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.model, "model", "", "embedding `MODEL`: e5 (default, 100 languages) or minilm")
	a.workersFlag(cmd)
}

func (a *app) workersFlag(cmd *cobra.Command) {
	cmd.Flags().IntVar(&a.workers, "workers", 0, "`CORES` to use (default: all)")
}

func (a *app) quietFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&a.quiet, "quiet", "q", false, "no progress and no warnings")
}

func (a *app) jsonFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.json, "json", false, "print JSON")
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

// oneFolder takes a folder, or none for the current one.
func oneFolder(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usagef("give one folder, not %d", len(args))
	}
	return nil
}

func exactArgs(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%s", what)
		}
		return nil
	}
}

// talk says something to the person in front of the program, on stderr. With
// --json it is kept: it stands among the warnings of the output, and is said at
// the end unless that is an error.
func (a *app) talk(format string, args ...any) {
	text := printable(fmt.Sprintf(format, args...))
	if a.json {
		a.notes = append(a.notes, text)
	} else if !a.quiet {
		fmt.Fprintln(a.stderr, text)
	}
}

// isTerminal reports whether w is a terminal.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
