package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"
)

// schemas are the JSON Schemas of what this program prints. Within a number
// fields are only ever added.
//
//go:embed schema/*.json
var schemas embed.FS

func newSchema(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [NAME]",
		Short: "Print the JSON Schema of an output",
		Long: `Schema prints the JSON Schema (2020-12) of what a command prints with --json,
or lists the schemas. Within a number fields are only added.

  kbqa schema
  kbqa schema kbqa.ask/1 > ask.schema.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("give one schema, not %d", len(args))
			}
			return nil
		},
		ValidArgs: schemaNames(),
		RunE: func(_ *cobra.Command, args []string) error {
			text := strings.Join(schemaNames(), "\n") + "\n"
			if len(args) == 1 {
				var err error
				if text, err = readSchema(args[0]); errors.Is(err, fs.ErrNotExist) {
					return usagef("no schema %s; there are %s", args[0], strings.Join(schemaNames(), ", "))
				} else if err != nil {
					return err
				}
			}
			_, err := fmt.Fprint(a.stdout, text)
			return err
		},
	}
}

// readSchema returns the schema with a name such as kbqa.ask/1.
func readSchema(name string) (string, error) {
	raw, err := schemas.ReadFile("schema/" + strings.ReplaceAll(name, "/", "-") + ".json")
	return string(raw), err
}

func schemaNames() []string {
	files, _ := fs.Glob(schemas, "schema/*.json") // the pattern is well-formed
	for i, f := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(f, "schema/"), ".json")
		at := strings.LastIndexByte(name, '-')
		files[i] = name[:at] + "/" + name[at+1:]
	}
	return files
}
