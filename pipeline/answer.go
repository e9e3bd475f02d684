package pipeline

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/generator"
)

// An Answer is what was said to a question, and on what ground.
type Answer struct {
	Question  string
	Abstained bool   // the passages do not hold the answer; Reason says so in words
	Reason    string // empty unless Abstained
	Sentences []Sentence
	Citations []Citation       // in order of N
	Passages  []groundwork.Hit // what was found, best first: on abstention the nearest passages
	Warnings  []groundwork.Warning
	Support   float64 // of the best evidence, in [0, 1]
	Complete  float64 // share of the passages that could be searched by vector; below 1 an abstention is not the last word
	Usage     generator.Usage
	Generator generator.Info
	Timing    Timing
}

// Timing says where the time of an answer went.
type Timing struct{ Retrieve, Generate, Total time.Duration }

// A Sentence is one statement of an answer.
type Sentence struct {
	Text      string
	Citations []int // numbers of the citations that support it
	Support   float64
	Status    CitationStatus // the weakest of its citations; None without any
}

// A Citation is a quotation that supports a sentence. Its quote was compared,
// byte by byte, with the stored passage.
type Citation struct {
	N          int // counted from 1
	DocumentID string
	ChunkID    string
	URI        string
	Title      string
	Headings   []string
	Position   groundwork.Position // of the first byte
	Span       groundwork.Span     // of the document's text
	Quote      string              // the bytes of Span
	Status     CitationStatus
}

// A CitationStatus says how far a citation can be relied on.
type CitationStatus string

// What the check of a citation can find.
const (
	Verified CitationStatus = "verified" // the quote stands in the passage and says the sentence; see generator.Verdict
	Weak     CitationStatus = "weak"     // it stands there, and supports the sentence only in part or in other words
	None     CitationStatus = "none"     // it does not support the sentence, or there is none
	Stale    CitationStatus = "stale"    // it stood in the source when that was indexed; the source has changed since
)

// rank orders statuses from best to worst.
func (s CitationStatus) rank() int {
	switch s {
	case Verified:
		return 0
	case Stale:
		return 1
	case Weak:
		return 2
	}
	return 3
}

// Text returns the answer's sentences with their citations as [n], on
// separate lines, or the reason of an abstention.
func (a *Answer) Text() string {
	if a.Abstained {
		return a.Reason
	}
	lines := make([]string, len(a.Sentences))
	for i, s := range a.Sentences {
		lines[i] = s.String()
	}
	return strings.Join(lines, "\n")
}

// String returns the sentence followed by its citations as [n]. Behind the
// last line of a code fence or a table they would be part of it, so there they
// stand on a line of their own.
func (s Sentence) String() string {
	if len(s.Citations) == 0 {
		return s.Text + s.gap() + "[unsupported]"
	}
	var b strings.Builder
	b.WriteString(s.Text + s.gap())
	for _, n := range s.Citations {
		fmt.Fprintf(&b, "[%d]", n)
	}
	return b.String()
}

// gap returns what parts the text from its citations.
func (s Sentence) gap() string {
	last := strings.TrimLeft(s.Text[strings.LastIndexByte(s.Text, '\n')+1:], " \t")
	for _, mark := range []string{"```", "~~~", "|"} {
		if strings.HasPrefix(last, mark) {
			return "\n"
		}
	}
	return " "
}

// An AnswerEvent is a piece of an answer as it comes about: [Found],
// [SentenceDone], [Draft] or [Done].
type AnswerEvent interface{ answerEvent() }

// Found says which passages the answer will be drawn from.
type Found struct{ Passages []groundwork.Hit }

// SentenceDone is one checked sentence with the citations that are new in it.
type SentenceDone struct {
	Sentence  Sentence
	Citations []Citation
}

// Draft is unchecked text of the generator, sent only where
// AnswererOptions.Drafts asks for it.
type Draft struct{ Text string }

// Done is the whole answer; it is the last event.
type Done struct{ Answer *Answer }

func (Found) answerEvent()        {}
func (SentenceDone) answerEvent() {}
func (Draft) answerEvent()        {}
func (Done) answerEvent()         {}
