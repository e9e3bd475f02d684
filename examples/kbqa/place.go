package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork"
)

// place names a position as a person looks it up: path:line, or the page, and
// the headings above it.
func place(uri string, p groundwork.Position, headings []string) string {
	s := at(uri, p)
	if len(headings) > 0 {
		s += "  " + strings.Join(headings, " > ")
	}
	return s
}

func at(uri string, p groundwork.Position) string {
	switch {
	case p.Page > 0:
		return fmt.Sprintf("%s page %d", uri, p.Page)
	case p.Line > 0:
		return fmt.Sprintf("%s:%d", uri, p.Line)
	case p.Slide > 0:
		return fmt.Sprintf("%s slide %d", uri, p.Slide)
	case p.Label != "":
		return uri + " " + p.Label
	}
	return uri
}

// oneLine folds white space, so that a passage fits a line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// excerpt returns at most n bytes of s on one line.
func excerpt(s string, n int) string {
	s = oneLine(s)
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + " …"
}
