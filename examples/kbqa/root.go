package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	coding  string // --encoding
	json    bool
	quiet   bool
	strict  bool
	debug   bool
	workers int
	wait    time.Duration

	repairing bool // verify --repair: a lost MANIFEST is made anew

	hyperlinks string // --hyperlinks

	notes []string // what was said under --json
}

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
		PersistentPreRunE: func(*cobra.Command, []string) error { return cmp.Or(a.checkModelFlags(), a.checkEncoding()) },
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		switch {
		case cmd == root:
			fmt.Fprint(a.stdout, rootHelp)
		case cmd.Name() == "flags":
			fmt.Fprint(a.stdout, flagsHelp(root))
		default:
			fmt.Fprint(a.stdout, helpOf(cmd))
		}
	})
	root.SetHelpCommand(newHelp())
	root.PersistentFlags().BoolVar(&a.debug, "debug", false, "show the stack of an internal error")
	_ = root.PersistentFlags().MarkHidden("debug") // it has a place in the help of kbqa
	root.AddCommand(newIndex(a), newAsk(a), newSearch(a), newGet(a), newEmbed(a), newStatus(a), newVerify(a), newRemove(a), newSchema(a), newCompletion(a), newVersion(a), newFlagsTopic())
	a.complete(root)
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

func (a *app) linksFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.hyperlinks, "hyperlinks", linksAuto, "whether places are links `WHEN` shown: auto, always or never")
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
	case len(args) == 1 && isFolderPath(args[0]):
		return "", "", usagef("%s is a folder: give the question behind it, in quotes", args[0])
	case len(args) == 1:
		return ".", args[0], nil
	case len(args) == 2:
		return args[0], args[1], nil
	}
	return "", "", usagef("give a folder and a question, in quotes")
}

// isFolderPath reports whether what stands alone in place of a question can
// only be meant as a folder. A single word can be both.
func isFolderPath(arg string) bool {
	if arg != "." && arg != ".." && filepath.Base(arg) == arg {
		return false
	}
	info, err := os.Stat(arg)
	return err == nil && info.IsDir()
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
