package loaders

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A jsonSyntaxError says where a text stops being JSON.
type jsonSyntaxError struct {
	line int
	what string
}

func (e *jsonSyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.what) }

func (p *jsonPrinter) syntax(what string) error {
	return &jsonSyntaxError{p.lineOf(p.pos), what}
}

func (p *jsonPrinter) limit(what string) error {
	return fmt.Errorf("line %d: %w: %s", p.lineOf(p.pos), ErrLimit, what)
}

func (p *jsonPrinter) skipSpace() {
	for p.pos < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.pos]) >= 0 {
		p.pos++
	}
}

// peek returns the byte at pos behind white space, 0 at the end.
func (p *jsonPrinter) peek() byte {
	if p.skipSpace(); p.pos == len(p.s) {
		return 0
	}
	return p.s[p.pos]
}

// value reads a value and prints what is in it.
func (p *jsonPrinter) value() error {
	switch c := p.peek(); {
	case c == '{':
		return p.nested(p.object)
	case c == '[':
		return p.nested(p.array)
	case c == '"':
		v, err := p.str()
		if err != nil {
			return err
		}
		return p.printString(v)
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	}
	for _, word := range []string{"true", "false", "null"} {
		if strings.HasPrefix(p.s[p.pos:], word) {
			p.pos += len(word)
			if word == "null" {
				return nil
			}
			return p.printLine(word)
		}
	}
	return p.syntax("a value is expected")
}

// nested reads an array or object one level down.
func (p *jsonPrinter) nested(read func() error) error {
	if p.depth++; p.depth > MaxJSONDepth {
		return p.limit(fmt.Sprintf("deeper than %d levels", MaxJSONDepth))
	}
	p.pos++
	err := read()
	p.depth--
	return err
}

// more reads what follows an element: a comma, or the closing bracket.
func (p *jsonPrinter) more(closing byte) (bool, error) {
	c := p.peek()
	if c != ',' && c != closing {
		return false, p.syntax(fmt.Sprintf("a comma or %q is expected", closing))
	}
	p.pos++
	return c == ',', nil
}

func (p *jsonPrinter) array() error {
	if p.peek() == ']' {
		p.pos++
		return nil
	}
	for i, more := 0, true; more; i++ {
		record := p.peek() == '{' || p.s[min(p.pos, len(p.s)-1)] == '['
		p.paragraph = p.paragraph || record
		pointer, name := p.push("", i)
		err := p.value()
		p.pop(pointer, name)
		p.paragraph = p.paragraph || record
		if err == nil {
			more, err = p.more(']')
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *jsonPrinter) object() error {
	if p.peek() == '}' {
		p.pos++
		return nil
	}
	var keys keySet
	for more := true; more; {
		if p.peek() != '"' {
			return p.syntax("a name in quotes is expected")
		}
		key, err := p.str()
		if err != nil {
			return err
		}
		if p.peek() != ':' {
			return p.syntax("a colon is expected")
		}
		p.pos++
		pointer, name := p.push(key, -1)
		if !keys.add(key) {
			p.doubles.add(string(p.pointer))
		}
		err = p.value()
		p.pop(pointer, name)
		if err == nil {
			more, err = p.more('}')
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// A keySet holds the names of an object; most have few.
type keySet struct {
	few  []string
	many map[string]bool
}

// add reports whether key is new.
func (k *keySet) add(key string) bool {
	if k.many == nil {
		if slices.Contains(k.few, key) {
			return false
		}
		if k.few = append(k.few, key); len(k.few) < 16 {
			return true
		}
		k.many = make(map[string]bool, 32)
		for _, old := range k.few {
			k.many[old] = true
		}
		return true
	}
	if k.many[key] {
		return false
	}
	k.many[key] = true
	return true
}

// number reads a number and prints it as it stands.
func (p *jsonPrinter) number() error {
	start := p.pos
	digits := func() bool {
		from := p.pos
		for p.pos < len(p.s) && '0' <= p.s[p.pos] && p.s[p.pos] <= '9' {
			p.pos++
		}
		return p.pos > from
	}
	accept := func(set string) bool {
		if p.pos < len(p.s) && strings.IndexByte(set, p.s[p.pos]) >= 0 {
			p.pos++
			return true
		}
		return false
	}
	accept("-")
	ok := accept("0") || digits()
	if ok && accept(".") {
		ok = digits()
	}
	if ok && accept("eE") {
		accept("+-")
		ok = digits()
	}
	if !ok {
		return p.syntax("a number is not complete")
	}
	if p.pos-start > MaxJSONNumber {
		return p.limit(fmt.Sprintf("a number is longer than %d characters", MaxJSONNumber))
	}
	return p.printLine(p.s[start:p.pos])
}

// str reads a string and decodes it.
func (p *jsonPrinter) str() (string, error) {
	p.pos++
	start := p.pos
	var b []byte
	for p.pos < len(p.s) {
		switch c := p.s[p.pos]; {
		case c == '"':
			raw := p.s[start:p.pos]
			p.pos++
			if b == nil {
				return raw, nil
			}
			return string(append(b, raw...)), nil
		case c < 0x20:
			return "", p.syntax("a string holds a control character")
		case c == '\\':
			b = append(b, p.s[start:p.pos]...)
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, r)
			start = p.pos
		default:
			p.pos++
		}
	}
	return "", p.syntax("a string is not closed")
}

// escape reads the escape at pos.
func (p *jsonPrinter) escape() (rune, error) {
	if p.pos+1 < len(p.s) {
		c := p.s[p.pos+1]
		if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
			p.pos += 2
			return rune("\"\\/\b\f\n\r\t"[i]), nil
		}
		if r, ok := p.hex4(p.pos); c == 'u' && ok {
			p.pos += 6
			return p.surrogate(r), nil
		}
	}
	return 0, p.syntax("an escape is not valid")
}

// surrogate completes a character whose first escape was r.
func (p *jsonPrinter) surrogate(r rune) rune {
	if !utf16.IsSurrogate(r) {
		return r
	}
	if low, ok := p.hex4(p.pos); ok && strings.HasPrefix(p.s[p.pos:], `\u`) {
		if c := utf16.DecodeRune(r, low); c != utf8.RuneError {
			p.pos += 6
			return c
		}
	}
	p.escapes++
	return utf8.RuneError
}

// hex4 returns the value of the four digits in an escape at i.
func (p *jsonPrinter) hex4(i int) (rune, bool) {
	if i+6 > len(p.s) {
		return 0, false
	}
	v, err := strconv.ParseUint(p.s[i+2:i+6], 16, 16)
	return rune(v), err == nil
}
