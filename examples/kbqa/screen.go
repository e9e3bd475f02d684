package main

import (
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
	"golang.org/x/text/width"
)

// A screen lays out text for whoever reads it. On a terminal, words are
// wrapped and what is a control character is made harmless: a document must
// not steer the terminal. Anywhere else text stays as it is.
type screen struct {
	columns int // of the terminal; 0 if it is none
	color   bool
	links   bool // see wantsLinks
}

// screen returns the layout for stdout. NO_COLOR is heeded (no-color.org).
func (a *app) screen() screen {
	if !isTerminal(a.stdout) {
		return screen{links: a.wantsLinks()}
	}
	return screen{links: a.wantsLinks(), columns: columnsOf(a.stdout), color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// columnsOf returns the width of a terminal.
func columnsOf(w any) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	return 80
}

func (s screen) bold(text string) string { return s.styled("\x1b[1m", text) }
func (s screen) dim(text string) string  { return s.styled("\x1b[2m", text) }

func (s screen) styled(start, text string) string {
	if !s.color {
		return text
	}
	return start + text + "\x1b[0m"
}

// lay returns text with every line behind the indent, and wrapped to the
// screen if it is not of a code fence.
func (s screen) lay(text, indent string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	fenced := false
	for i, l := range lines {
		fence := strings.HasPrefix(strings.TrimLeft(l, " \t"), "```")
		l = s.harmless(l)
		if s.columns > 0 && !fenced && !fence {
			l = wrap(l, s.columns-len(indent))
		}
		fenced = fenced != fence
		lines[i] = indent + strings.ReplaceAll(l, "\n", "\n"+indent)
	}
	return strings.Join(lines, "\n")
}

// harmless returns text as it may be shown on the screen. Links without a
// terminal are meant for a pager on one.
func (s screen) harmless(text string) string {
	if s.columns > 0 || s.links {
		return printable(text)
	}
	return text
}

// printable replaces what a terminal takes for a command, or for another
// direction of writing.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if steers(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// steers reports whether a terminal takes r for a command, or for another
// direction of writing.
func steers(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}

// wrap breaks a line at spaces so that it fits columns. A word that is longer
// stays whole.
func wrap(line string, columns int) string {
	var b strings.Builder
	at := 0
	for i, word := range strings.Split(line, " ") {
		n := cells(word)
		switch {
		case i == 0:
		case at+1+n > columns && strings.TrimSpace(b.String()) != "":
			b.WriteByte('\n')
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}

// cells returns how many columns of a terminal s takes.
func cells(s string) int {
	n := 0
	for _, r := range s {
		switch k := width.LookupRune(r).Kind(); {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case k == width.EastAsianWide || k == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
