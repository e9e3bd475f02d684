package filter

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A SyntaxError tells where the text given to [Parse] is not a filter.
type SyntaxError struct {
	Column int    // of the character at fault, counted from 1
	Want   string // what would have been right there
	Got    string // what stands there instead
}

// Error names the column, what was expected and what was found.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("filter: column %d: expected %s, found %s", e.Column, e.Want, e.Got)
}

type tokenKind uint8

const (
	tokenEnd    tokenKind = iota
	tokenWord             // a field or keyword; text is what was typed
	tokenString           // a quoted string; text is its value
	tokenNumber           // a number, date or time; text is what was typed
	tokenSymbol           // an operator, parenthesis or comma
)

type token struct {
	kind tokenKind
	text string
	at   int // byte offset in the input
}

// is reports whether t is the keyword or symbol s. Keywords may be typed in
// any case.
func (t token) is(s string) bool {
	switch t.kind {
	case tokenWord:
		return strings.EqualFold(t.text, s)
	case tokenSymbol:
		return t.text == s
	}
	return false
}

// describe names t as it appears in an error.
func (t token) describe() string {
	switch t.kind {
	case tokenEnd:
		return "the end"
	case tokenString:
		return "the string " + strconv.Quote(clip(t.text))
	}
	return strconv.Quote(clip(t.text))
}

// clip shortens s for an error.
func clip(s string) string {
	const limit = 40
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// A scanner cuts an input into tokens.
type scanner struct {
	input string
	pos   int
}

// symbols in the order they are tried: longer ones first.
var symbols = [...]string{"<=", ">=", "!=", "==", "^=", "=", "<", ">", "(", ")", ","}

func (s *scanner) next() (token, error) {
	s.pos += len(s.input[s.pos:]) - len(strings.TrimLeft(s.input[s.pos:], " \t\r\n"))
	at := s.pos
	rest := s.input[at:]
	if rest == "" {
		return token{kind: tokenEnd, at: at}, nil
	}
	for _, sym := range symbols {
		if strings.HasPrefix(rest, sym) {
			s.pos += len(sym)
			return token{tokenSymbol, sym, at}, nil
		}
	}
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case r == '"' || r == '\'':
		return s.quoted(byte(r))
	case wordStart(r):
		return s.run(tokenWord, wordPart), nil
	case numberPart(r):
		return s.run(tokenNumber, numberPart), nil
	}
	return token{}, s.fault(at, "a field, a value or an operator", strconv.Quote(rest[:size]))
}

func (s *scanner) run(kind tokenKind, part func(rune) bool) token {
	rest := s.input[s.pos:]
	n := strings.IndexFunc(rest, func(r rune) bool { return !part(r) })
	if n < 0 {
		n = len(rest)
	}
	t := token{kind, rest[:n], s.pos}
	s.pos += n
	return t
}

// numberPart reports whether r can stand in a number, a date or an RFC 3339
// time; letters are T, Z and the exponent's e.
func numberPart(r rune) bool {
	return '0' <= r && r <= '9' || strings.ContainsRune("+-.:TZtze", r) || r == 'E'
}

// quoted reads a string with the escapes of Go.
func (s *scanner) quoted(quote byte) (token, error) {
	at := s.pos
	rest := s.input[at+1:]
	var b strings.Builder
	for rest != "" && rest[0] != quote {
		r, multibyte, tail, err := strconv.UnquoteChar(rest, quote)
		if err != nil {
			return token{}, s.fault(len(s.input)-len(rest), `an escape such as \n, \" or \\`, strconv.Quote(clip(rest)))
		}
		if r < utf8.RuneSelf || !multibyte {
			b.WriteByte(byte(r)) // \xff names a byte
		} else {
			b.WriteRune(r)
		}
		rest = tail
	}
	if rest == "" {
		return token{}, s.fault(at, "a closing "+string(quote), "the end")
	}
	s.pos = len(s.input) - len(rest) + 1
	if !utf8.ValidString(b.String()) || !utf8.ValidString(s.input[at:s.pos]) {
		return token{}, s.fault(at, "a string of valid UTF-8", strconv.Quote(clip(b.String())))
	}
	return token{tokenString, b.String(), at}, nil
}

func (s *scanner) fault(at int, want, got string) error {
	return &SyntaxError{Column: utf8.RuneCountInString(s.input[:at]) + 1, Want: want, Got: got}
}
