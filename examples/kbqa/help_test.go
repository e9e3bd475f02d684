package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/pflag"
)

// TestHelpFits holds every help to a terminal of 80 by 24.
func TestHelpFits(t *testing.T) {
	pages := [][]string{{"--help"}}
	for _, cmd := range newRoot(&app{}).Commands() {
		if !cmd.Hidden {
			pages = append(pages, []string{cmd.Name(), "-h"})
		}
	}
	for _, args := range pages {
		var out, err bytes.Buffer
		if code := run(nil, args, nil, &out, &err); code != 0 || err.Len() > 0 {
			t.Errorf("%v: exit code %d, stderr %q", args, code, err.String())
		}
		if !strings.Contains(out.String(), "\n  kbqa ") {
			t.Errorf("%v: no example", args)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) > 24 || len(lines) < 5 {
			t.Errorf("%v: %d lines, want 5 to 24", args, len(lines))
		}
		for _, l := range lines {
			if n := utf8.RuneCountInString(l); n > 80 {
				t.Errorf("%v: a line of %d columns: %s", args, n, l)
			}
		}
	}
}

// TestRootHelpNamesEveryCommand keeps the hand-written list complete.
func TestRootHelpNamesEveryCommand(t *testing.T) {
	for _, cmd := range newRoot(&app{}).Commands() {
		if !cmd.Hidden && !regexp.MustCompile(`(?m)^  kbqa (\w+, )?`+cmd.Name()+`\b`).MatchString(rootHelp) {
			t.Errorf("the help does not name %s", cmd.Name())
		}
	}
}

// TestHelpNamesEveryFlag looks for every flag in the help of its command and in
// the page of all flags.
func TestHelpNamesEveryFlag(t *testing.T) {
	root := newRoot(&app{})
	all := flagsHelp(root)
	for _, cmd := range root.Commands() {
		if cmd.Hidden {
			continue
		}
		help := helpOf(cmd)
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && f.Name != "help" && !strings.Contains(help, "--"+f.Name) && !strings.Contains(help, nameOfFlag(f)) {
				t.Errorf("the help of %s does not name --%s", cmd.Name(), f.Name)
			}
			if !f.Hidden && !strings.Contains(all, "--"+f.Name) {
				t.Errorf("the page of flags does not name --%s", f.Name)
			}
		})
	}
}
