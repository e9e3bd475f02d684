package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestHelpFits holds every help to a terminal of 80 by 24.
func TestHelpFits(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"ask", "-h"}, {"search", "-h"}, {"index", "-h"}, {"get", "-h"},
		{"embed", "-h"}, {"status", "-h"}, {"verify", "-h"}, {"version", "-h"}} {
		var out, err bytes.Buffer
		if code := run(nil, args, nil, &out, &err); code != 0 || err.Len() > 0 {
			t.Errorf("%v: exit code %d, stderr %q", args, code, err.String())
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
		if !cmd.Hidden && !strings.Contains(rootHelp, "kbqa "+cmd.Name()) {
			t.Errorf("the help does not name %s", cmd.Name())
		}
	}
}
