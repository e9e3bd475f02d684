package filter

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// maxInput bounds what Parse reads: a little more than the canonical form of a
// tree at the limits can need.
const maxInput = 8 << 20

// Parse reads a filter as a person types it:
//
//	lang = "ko" and year >= 2024
//	not (tag in ("draft", "old")) or doc.uri startswith "docs/"
//	has author and date >= 2024-05-01 and date < 2024-06-01T12:00:00+09:00
//
// A comparison is a field, one of = != < <= > >= and a value: a string in
// double or single quotes with the escapes of Go, a number, true, false, a
// date (midnight UTC) or an RFC 3339 time. Further there are "field in
// (value, …)", "field not in (…)", "field startswith string" (also written
// ^=) and "has field". "not" binds closer than "and", "and" closer than "or".
// all() passes everything, any() nothing. Keywords may be typed in any case.
// A field is letters, digits, '_', '.' and '-', beginning with a letter or
// '_'; any other name, or one that is a keyword, stands in quotes.
//
// "!=" and "not in" are complements: they pass chunks without the field, too.
//
// The error is a [*SyntaxError], or wraps [ErrInvalid] if the text says
// something that [Validate] refuses. The time taken is linear in len(text).
func Parse(text string) (Filter, error) {
	if len(text) > maxInput {
		return nil, fmt.Errorf("filter: %w: text of %d bytes, the limit is %d", ErrInvalid, len(text), maxInput)
	}
	p := parser{scanner: scanner{input: text}}
	if err := p.advance(); err != nil {
		return nil, err
	}
	f, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokenEnd {
		return nil, p.expected(`"and", "or" or the end`)
	}
	if err := Validate(f); err != nil {
		return nil, err
	}
	return f, nil
}

// A parser is a recursive descent over the grammar
//
//	or    = and { "or" and }
//	and   = unary { "and" unary }
//	unary = "not" unary | "(" or ")" | "all" "(" [ or ] ")" | "any" "(" [ or ] ")"
//	      | "has" field | field test
//	test  = ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
//	      | [ "not" ] "in" "(" [ value { "," value } ] ")"
//	      | ( "startswith" | "^=" ) string
type parser struct {
	scanner
	tok   token // the next one
	depth int   // of parentheses and nots
	nodes int
}

func (p *parser) advance() (err error) {
	p.tok, err = p.next()
	return err
}

func (p *parser) expected(what string) error {
	return p.fault(p.tok.at, what, p.tok.describe())
}

// accept steps over the keyword or symbol s if it is next.
func (p *parser) accept(s string) (bool, error) {
	if !p.tok.is(s) {
		return false, nil
	}
	return true, p.advance()
}

// require steps over the keyword or symbol s, which must be next.
func (p *parser) require(s string) error {
	if ok, err := p.accept(s); ok || err != nil {
		return err
	}
	return p.expected(strconv.Quote(s))
}

// node counts a node or operand against the limit before it is made.
func (p *parser) node() error {
	if p.nodes++; p.nodes > MaxNodes {
		return p.fault(p.tok.at, fmt.Sprintf("at most %d comparisons and values", MaxNodes), "more")
	}
	return nil
}

