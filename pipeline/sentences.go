package pipeline

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/chunkers"
	"github.com/seed4837efcb/groundwork/generator"
)

// sentences cuts free-form text into sentences, each with the citations behind
// it. Code in a fence is one of its own, and the head of a table belongs to
// its first row; a line that leads on with a colon belongs to what follows.
func sentences(text string) []groundwork.Span {
	var parts []groundwork.Span
	for _, b := range blocks(text) {
		if b.code {
			parts = attach(text, parts, b.Span)
			continue
		}
		for _, s := range chunkers.Sentences(b.In(text)) {
			s.Start, s.End = s.Start+b.Start, s.End+b.Start
			for _, s := range cutAfterCitations(text, s) {
				parts = attach(text, parts, s)
			}
		}
	}
	return parts
}

// attach appends s to parts, the citations that it begins with and all of it
// to the last part where they belong there.
func attach(text string, parts []groundwork.Span, s groundwork.Span) []groundwork.Span {
	last := len(parts) - 1
	if last >= 0 {
		if at := afterCitations(text, s); at > s.Start {
			parts[last].End, s.Start = at, at
		}
	}
	in := strings.TrimSpace(s.In(text))
	switch {
	case in == "":
	case last >= 0 && (leadsOn(parts[last].In(text)) || isRule(in)):
		parts[last].End = s.End
	default:
		parts = append(parts, s)
	}
	return parts
}

const stops = ".!?。！？"

// afterCitations returns where the citations end that s begins with, and the
// full stop behind them if nothing else follows.
func afterCitations(text string, s groundwork.Span) int {
	for at := s.Start; ; {
		rest := text[at:s.End]
		begun := strings.TrimLeft(rest, " \t\r\n")
		n, _ := generator.LeadingCitation(begun)
		switch {
		case n > 0:
			at += len(rest) - len(begun) + n
		case at > s.Start && strings.Trim(rest, stops+" \t\r\n") == "":
			return s.End
		default:
			return at
		}
	}
}

// leadsOn reports whether a part says nothing without the next: it ends with a
// colon, or with the line between a table's head and its rows.
func leadsOn(part string) bool {
	text, _ := generator.CutCitations(part)
	text = strings.TrimRight(text, " *_")
	return strings.HasSuffix(text, ":") || strings.HasSuffix(text, "：") || isRule(text[strings.LastIndexByte(text, '\n')+1:])
}

// isRule reports whether a line parts a table's head from its rows.
func isRule(line string) bool {
	return strings.HasPrefix(strings.TrimSpace(line), "|") && strings.Contains(line, "-") && strings.Trim(line, "|-: \t\r") == ""
}

// cutAfterCitations cuts s behind every citation that ends a sentence: the
// full stop stands before the citation, where no space follows it, or behind.
func cutAfterCitations(text string, s groundwork.Span) []groundwork.Span {
	var out []groundwork.Span
	code := false
	for i := s.Start; i < s.End; {
		n := 0
		switch {
		case text[i] == '`':
			code = !code
		case !code:
			n, _ = generator.LeadingCitation(text[i:s.End])
		}
		if n == 0 {
			i++
			continue
		}
		ended := endsWithStop(text[s.Start:i])
		i = afterCitations(text, groundwork.Span{Start: i, End: s.End})
		if stop := stopLen(text[i:s.End]); !ended && stop > 0 {
			ended, i = true, i+stop
		}
		if ended && i < s.End {
			out = append(out, groundwork.Span{Start: s.Start, End: i})
			s.Start = i
		}
	}
	return append(out, s)
}

func endsWithStop(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(text, "*_ \"”)"))
	return strings.ContainsRune(stops, r)
}

// stopLen returns the length of the stops that text begins with, if white
// space or nothing follows.
func stopLen(text string) int {
	after := strings.TrimLeft(text, stops)
	r, _ := utf8.DecodeRuneInString(after)
	if after != "" && !unicode.IsSpace(r) {
		return 0
	}
	return len(text) - len(after)
}

// A block is prose, or code with its fence.
type block struct {
	groundwork.Span
	code bool
}

// blocks parts code in fences from prose. A fence that is not closed lasts to
// the end, and so does a last line that may become one.
func blocks(text string) []block {
	var out []block
	start, mark := 0, ""
	for at := 0; at < len(text); {
		end := len(text)
		if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		line := strings.TrimSpace(text[at:end])
		switch {
		case mark == "" && opensFence(line, end == len(text)):
			out = append(out, block{groundwork.Span{Start: start, End: at}, false})
			start, mark = at, line[:min(3, len(line))]
		case mark != "" && strings.HasPrefix(line, mark):
			// What stands behind the fence on its line may be its citation.
			closed := at + strings.Index(text[at:end], mark) + len(mark)
			out = append(out, block{groundwork.Span{Start: start, End: closed}, true})
			start, mark = closed, ""
		}
		at = end
	}
	return append(out, block{groundwork.Span{Start: start, End: len(text)}, mark != ""})
}

// opensFence reports whether a line begins code or, as the last one, may when
// it goes on.
func opensFence(line string, last bool) bool {
	if strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~") {
		return !strings.Contains(line[3:], "`")
	}
	return last && (line == "`" || line == "``" || line == "~" || line == "~~")
}
