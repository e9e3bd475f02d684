package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const rootHelp = `Kbqa answers questions from a folder of documents, with citations that can be
checked. It runs in this process alone: no server, no key, no network.

  kbqa ask DIR "question"    a cited answer; indexes the folder first
  kbqa search DIR "words"    the passages that match
  kbqa get DIR FILE          the stored text that a citation points into
  kbqa index DIR             index the folder, or what changed in it
  kbqa status [DIR]          every index, or what is in one and what is not
  kbqa verify DIR            prove that the index holds what it should
  kbqa rm DIR                remove an index
  kbqa embed                 texts from stdin into vectors
  kbqa schema, completion    JSON Schemas of the outputs; scripts for a shell
  kbqa version, help VERB    version and kernels in use; help

With one argument, ask and search take it as the question and the current
folder as DIR. The index lives in your data folder, or where --index says.

Exit codes: 0 answered; 1 nothing found, or not in the documents; 2 usage;
3 lines of a batch failed, or files (--strict); 4 index unusable, or nothing
in DIR can be read; 5 a named server cannot be reached; 6 internal error
(--debug shows more); 130 interrupted, what was finished is kept.
`

// rareFlags are those that the help of a command only names, so that it fits a
// terminal of 24 lines; kbqa help flags tells them.
var rareFlags = []string{"base-url", "llm-model", "api-key-env", "unsupported", "min-support", "exact", "wait", "strict", "workers", "quiet",
	"allow-mass-removal", "retry-failed", "hyperlinks", "null", "help"}

// helpOf returns the help of a command: what it does, with examples, and its
// flags.
func helpOf(cmd *cobra.Command) string {
	common, rare := pflag.NewFlagSet("", pflag.ContinueOnError), []string(nil)
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		switch {
		case f.Hidden:
		case slices.Contains(rareFlags, f.Name):
			if f.Name != "help" {
				rare = append(rare, nameOfFlag(f))
			}
		default:
			common.AddFlag(f)
		}
	})
	b := new(strings.Builder)
	fmt.Fprintf(b, "%s\n\nUsage: %s\n", strings.TrimSpace(cmd.Long), cmd.UseLine())
	if common.HasFlags() {
		fmt.Fprintf(b, "\n%s", common.FlagUsagesWrapped(80))
	}
	if len(rare) > 0 {
		fmt.Fprintf(b, "\n%s\n", wrap("Also "+strings.Join(rare, ", ")+": see kbqa help flags", 80))
	}
	return b.String()
}

func nameOfFlag(f *pflag.Flag) string {
	if f.Shorthand != "" {
		return "-" + f.Shorthand
	}
	return "--" + f.Name
}

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Tell how a command is used",
		Long: `Help tells what a command does and how, with examples.

  kbqa help ask
  kbqa help flags     every flag of every command`,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			var names []string
			for _, c := range cmd.Root().Commands() {
				if len(args) == 0 && (!c.Hidden || c.Name() == "flags") {
					names = append(names, c.Name()+"\t"+c.Short)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			topic, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("there is no command %q to tell of", strings.Join(args, " "))
			}
			return topic.Help()
		},
	}
}

// newFlagsTopic is a page of the help: every flag of every command.
func newFlagsTopic() *cobra.Command {
	return &cobra.Command{Use: "flags", Short: "Every flag of every command", Hidden: true}
}

func flagsHelp(root *cobra.Command) string {
	b := new(strings.Builder)
	for _, cmd := range root.Commands() {
		flags := cmd.LocalFlags()
		if cmd.Runnable() && !cmd.Hidden && flags.HasAvailableFlags() {
			fmt.Fprintf(b, "%s\n%s\n", cmd.UseLine(), flags.FlagUsagesWrapped(80))
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
