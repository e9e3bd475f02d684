package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed4837efcb/groundwork/loaders/text"
	"github.com/seed4837efcb/groundwork/pipeline"
)

func newCompletion(a *app) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the completion script of a shell",
		Long: `Completion prints a script that makes a shell complete verbs, flags and their
values, folders, and the documents of an index.

  source <(kbqa completion bash)        needs the package bash-completion
  source <(kbqa completion zsh)
  kbqa completion fish | source
  kbqa completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(shells, args[0]) {
				return usagef("name the shell: bash, zsh, fish or powershell")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.stdout)
			case "fish":
				return root.GenFishCompletion(a.stdout, true)
			}
			return root.GenPowerShellCompletionWithDesc(a.stdout)
		},
	}
}

// flagValues are what the flags take that take one of a few words.
func flagValues() map[string][]string {
	return map[string][]string{
		"model":       strings.Split(modelNames(), ", "),
		"encoding":    append(text.Encodings(), autoEncoding),
		"files":       fileKinds,
		"role":        {"query", "passage"},
		"precision":   {"int8", "float32"},
		"format":      {"jsonl", "npy"},
		"generator":   {"extractive", "openai"},
		"unsupported": {"mark", "remove"},
		"hyperlinks":  {linksAuto, linksAlways, linksNever},
	}
}

// complete tells the shell what the commands take.
func (a *app) complete(root *cobra.Command) {
	values := flagValues()
	for _, cmd := range root.Commands() {
		for name, words := range values {
			if cmd.Flags().Lookup(name) != nil {
				_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
			}
		}
		if cmd.Flags().Lookup("index") != nil {
			_ = cmd.MarkFlagDirname("index")
			cmd.ValidArgsFunction = completeFolder
		}
		if cmd.Name() == "get" {
			cmd.ValidArgsFunction = a.completeDocument
		}
	}
}

// completeFolder completes the first argument; the second is a question.
func completeFolder(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// completeDocument completes a folder, then a document of its index.
func (a *app) completeDocument(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) != 1 {
		return completeFolder(cmd, args, begun)
	}
	names, err := a.documents(cmd.Context(), args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, begun) || printable(n) != n })
	return names, cobra.ShellCompDirectiveNoFileComp
}

// documents returns the names of the documents in the index of a folder.
func (a *app) documents(ctx context.Context, dir string) ([]string, error) {
	c, err := a.indexed([]string{dir})
	if err != nil {
		return nil, err
	}
	s, err := a.openStored(ctx, c)
	if err != nil {
		return nil, err
	}
	defer s.close()
	items, err := pipeline.Items(ctx, s.store)
	var names []string
	for _, it := range items {
		for _, d := range it.Documents {
			names = append(names, d.URI)
		}
	}
	slices.Sort(names)
	return names, err
}
