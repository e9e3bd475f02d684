package pdf

import (
	"bytes"
	"errors"
	"strconv"
)

// The objects of PDF syntax (ISO 32000-1, 7.3) as the lexer returns them:
// float64, bool, nil, name, str, array, dict, and keyword for everything that
// is an operator. References appear as keyword "R" after two numbers; only
// parseRef cares.
type (
	name    string
	str     []byte
	keyword string
	array   []any
	dict    map[name]any
)

const (
	maxDepth    = 64      // of arrays and dictionaries
	maxElements = 1 << 20 // of one array or dictionary
)

var (
	errEnd    = errors.New("end of data")
	errSyntax = errors.New("malformed syntax")
)

// A lexer reads objects from bytes that it does not own. It never fails for
// good: after errSyntax it stands behind what it could not read.
type lexer struct {
	data []byte
	pos  int
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelim(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

func (l *lexer) skipSpace() {
	for l.pos < len(l.data) {
		switch c := l.data[l.pos]; {
		case isSpace(c):
			l.pos++
		case c == '%':
			for l.pos < len(l.data) && l.data[l.pos] != '\n' && l.data[l.pos] != '\r' {
				l.pos++
			}
		default:
			return
		}
	}
}

// object returns the next object or keyword. Closing brackets come as
// keywords.
func (l *lexer) object(depth int) (any, error) {
	l.skipSpace()
	if l.pos >= len(l.data) {
		return nil, errEnd
	}
	c := l.data[l.pos]
	switch {
	case c == '/':
		l.pos++
		return l.name(), nil
	case c == '(':
		l.pos++
		return l.literal(), nil
	case c == '<' && l.peek(1) == '<':
		l.pos += 2
		return l.dict(depth)
	case c == '<':
		l.pos++
		return l.hex(), nil
	case c == '[':
		l.pos++
		return l.array(depth)
	case c == '>' && l.peek(1) == '>':
		l.pos += 2
		return keyword(">>"), nil
	case isDelim(c):
		l.pos++
		return keyword(c), nil
	}
	return l.word(), nil
}

func (l *lexer) peek(n int) byte {
	if l.pos+n < len(l.data) {
		return l.data[l.pos+n]
	}
	return 0
}

// regular returns the run of regular characters at the position.
func (l *lexer) regular() []byte {
	start := l.pos
	for l.pos < len(l.data) && !isSpace(l.data[l.pos]) && !isDelim(l.data[l.pos]) {
		l.pos++
	}
	return l.data[start:l.pos]
}

func (l *lexer) name() name {
	raw := l.regular()
	if bytes.IndexByte(raw, '#') < 0 {
		return name(raw)
	}
	var b []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) {
			if n, err := strconv.ParseUint(string(raw[i+1:i+3]), 16, 8); err == nil {
				b = append(b, byte(n))
				i += 2
				continue
			}
		}
		b = append(b, raw[i])
	}
	return name(b)
}

func (l *lexer) word() any {
	raw := l.regular()
	if c := raw[0]; c == '+' || c == '-' || c == '.' || '0' <= c && c <= '9' {
		if n, ok := number(raw); ok {
			return n
		}
	}
	switch w := string(raw); w {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	default:
		return keyword(w)
	}
}

// number parses a number the way viewers do: "--5" is -5, and what follows a
// second sign or point is ignored.
func number(raw []byte) (float64, bool) {
	s := bytes.TrimLeft(raw, "+-")
	end, points := 0, 0
	for ; end < len(s); end++ {
		if s[end] == '.' {
			if points++; points > 1 {
				break
			}
		} else if s[end] < '0' || s[end] > '9' {
			if s[end] == '-' {
				break
			}
			return 0, false
		}
	}
	n, err := strconv.ParseFloat(string(s[:end]), 64)
	if err != nil {
		n = 0
	}
	if raw[0] == '-' {
		n = -n
	}
	return n, end > 0
}

func (l *lexer) array(depth int) (any, error) {
	list := array{}
	for depth < maxDepth && len(list) < maxElements {
		o, err := l.object(depth + 1)
		if err == errEnd || o == keyword("]") {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		list = append(list, o)
	}
	return list, errSyntax
}

func (l *lexer) dict(depth int) (any, error) {
	d := dict{}
	for depth < maxDepth && len(d) < maxElements {
		key, err := l.object(depth + 1)
		if err == errEnd || key == keyword(">>") {
			return d, nil
		}
		if err != nil {
			return d, err
		}
		k, ok := key.(name)
		if !ok { // the rest of a reference, or rubbish
			if key == keyword("endobj") || key == keyword("stream") {
				return d, errSyntax
			}
			continue
		}
		mark := l.pos
		value, err := l.object(depth + 1)
		if err != nil {
			return d, err
		}
		if value == keyword(">>") {
			return d, nil
		}
		if ref, ok := l.ref(mark); ok {
			value = ref
		}
		d[k] = value
	}
	return d, errSyntax
}

// A ref is a reference to an indirect object.
type ref struct{ num, gen int }

// ref reads "12 0 R" at start. Where there is none it leaves the position.
func (l *lexer) ref(start int) (ref, bool) {
	try := lexer{l.data, start}
	num, ok1 := try.integer()
	gen, ok2 := try.integer()
	if !ok1 || !ok2 {
		return ref{}, false
	}
	try.skipSpace()
	if string(try.regular()) != "R" {
		return ref{}, false
	}
	l.pos = try.pos
	return ref{num, gen}, true
}

func (l *lexer) integer() (int, bool) {
	l.skipSpace()
	raw := l.regular()
	if len(raw) == 0 || len(raw) > 10 {
		return 0, false
	}
	n := 0
	for _, c := range raw {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func (l *lexer) hex() str {
	var b []byte
	half := -1
	for l.pos < len(l.data) {
		c := l.data[l.pos]
		l.pos++
		if c == '>' {
			break
		}
		n := unhex(c)
		switch {
		case n < 0:
		case half < 0:
			half = n
		default:
			b = append(b, byte(half<<4|n))
			half = -1
		}
	}
	if half >= 0 {
		b = append(b, byte(half<<4))
	}
	return b
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func (l *lexer) literal() str {
	var b []byte
	for depth := 1; l.pos < len(l.data); {
		c := l.data[l.pos]
		l.pos++
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return b
			}
		case '\\':
			b = l.escape(b)
			continue
		}
		b = append(b, c)
	}
	return b
}

// escape appends what stands for the escape sequence after a backslash.
func (l *lexer) escape(b []byte) []byte {
	if l.pos >= len(l.data) {
		return b
	}
	c := l.data[l.pos]
	l.pos++
	switch c {
	case 'n':
		return append(b, '\n')
	case 'r':
		return append(b, '\r')
	case 't':
		return append(b, '\t')
	case 'b':
		return append(b, '\b')
	case 'f':
		return append(b, '\f')
	case '\n':
		return b
	case '\r':
		if l.peek(0) == '\n' {
			l.pos++
		}
		return b
	}
	if c < '0' || c > '7' {
		return append(b, c)
	}
	n := int(c - '0')
	for range 2 {
		if d := l.peek(0); d >= '0' && d <= '7' && l.pos < len(l.data) {
			n = n<<3 | int(d-'0')
			l.pos++
		}
	}
	return append(b, byte(n))
}
