package loaders

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/seed4837efcb/groundwork"
)

// errFull ends the text, where other limits end a record of JSON lines only.
var errFull = fmt.Errorf("%w: no room", ErrLimit)

// A jsonPrinter reads JSON and writes it as lines.
type jsonPrinter struct {
	s    string // ends where the value has to end
	pos  int    // in s
	line int    // of lineAt, counted from 1
	// lineAt is the offset in s up to which newlines were counted.
	lineAt int

	pointer []byte // of the value at pos (RFC 6901)
	name    []byte // of the value at pos, as it is printed
	depth   int

	out       []byte
	max       int // bytes of out
	marks     []groundwork.Mark
	labels    int  // bytes of all labels in marks
	paragraph bool // the next line begins one
	title     string

	doubles  tally // names that occur twice in their object
	escapes  int   // that are no character
	blobs    int   // strings of base64 that were left out
	badLines tally // lines of JSON lines that are not JSON
}

// A tally counts, and remembers the first few.
type tally struct {
	n     int
	first []string
}

func (t *tally) add(s string) {
	if t.n++; len(t.first) < 3 {
		t.first = append(t.first, s[:min(len(s), 80)])
	}
}

func (p *jsonPrinter) warnings(uri string) (out []groundwork.Warning) {
	add := func(n int, code groundwork.Code, format string, args ...any) {
		if n > 0 {
			out = append(out, warning(uri, code, format, args...))
		}
	}
	add(p.doubles.n, groundwork.Partial, "%d names occur twice in their object, such as %q; both values were read", p.doubles.n, p.doubles.first)
	add(p.escapes, groundwork.Encoding, "%d escapes are no character and were replaced by U+FFFD", p.escapes)
	add(p.blobs, groundwork.Partial, "%d strings of base64 were left out", p.blobs)
	add(p.badLines.n, groundwork.Partial, "%d lines are not JSON and were kept as they stand, first: %q", p.badLines.n, p.badLines.first)
	return out
}

// document prints the one value of a JSON text.
func (p *jsonPrinter) document() error {
	if err := p.value(); err != nil {
		return err
	}
	if p.skipSpace(); p.pos < len(p.s) {
		return p.syntax("something follows the value")
	}
	return nil
}

// records prints the values of JSON lines.
func (p *jsonPrinter) records(ctx context.Context) error {
	text := p.s
	for n, start := 0, 0; start < len(text); n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		end := len(text)
		if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
			end = start + i
		}
		p.s, p.pos, p.paragraph = text[:end], start, true
		if strings.TrimSpace(text[start:end]) == "" {
			n--
		} else if err := p.record(n); err != nil {
			return err
		}
		start = end + 1
	}
	return nil
}

// record prints the n-th record, or the line itself if it is not JSON.
func (p *jsonPrinter) record(n int) error {
	before := *p
	p.push("", n)
	err := p.document()
	if err != nil && !errors.Is(err, errFull) {
		line := strings.TrimSpace(p.s[before.pos:])
		before.badLines.add(err.Error())
		*p = before
		p.push("", n)
		if err = p.printLine(line); err == nil {
			p.pos = len(p.s)
		}
	}
	p.pointer, p.name, p.depth = p.pointer[:0], p.name[:0], 0
	return err
}

// push appends a name, or an index if it is not negative, to the way to the
// current value, and returns what pop needs.
func (p *jsonPrinter) push(key string, index int) (pointer, name int) {
	pointer, name = len(p.pointer), len(p.name)
	p.pointer = append(p.pointer, '/')
	if index >= 0 {
		p.pointer = strconv.AppendInt(p.pointer, int64(index), 10)
		return pointer, name
	}
	p.pointer = append(p.pointer, pointerEscaper.Replace(key)...)
	if name > 0 {
		p.name = append(p.name, '.')
	}
	p.name = append(p.name, key...)
	return pointer, name
}

func (p *jsonPrinter) pop(pointer, name int) {
	p.pointer, p.name = p.pointer[:pointer], p.name[:name]
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// minBlob is the length in bytes from which a string of base64 is taken for
// binary data.
const minBlob = 1024

// printString prints a string value.
func (p *jsonPrinter) printString(v string) error {
	switch {
	case strings.TrimSpace(v) == "":
		return nil
	case len(v) >= minBlob && isBase64(v):
		p.blobs++
		return nil
	}
	if string(p.pointer) == "/title" && len(v) <= maxTitle && !strings.Contains(v, "\n") {
		p.title = strings.TrimSpace(v)
	}
	return p.printLine(v)
}

// isBase64 reports whether v is a data URI, or nothing but base64 digits and
// line ends, with digits, upper and lower case among them.
func isBase64(v string) bool {
	if strings.HasPrefix(v, "data:") && strings.Contains(v[:64], ";base64,") {
		return true
	}
	return strings.Trim(v, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\r\n") == "" &&
		strings.ContainsAny(v, "0123456789") && v != strings.ToLower(v) && v != strings.ToUpper(v)
}

// printLine prints the current value, with marks of where it stands.
func (p *jsonPrinter) printLine(v string) error {
	line := p.lineOf(p.pos)
	size := len(p.name) + len(v) + 4
	if len(p.out)+size > p.max {
		return fmt.Errorf("line %d: %w: the text is longer than %d bytes", line, errFull, p.max)
	}
	if p.paragraph && len(p.out) > 0 {
		p.out = append(p.out, '\n')
	}
	p.paragraph = false
	p.mark(groundwork.Mark{Kind: groundwork.MarkPointer, Label: string(p.pointer)})
	p.mark(groundwork.Mark{Kind: groundwork.MarkLine, Number: line})
	if len(p.name) > 0 {
		p.out = append(append(p.out, p.name...), ": "...)
	}
	p.printValue(v, line)
	p.out = append(p.out, '\n')
	if len(p.marks) > maxJSONMarks || p.labels > p.max {
		return fmt.Errorf("line %d: %w: too many places to remember", line, errFull)
	}
	return nil
}

// printValue prints v, which stands on one line of the source: line ends
// inside it are none there, and each is followed by a mark.
func (p *jsonPrinter) printValue(v string, line int) {
	for len(p.marks) <= maxJSONMarks {
		i := strings.IndexByte(v, '\n') + 1
		if i == 0 {
			break
		}
		p.out = append(p.out, v[:i]...)
		p.mark(groundwork.Mark{Kind: groundwork.MarkLine, Number: line})
		v = v[i:]
	}
	p.out = append(p.out, v...)
}

// mark sets a mark at the end of what was printed.
func (p *jsonPrinter) mark(m groundwork.Mark) {
	m.Offset = len(p.out)
	p.labels += len(m.Label)
	p.marks = append(p.marks, m)
}

// lineOf returns the line of the source at an offset not before the last one
// asked for.
func (p *jsonPrinter) lineOf(offset int) int {
	p.line += strings.Count(p.s[p.lineAt:offset], "\n")
	p.lineAt = offset
	return p.line
}
