package openai

import (
	"strings"

	"github.com/seed4837efcb/groundwork/generator"
)

// A lead looks at how an answer begins: thoughts that a model wraps in <think>
// are left out, and generator.NoAnswer ends it.
type lead struct {
	held      string // not passed on yet
	thinking  bool
	open      bool // the answer has begun: everything passes
	spoke     bool // something other than white space has passed
	abstained bool
}

const (
	thinkStart = "<think>"
	thinkEnd   = "</think>"

	maxHeld = 64 // bytes of marks that may stand before NoAnswer
)

// add takes more text and returns what of it is answer.
func (l *lead) add(s string) string {
	if l.abstained {
		return ""
	}
	if l.open {
		return l.pass(s)
	}
	l.held += s
	for {
		if l.thinking && !l.leaveThoughts() {
			return ""
		}
		begin := strings.TrimLeft(l.held, " \t\r\n")
		l.held = begin
		word := strings.TrimLeft(begin, "*_`\"'[(#> \t\r\n")
		switch {
		case strings.HasPrefix(begin, thinkStart):
			l.thinking, l.held = true, begin[len(thinkStart):]
			continue
		case strings.HasPrefix(word, generator.NoAnswer):
			l.abstained, l.held = true, ""
			return ""
		case len(begin) < maxHeld && (strings.HasPrefix(thinkStart, begin) || strings.HasPrefix(generator.NoAnswer, word)):
			return "" // may become one of them
		}
		return l.rest()
	}
}

// leaveThoughts drops thoughts and reports whether they have ended.
func (l *lead) leaveThoughts() bool {
	i := strings.Index(l.held, thinkEnd)
	if i < 0 {
		l.held = l.held[max(0, len(l.held)-len(thinkEnd)):]
		return false
	}
	l.thinking, l.held = false, l.held[i+len(thinkEnd):]
	return true
}

// rest returns what is held back, which is answer after all.
func (l *lead) rest() string {
	if l.thinking || l.abstained {
		return ""
	}
	l.open = true
	s := l.held
	l.held = ""
	return l.pass(s)
}

func (l *lead) pass(s string) string {
	if strings.TrimSpace(s) != "" {
		l.spoke = true
	}
	return s
}
