package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"unicode/utf8"
)

// maxLine bounds the memory that a line may take.
const maxLine = 16 << 20

// A LineError says in which line of a file something is wrong. Lines count
// from 1.
type LineError struct {
	Line int
	Err  error
}

// Error names the line and what is wrong with it.
func (e *LineError) Error() string { return fmt.Sprintf("eval: line %d: %v", e.Line, e.Err) }

// Unwrap returns what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

// A numbered is a line, without its end, that is valid only until the next.
type numbered struct {
	n    int
	text []byte
}

// lines yields the lines of r that are not blank. The error is the last thing
// it yields.
func lines(r io.Reader) iter.Seq2[numbered, error] {
	return func(yield func(numbered, error) bool) {
		s := bufio.NewScanner(r)
		s.Buffer(nil, maxLine)
		n := 0
		for s.Scan() {
			n++
			text := bytes.TrimRight(s.Bytes(), "\r")
			if n == 1 {
				text = bytes.TrimPrefix(text, []byte("\ufeff"))
			}
			if len(bytes.TrimSpace(text)) == 0 {
				continue
			}
			if !utf8.Valid(text) {
				yield(numbered{}, &LineError{n, errors.New("not valid UTF-8, convert the file")})
				return
			}
			if !yield(numbered{n, text}, nil) {
				return
			}
		}
		if err := s.Err(); err != nil {
			if errors.Is(err, bufio.ErrTooLong) {
				err = fmt.Errorf("over %d bytes long, split it", maxLine)
			}
			yield(numbered{}, &LineError{n + 1, err})
		}
	}
}

// objects yields each line as the JSON object it holds, made a T by convert.
func objects[J, T any](r io.Reader, convert func(J) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		for line, err := range lines(r) {
			if err != nil {
				yield(zero, err)
				return
			}
			var j J
			err := json.Unmarshal(line.text, &j)
			if err != nil {
				yield(zero, &LineError{line.n, err})
				return
			}
			v, err := convert(j)
			if err != nil {
				yield(zero, &LineError{line.n, err})
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}
