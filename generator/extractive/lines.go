package extractive

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork"
)

// A lineKind is what a line of Markdown is for.
type lineKind uint8

const (
	textLine    lineKind = iota
	blankLine            // also what says nothing: markup, links, directives
	headingLine          // # …
	setextLine           // the line under a heading
	ruleLine             // a thematic break
	fenceLine
	rowLine
	itemLine
)

func kindOf(line string) lineKind {
	t := strings.TrimSpace(line)
	switch {
	case t == "":
		return blankLine
	case fenceMark(t) != "":
		return fenceLine
	case strings.Trim(t, "=") == "" || len(t) >= 2 && strings.Trim(t, "-") == "":
		return setextLine
	case strings.Trim(t, "*_ -") == "":
		return ruleLine
	case isHeading(t):
		return headingLine
	case linksOnly(t):
		return blankLine
	case strings.HasPrefix(t, "|") || strings.Count(t, " | ") > 1:
		return rowLine
	case markerLen(line) > 0:
		return itemLine
	case strings.HasPrefix(t, "///") || strings.HasPrefix(t, ":::") || strings.HasPrefix(t, "{*") && strings.HasSuffix(t, "*}"):
		return blankLine
	}
	return textLine
}

// linksOnly reports whether line holds little but links, pictures or tags.
func linksOnly(line string) bool {
	if !strings.ContainsAny(line, "<[") && !strings.Contains(line, "://") {
		return false
	}
	return !says(line) || line[0] == '<' && 3*weigh(markup.ReplaceAllString(line, " ")) < weigh(line)
}

func isHeading(t string) bool {
	title := strings.TrimLeft(t, "#")
	n := len(t) - len(title)
	return n >= 1 && n <= 6 && (title == "" || title[0] == ' ' || title[0] == '\t')
}

// fenceMark returns the mark that opens a fence on line, or "".
func fenceMark(line string) string {
	t := strings.TrimSpace(line)
	for _, c := range [...]string{"`", "~"} {
		rest := strings.TrimLeft(t, c)
		if mark := t[:len(t)-len(rest)]; len(mark) >= 3 && !strings.Contains(rest, c) {
			return mark
		}
	}
	return ""
}

// closes reports whether line closes a fence that mark opened.
func closes(line, mark string) bool {
	t := strings.TrimSpace(line)
	return len(t) >= len(mark) && strings.Trim(t, mark[:1]) == ""
}

// isSeparator reports whether line parts the header of a table from its rows.
func isSeparator(line string) bool {
	return strings.Contains(line, "-") && strings.Trim(line, "|:- \t+") == ""
}

// markerLen returns the length of the list marker that line begins with,
// indentation and white space included, or 0.
func markerLen(line string) int {
	t := strings.TrimLeft(line, " \t")
	indent := len(line) - len(t)
	digits := len(t) - len(strings.TrimLeft(t, "0123456789"))
	rest, n := t[digits:], digits
	switch {
	case digits == 0 && (strings.HasPrefix(rest, "- ") || strings.HasPrefix(rest, "* ") || strings.HasPrefix(rest, "+ ")):
		n = 2
	case digits == 0 && strings.HasPrefix(rest, "•"):
		n = len("•")
	case 1 <= digits && digits <= 9 && (strings.HasPrefix(rest, ". ") || strings.HasPrefix(rest, ") ")):
		n = digits + 2
	default:
		return 0
	}
	return indent + n
}

// markup matches what carries no words of its own: images, the targets of
// links, bare addresses, tags, attributes and anchors.
var markup = regexp.MustCompile(`!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|\]\[[^\]]*\]|<?[a-z]+://[^\s>)]+>?|</?[A-Za-z!][^>]*>|\{[#.:*][^}]*\}`)

// link matches a whole Markdown link.
var link = regexp.MustCompile(`!?\[[^\]]*\](\([^)]*\)|\[[^\]]*\])?`)

// says reports whether text has words that could answer something, apart from
// links and markup.
func says(text string) bool {
	bare := markup.ReplaceAllString(link.ReplaceAllString(text, " "), " ")
	if weigh(bare) >= minWeight {
		return true
	}
	// A link within a sentence is part of it; a line of nothing else is not.
	return weigh(bare) > 0 && weigh(markup.ReplaceAllString(text, " ")) >= 2*minWeight
}

// minWeight is the weight of the shortest text that is quoted.
const minWeight = 6

// weigh counts letters and digits; those of scripts that write a syllable or
// word as one character weigh more.
func weigh(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case r >= 0x1100 && unicode.IsLetter(r):
			n += 2
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			n++
		}
	}
	return n
}

// announces reports whether text only leads to what follows it.
func announces(text string) bool {
	t := strings.TrimRight(text, " \t\r\n*_")
	return strings.HasSuffix(t, ":") || strings.HasSuffix(t, "\uff1a")
}

// looksLikeHeading reports whether the paragraph text is a title rather than a
// statement: one short line without a stop, a number or a colon.
func looksLikeHeading(text string) bool {
	t := strings.TrimSpace(text)
	if strings.Contains(t, "\n") || utf8.RuneCountInString(t) > 60 {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(t, "*_\"')]}”’」』）"))
	return !strings.ContainsRune(".!?…。！？:：;다요죠까", last) && !strings.ContainsAny(t, "0123456789:=")
}

func isBlank(text string) bool { return strings.TrimSpace(text) == "" }

// unquote returns s without the mark of a Markdown quotation at its start.
func unquote(text string, s groundwork.Span) groundwork.Span {
	rest := strings.TrimLeft(s.In(text), "> \t")
	s.Start = s.End - len(rest)
	return s
}

// trim returns s without the white space at its ends.
func trim(text string, s groundwork.Span) groundwork.Span {
	own := s.In(text)
	s.Start += len(own) - len(strings.TrimLeftFunc(own, unicode.IsSpace))
	s.End -= len(own) - len(strings.TrimRightFunc(own, unicode.IsSpace))
	if s.Start >= s.End {
		return groundwork.Span{Start: s.End, End: s.End}
	}
	return s
}

// runeStart returns the last offset at or before i that splits no character.
// In bytes that are no UTF-8 it is i.
func runeStart(text string, i int) int {
	for back := range utf8.UTFMax {
		if i-back <= 0 || i-back >= len(text) || utf8.RuneStart(text[i-back]) {
			return i - back
		}
	}
	return i
}
