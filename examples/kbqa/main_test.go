package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/seed4837efcb/groundwork/isolate"
	"github.com/seed4837efcb/groundwork/loaders/pdf"
)

// update writes the golden files anew.
var update = flag.Bool("update", false, "write the golden files anew")

// TestMain is main for the copies of this program that the tests start: those
// named kbqa, and the children that read PDFs.
func TestMain(m *testing.M) {
	worker := isolate.Main(pdf.Handler())
	testscript.Main(m, map[string]func(){
		"kbqa": func() { os.Exit(run(worker, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// scripts are those that are run; nil means all.
var scripts []string

func TestScripts(t *testing.T) {
	p := testscript.Params{
		Files:               scripts,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  cmdExits,
			"valid":  cmdValid,
			"value":  cmdValue,
			"cites":  cmdCites,
			"quotes": cmdQuotes,
			"pdf":    cmdPDF,
			"lock":   cmdLock,
			"age":    cmdAge,
			"touch":  cmdTouch,
			"encode": cmdEncode,
			"source": cmdSource,
			"long":   cmdLong,
			"chat":   cmdChat,
		},
	}
	if scripts == nil {
		p.Dir = "testdata"
	}
	testscript.Run(t, p)
}

// setup gives a script a data folder of its own, whatever the system.
func setup(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, ".home")
	for _, name := range []string{"HOME", "USERPROFILE", "LocalAppData", "XDG_DATA_HOME"} {
		env.Setenv(name, home)
	}
	return nil
}
