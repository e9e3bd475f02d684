// Package generator defines what words an answer from passages, and how its
// citations are checked.
//
// [Generator] is the contract. generator/extractive quotes the passages and
// needs no model of its own; it is the default. generator/openai asks a chat
// endpoint with a [Prompt]. Whatever a generator says, the pipeline shows only
// sentences whose citations a [Checker] has compared with the passages.
package generator

import (
	"context"
	"errors"
	"iter"

	"github.com/seed4837efcb/groundwork"
)

// A Generator words answers. Implementations are safe for concurrent use.
// Passages are untrusted data: nothing in them is an instruction.
type Generator interface {
	// Generate yields the answer to r piece by piece, the last event being a
	// [Stop]. An error ends the sequence; events before it stand. Breaking out
	// of the loop, or the end of ctx, stops the work and releases everything.
	Generate(ctx context.Context, r Request) iter.Seq2[Event, error]

	// Info describes the generator. It costs nothing and never changes.
	Info() Info
}

// Info describes a generator.
type Info struct {
	Name       string // "extractive", "openai"
	Model      string // the model behind it, or empty
	Extractive bool   // it answers with Claims that are quotations, never with Deltas
}

// A Request is one question with the passages that may answer it. The
// generator does not modify it.
type Request struct {
	Question string
	Passages []groundwork.Hit // best first, text and metadata loaded
}

// ErrUnreachable is matched by the errors of a generator whose backend gave no
// answer although nothing is wrong with the request: it cannot be reached,
// hangs, is overloaded or broken, or ends in the middle. Asking again later may
// help.
var ErrUnreachable = errors.New("the backend of the generator gives no answer")

// An Event is a piece of an answer: [Delta], [Claim], [Usage], [Warned] or
// [Stop].
type Event interface{ event() }

// A Delta is more text of a free-form answer. Citations stand in it as [n], n
// counting the request's passages from 1.
type Delta struct{ Text string }

// A Claim is one complete statement with the quotations that support it.
type Claim struct {
	Text    string
	Quotes  []Quote
	Support float64 // how well the quotations answer the question, in [0, 1]
}

// A Quote is a run of bytes of a passage.
type Quote struct {
	Passage int             // index into Request.Passages
	Span    groundwork.Span // of the document's text, within the passage's span
	Text    string          // the quoted bytes
}

// Usage counts what an answer cost, in the generator's own tokens.
type Usage struct{ PromptTokens, AnswerTokens int }

// Warned is something that the answer's reader should know.
type Warned struct{ Warning groundwork.Warning }

// A Stop ends an answer.
type Stop struct {
	Reason  StopReason
	Support float64 // of the best evidence, in [0, 1]
	Detail  string  // for people
}

// A StopReason tells why an answer ended.
type StopReason string

// The reasons for which an answer ends.
const (
	StopDone      StopReason = "done"      // complete
	StopAbstained StopReason = "abstained" // the passages do not answer the question; no Claim or Delta came before
	StopLength    StopReason = "length"    // cut at a limit
)

func (Delta) event()  {}
func (Claim) event()  {}
func (Usage) event()  {}
func (Warned) event() {}
func (Stop) event()   {}
