package openai

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// The bounds of what is read from a server.
const (
	maxEvent  = 1 << 20  // one event, or a line of one
	maxStream = 64 << 20 // a whole answer as it comes, comments included
)

// errTooLarge says that a server sends more than an answer can be.
var errTooLarge = errors.New("more is sent than an answer can be")

// An event is one of a stream of server-sent events.
type event struct {
	name, data string
	open       bool // the stream ended where a blank line would have closed it
}

// An eventReader reads server-sent events (WHATWG HTML, section 9.2). Lines end
// with LF, CRLF or CR; comments and fields it does not know are skipped.
type eventReader struct {
	r      *bufio.Reader
	line   []byte
	skipLF bool // the last line ended with CR: an LF now belongs to it
	begun  bool
}

func newEventReader(r io.Reader) *eventReader {
	return &eventReader{r: bufio.NewReader(&boundedReader{r, maxStream})}
}

// next returns the next event that has data. At the end of the stream it
// returns io.EOF; an event that is not closed by a blank line there counts.
func (e *eventReader) next() (event, error) {
	var ev event
	var data []string
	size := 0
	for {
		line, err := e.readLine()
		if err != nil && (err != io.EOF || line == "" && len(data) == 0) {
			return event{}, err
		}
		if line == "" && len(data) > 0 {
			ev.data, ev.open = strings.Join(data, "\n"), err != nil
			return ev, nil
		}
		switch field, value := cutField(line); field {
		case "":
			if line == "" {
				ev.name = ""
			}
		case "data":
			if size += len(value) + 1; size > maxEvent {
				return event{}, errTooLarge
			}
			data = append(data, value)
		case "event":
			ev.name = value
		}
	}
}

// cutField parts a line into field and value; a comment has neither.
func cutField(line string) (field, value string) {
	field, value, _ = strings.Cut(line, ":")
	return field, strings.TrimPrefix(value, " ")
}

// readLine returns the next line without its end, which the last one may lack.
func (e *eventReader) readLine() (string, error) {
	e.line = e.line[:0]
	for {
		c, err := e.r.ReadByte()
		switch {
		case err == io.EOF && len(e.line) > 0:
			return e.text(), nil
		case err != nil:
			return "", err
		case c == '\n' && e.skipLF:
			e.skipLF = false
			continue
		case c == '\n' || c == '\r':
			e.skipLF = c == '\r'
			return e.text(), nil
		}
		e.skipLF = false
		if e.line = append(e.line, c); len(e.line) > maxEvent {
			return "", errTooLarge
		}
	}
}

// text returns the line, the stream's first one without a byte order mark.
func (e *eventReader) text() string {
	s := string(e.line)
	if !e.begun {
		e.begun = true
		s = strings.TrimPrefix(s, "\uFEFF")
	}
	return s
}

// A boundedReader fails where a reader gives more than left bytes.
type boundedReader struct {
	r    io.Reader
	left int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
