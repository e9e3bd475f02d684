package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/seed4837efcb/groundwork/embed/local"
)

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print version, platform and the kernels in use",
		Long: `Version prints the version of kbqa and of Go, the platform, the kernels that
embedding uses here, and the models inside.

  kbqa version`,
		Args: exactArgs(0, "version takes no arguments"),
		RunE: func(*cobra.Command, []string) error {
			version := "(devel)"
			if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
				version = info.Main.Version
			}
			tier := local.Tier()
			_, err := fmt.Fprintf(a.stdout, "kbqa %s %s %s/%s kernels=%s models=%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH, tier, modelNames())
			if tier == "portable" {
				a.talk(portableNote)
			}
			return err
		},
	}
}

// portableNote is said where no kernel fits the processor.
const portableNote = "kbqa: this processor has none of the instructions the kernels are written for; embedding takes many times longer"