// enter guards the stack; leave undoes it.
func (p *parser) enter() error {
	if p.depth++; p.depth > 2*MaxDepth {
		return p.fault(p.tok.at, fmt.Sprintf("at most %d levels of nesting", MaxDepth), "more")
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

func (p *parser) or() (Filter, error) {
	list, err := p.chain("or", p.and)
	if len(list) == 1 {
		return list[0], err
	}
	return &Any{Filters: list}, err
}

func (p *parser) and() (Filter, error) {
	list, err := p.chain("and", p.unary)
	if len(list) == 1 {
		return list[0], err
	}
	return &All{Filters: list}, err
}

// chain reads one or more operands with the word between them.
func (p *parser) chain(word string, operand func() (Filter, error)) (list []Filter, err error) {
	for {
		f, err := operand()
		if err != nil {
			return nil, err
		}
		list = append(list, f)
		if ok, err := p.accept(word); !ok || err != nil {
			return list, err
		}
	}
}

func (p *parser) unary() (Filter, error) {
	if err := p.node(); err != nil {
		return nil, err
	}
	switch {
	case p.tok.is("not"):
		return p.not()
	case p.tok.is("("):
		return p.group()
	case p.tok.is("all"):
		list, err := p.call()
		return &All{Filters: list}, err
	case p.tok.is("any"):
		list, err := p.call()
		return &Any{Filters: list}, err
	case p.tok.is("has"):
		if err := p.advance(); err != nil {
			return nil, err
		}
		name, err := p.field("a field")
		return &Exists{Field: name}, err
	}
	name, err := p.field(`a comparison, "not", "has" or "("`)
	if err != nil {
		return nil, err
	}
	return p.test(name)
}

func (p *parser) not() (Filter, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if err := p.advance(); err != nil {
		return nil, err
	}
	f, err := p.unary()
	return &Not{Filter: f}, err
}

func (p *parser) group() (Filter, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if err := p.require("("); err != nil {
		return nil, err
	}
	f, err := p.or()
	if err != nil {
		return nil, err
	}
	return f, p.require(")")
}

// call reads what follows the name "all" or "any": nothing or one filter in
// parentheses.
func (p *parser) call() ([]Filter, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if err := p.advance(); err != nil {
		return nil, err
	}
	if err := p.require("("); err != nil {
		return nil, err
	}
	if ok, err := p.accept(")"); ok || err != nil {
		return nil, err
	}
	f, err := p.or()
	if err != nil {
		return nil, err
	}
	return []Filter{f}, p.require(")")
}

// field reads the name of a field; want says what else could have stood there.
func (p *parser) field(want string) (string, error) {
	t := p.tok
	if t.kind != tokenString && (t.kind != tokenWord || !bare(t.text)) {
		return "", p.expected(want)
	}
	if err := (&checker{}).field(t.text); err != nil {
		return "", fmt.Errorf("%w: %w", p.expected("a known field"), err)
	}
	return t.text, p.advance()
}

func (p *parser) test(field string) (Filter, error) {
	op := p.tok
	if err := p.advance(); err != nil {
		return nil, err
	}
	switch {
	case op.is("in"):
		return p.set(field)
	case op.is("not"):
		if err := p.require("in"); err != nil {
			return nil, err
		}
		f, err := p.set(field)
		return &Not{Filter: f}, err
	case op.is("startswith"), op.is("^="):
		return p.prefix(field)
	case op.is("=") || op.is("=="):
		v, err := p.value()
		return &Compare{Op: OpEq, Field: field, Value: v}, err
	case op.is("!="):
		v, err := p.value()
		return &Not{Filter: &Compare{Op: OpEq, Field: field, Value: v}}, err
	}
	for _, o := range []Op{OpLt, OpLe, OpGt, OpGe} {
		if op.is(o.symbol()) {
			return p.order(field, o)
		}
	}
	return nil, p.fault(op.at, "an operator such as =, <, in or startswith", op.describe())
}

func (p *parser) order(field string, op Op) (Filter, error) {
	at := p.tok
	v, err := p.value()
	if err == nil && !ordered(v) {
		err = p.fault(at.at, "a number, date or time after "+op.symbol(), at.describe())
	}
	return &Compare{Op: op, Field: field, Value: v}, err
}

func (p *parser) prefix(field string) (Filter, error) {
	t := p.tok
	if t.kind != tokenString {
		return nil, p.expected("a string in quotes")
	}
	return &Prefix{Field: field, Value: t.text}, p.advance()
}

func (p *parser) set(field string) (Filter, error) {
	if err := p.require("("); err != nil {
		return nil, err
	}
	f := &Set{Field: field}
	if ok, err := p.accept(")"); ok || err != nil {
		return f, err
	}
	for {
		at := p.tok
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		f.Values = append(f.Values, v)
		if !sameKind(v, f.Values[0]) {
			return nil, p.fault(at.at, "a value of the same kind as the first", at.describe())
		}
		if err := p.node(); err != nil {
			return nil, err
		}
		if ok, err := p.accept(","); err != nil {
			return nil, err
		} else if !ok {
			return f, p.require(")")
		}
	}
}

func (p *parser) value() (any, error) {
	t := p.tok
	switch {
	case t.kind == tokenString:
		return t.text, p.advance()
	case t.kind == tokenNumber:
		v, ok := number(t.text)
		if !ok {
			return nil, p.expected("a number, a date such as 2024-05-01 or a time such as 2024-05-01T09:30:00Z")
		}
		return v, p.advance()
	case t.is("true") || t.is("false"):
		return t.is("true"), p.advance()
	}
	return nil, p.expected(`a value: "text" in quotes, a number, a date, true or false`)
}

// number reads a number, a date or a time.
func number(s string) (any, bool) {
	if v, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(v, 0) {
		return v, true
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(layout, s); err == nil {
			t = normalTime(t)
			return t, 0 <= t.Year() && t.Year() <= 9999
		}
	}
	return nil, false
}
