package eval

import (
	"errors"
	"fmt"
	"io"
	"iter"
)

// A QuestionKind says where the answer of a question stands.
type QuestionKind string

// The kinds of questions.
const (
	Answerable   QuestionKind = "answerable"   // in the question's language
	Cross        QuestionKind = "cross"        // in another language
	Unanswerable QuestionKind = "unanswerable" // nowhere in the documents
)

// A Question is a question over a folder of documents.
type Question struct {
	ID       string       `json:"id"`
	Lang     string       `json:"lang"` // of question and answer, such as "en" or "ko"
	Kind     QuestionKind `json:"kind"`
	Question string       `json:"question"`
	Files    []string     `json:"files"`  // that hold the answer, relative to the folder; none if unanswerable
	Quotes   []string     `json:"quotes"` // byte-exact spans of Files; none if unanswerable
	Answer   string       `json:"answer"` // a sentence; for an unanswerable question, what is missing
}

// Gains returns the question's files as judgements of equal worth.
func (q *Question) Gains() Gains {
	g := make(Gains, len(q.Files))
	for _, f := range q.Files {
		g[f] = 1
	}
	return g
}

// Questions yields the questions of a questions.jsonl. A question of an
// unknown kind, without text, or whose files do not fit its kind is an error.
// After an error, a [*LineError], it stops.
func Questions(r io.Reader) iter.Seq2[Question, error] {
	return objects(r, func(q Question) (Question, error) { return q, q.check() })
}

func (q *Question) check() error {
	switch {
	case q.ID == "":
		return errors.New(`no "id"`)
	case q.Question == "":
		return errors.New(`no "question"`)
	}
	switch q.Kind {
	case Answerable, Cross:
		if len(q.Files) == 0 {
			return fmt.Errorf(`%s is %s but names no "files"`, q.ID, q.Kind)
		}
	case Unanswerable:
		if len(q.Files)+len(q.Quotes) > 0 {
			return fmt.Errorf(`%s is unanswerable but names "files" or "quotes"`, q.ID)
		}
	default:
		return fmt.Errorf("%s is of kind %q, want answerable, cross or unanswerable", q.ID, q.Kind)
	}
	return nil
}
