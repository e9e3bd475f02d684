package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/generator/openai"
	"github.com/seed4837efcb/groundwork/pipeline"
)

// A question and a line of a batch that are longer than this, in bytes, are
// refused: they are mistakes, such as a file in the place of its name.
const maxQuestion, maxBatchLine = 32 << 10, 1 << 20

// A batchError stands in the place of the answer to a line of a --batch file
// that has none.
type batchError struct {
	ID    any       `json:"id"`
	Error lineFault `json:"error"`
}

// A lineFault says what is wrong with a line; Code is for programs.
type lineFault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// questionFunc answers the question of a line with an id, or the only one,
// whose id is nil.
type questionFunc func(s *session, ctx context.Context, id any, question string) error

// openBatch opens the file of a batch, or stdin for "-".
func (a *app) openBatch(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(a.stdin), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, &usageError{err}
	}
	return f, nil
}

// runBatch answers the questions of a batch, one object a line, in their order.
// Finding nothing is an answer; a line that cannot be answered gets an object
// that says so; every other error ends the batch.
func (s *session) runBatch(ctx context.Context, questions io.Reader, one questionFunc) error {
	n, failed, unread := 0, 0, 0
	for line, err := range inputLines(ctx, questions, maxBatchLine) {
		if err != nil {
			return fmt.Errorf("%s: after line %d: %w", s.opts.batch, n, err)
		}
		if n++; n == 1 {
			line.text = bytes.TrimPrefix(line.text, []byte("\ufeff"))
		}
		if len(bytes.TrimSpace(line.text)) == 0 && !line.long {
			continue
		}
		id, question, fault := parseLine(line)
		if fault == nil {
			err = one(s, ctx, id, question)
			if fault = faultOf(err); fault == nil && err != nil && !isNothing(err) {
				return err
			}
		} else {
			fault.Message = fmt.Sprintf("line %d: %s", n, fault.Message)
		}
		if fault == nil {
			continue
		}
		if failed++; fault.Code == "unreadable_question" {
			unread++
		}
		if err := s.printJSON(batchError{id, *fault}); err != nil {
			return err
		}
	}
	switch {
	case unread > 0:
		return indexf("%d questions could not be read; their lines say why", unread)
	case failed > 0:
		return &codeError{code: exitIncomplete, err: fmt.Errorf("%s: %d lines have no answer; the lines in their place say why", s.opts.batch, failed)}
	}
	return nil
}

// isNothing reports whether err says that nothing was found.
func isNothing(err error) bool {
	var code *codeError
	return errors.As(err, &code) && code.code == exitNothing
}

// faultOf returns what is wrong with a question that could not be answered,
// or nil if err is of another kind and concerns the whole batch.
func faultOf(err error) *lineFault {
	switch {
	case errors.Is(err, pipeline.ErrUnreadable):
		return &lineFault{nameOf(err), err.Error()}
	case isAny(err, generator.ErrPromptTooLong, openai.ErrTooLong):
		return &lineFault{"too_long", err.Error()}
	case errors.Is(err, openai.ErrRefused):
		return &lineFault{"refused", err.Error()}
	}
	return nil
}

// parseLine reads the id, a string or a number, and the question of a line.
func parseLine(line inputLine) (id any, question string, fault *lineFault) {
	fail := func(code, format string, args ...any) (any, string, *lineFault) {
		return id, "", &lineFault{code, fmt.Sprintf(format, args...)}
	}
	if line.long {
		return fail("too_long", "the line is longer than %d KiB", maxBatchLine>>10)
	}
	if !utf8.Valid(line.text) {
		return fail("utf8", "the line is not valid UTF-8")
	}
	var l struct {
		ID       any `json:"id"`
		Question any `json:"question"`
	}
	d := json.NewDecoder(bytes.NewReader(line.text))
	d.UseNumber() // an id is printed as it was read
	if err := d.Decode(&l); err != nil {
		return fail("json", "no JSON object with id and question: %v", err)
	}
	switch v := l.ID.(type) {
	case string, json.Number:
		id = v
	case nil:
		return fail("id", "there is no id")
	default:
		return fail("id", "the id is neither a string nor a number")
	}
	if _, err := d.Token(); err != io.EOF {
		return fail("json", "there is more behind the object")
	}
	question, ok := l.Question.(string)
	if !ok {
		return fail("question", "there is no question, as text")
	}
	if code, err := checkQuestion(question); err != nil {
		return fail(code, "%v", err)
	}
	return id, question, nil
}

// checkQuestion returns why text is no question, and a word for that.
func checkQuestion(text string) (code string, err error) {
	switch {
	case strings.TrimSpace(text) == "":
		return "question", errors.New("the question is empty")
	case len(text) > maxQuestion:
		return "too_long", fmt.Errorf("the question is longer than %d KiB", maxQuestion>>10)
	case !utf8.ValidString(text):
		return "utf8", errors.New("the question is not valid UTF-8")
	}
	return "", nil
}

// readQuestion reads a question from stdin.
func (a *app) readQuestion(ctx context.Context) (string, error) {
	if isTerminal(a.stdin) && !a.quiet {
		fmt.Fprintln(a.stderr, "Type the question; end it with Ctrl-D on a line of its own.")
	}
	var lines [][]byte
	size := 0
	for line, err := range inputLines(ctx, a.stdin, maxQuestion) {
		if err != nil {
			return "", err
		}
		if size += len(line.text) + 1; line.long || size > maxQuestion {
			return "", usagef("stdin: the question is longer than %d KiB", maxQuestion>>10)
		}
		lines = append(lines, line.text)
	}
	return string(bytes.TrimSpace(bytes.Join(lines, []byte("\n")))), nil
}
