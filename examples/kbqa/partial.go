package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/pipeline"
)

// textFirst is how many bytes of documents are too many to wait for: what the
// default model embeds in about ten seconds on two cores with AVX2. A person
// who asks over more than that is answered from an index without vectors
// first.
const textFirst = 128 << 10

// spotVectors is how many of the best passages by words get their vectors for
// one question where the index has none yet. Over the FastAPI pages 32 answer
// as well as 100, at two seconds of CPU.
const spotVectors = 32

func (o *asking) partialFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.partial, "partial", false, "of much that is new, use the words without vectors")
}

// indexOptions returns how the index is refreshed before a question.
func (o *asking) indexOptions() pipeline.IndexOptions {
	if o.partial || o.early {
		return pipeline.IndexOptions{TextFirst: textFirst}
	}
	return pipeline.IndexOptions{}
}

// isSoonDone reports whether so little awaits its vectors that it is embedded
// in hardly more time than a first answer takes: much of a file may be no text.
func isSoonDone(c pipeline.Coverage) bool { return c.Awaiting <= 3*spotVectors }

// isPartial reports whether the index lacks part of the folder, or the vectors
// of part of it.
func (s *session) isPartial() bool { return s.coverage.Awaiting > 0 || s.coverage.Pending > 0 }

// indexState is what --json says of the index that answered.
func (s *session) indexState() string {
	if s.isPartial() {
		return "partial"
	}
	return "complete"
}

// indexLine says the same to a person, with what is lacking.
func (s *session) indexLine() string {
	if s.isPartial() {
		return "index: partial; " + s.coverage.String()
	}
	return "index: complete"
}

// passOn tells the warnings of a result, but for the one that
// indexLine stands for.
func (s *session) passOn(warnings []groundwork.Warning) {
	for _, w := range warnings {
		if w.Code != groundwork.Pending {
			s.talk("kbqa: %s", w)
		}
	}
}

// goOn shows the answer that a partial index gave to a person, completes the
// index, asks again, and shows that answer where it is another. An interrupt
// after an answer is no failure; having found nothing yet is no answer.
func (s *session) goOn(ctx context.Context, question string, first *pipeline.Answer) error {
	if first.Abstained {
		s.talk("Not found yet: %s.\nGoing on with the index; the question is asked again when it is complete.", s.coverage)
	} else {
		if err := s.printAnswer(first); err != nil {
			return err
		}
		s.talk("\nGoing on with the index. Ctrl-C ends that; the next run goes on from there.")
	}
	last, err := s.completeAndAsk(ctx, question)
	switch {
	case !first.Abstained && err != nil && errors.Is(context.Cause(ctx), errInterrupted):
		return nil
	case err != nil:
		return err
	case sameAnswer(first, last):
		s.talk("The complete index gives the same answer.")
		return nil
	case !first.Abstained:
		s.talk("The complete index gives another answer:\n")
	}
	s.followUp = true
	return s.showAnswer(nil, last, 0)
}

func (s *session) completeAndAsk(ctx context.Context, question string) (*pipeline.Answer, error) {
	report, err := s.refresh(ctx, pipeline.IndexOptions{})
	if err != nil {
		return nil, err
	}
	s.coverage = report.Coverage
	return s.answer(ctx, question)
}

// sameAnswer reports whether two answers begin with the same sentence.
func sameAnswer(a, b *pipeline.Answer) bool {
	return !a.Abstained && !b.Abstained && a.Sentences[0].Text == b.Sentences[0].Text
}
