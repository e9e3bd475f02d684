package pdf

import (
	"bytes"
	"fmt"

	lib "github.com/ledongthuc/pdf"
)

const (
	maxOperators = 2_000_000 // of a page, forms included
	maxForms     = 12        // forms within forms
	maxOperands  = 1000
	maxStates    = 256 // saved graphics states
)

// A matrix is [a b c d e f] of ISO 32000-1, 8.3.3.
type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

// mul returns m followed by n.
func (m matrix) mul(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// graphics is what q saves and Q restores, as far as text needs it.
type graphics struct {
	ctm                                        matrix
	font                                       *font
	size, charSpace, wordSpace, scale, leading float64
	rise                                       float64
}

// An interpreter runs the operators of a page's content that place text.
type interpreter struct {
	doc       *document
	out       *layout
	operators int
	forms     int
	g         graphics
	saved     []graphics
	tm, line  matrix // text matrix and text line matrix
	marked    int    // depth of marked content
	actual    actualText
}

// text returns the text of a page.
func (d *document) text(p page) (text string, missing, total int, err error) {
	defer recoverAs(&err)
	if p.err != nil {
		return "", 0, 0, p.err
	}
	in := &interpreter{doc: d, out: &layout{}, g: graphics{ctm: identity, scale: 1}}
	data, err := d.stream(p.contents)
	if len(data) > 0 {
		if e := in.run(data, p.resources); e != nil {
			err = e
		}
	}
	return in.out.String(), in.out.missing, in.out.total, err
}

// run interprets one content stream.
func (in *interpreter) run(data []byte, resources lib.Value) error {
	l := lexer{data: data}
	var args []any
	for {
		o, err := l.object(0)
		if err == errEnd {
			return nil
		}
		op, ok := o.(keyword)
		if !ok {
			if len(args) < maxOperands {
				args = append(args, o)
			}
			continue
		}
		if in.operators++; in.operators > maxOperators {
			return fmt.Errorf("%w: more than %d operators on a page", errBomb, maxOperators)
		}
		if op == "BI" {
			skipImage(&l)
		} else if err := in.operator(string(op), args, resources); err != nil {
			return err
		}
		args = args[:0]
	}
}

// skipImage passes over the data of an inline image, which are no operators.
func skipImage(l *lexer) {
	i := bytes.Index(l.data[l.pos:], []byte("ID"))
	if i < 0 {
		return
	}
	for l.pos += i + 2; l.pos < len(l.data); l.pos++ {
		end := bytes.Index(l.data[l.pos:], []byte("EI"))
		if end < 0 {
			l.pos = len(l.data)
			return
		}
		l.pos += end
		if isSpace(l.data[l.pos-1]) && (l.pos+2 == len(l.data) || isSpace(l.data[l.pos+2])) {
			l.pos += 2
			return
		}
	}
}

func num(args []any, i int) float64 {
	if i < 0 || i >= len(args) {
		return 0
	}
	n, _ := args[i].(float64)
	return n
}

func matrixOf(args []any) (m matrix) {
	for i := range m {
		m[i] = num(args, i)
	}
	return m
}

func (in *interpreter) operator(op string, args []any, resources lib.Value) error {
	g := &in.g
	switch op {
	case "q":
		if len(in.saved) < maxStates {
			in.saved = append(in.saved, *g)
		}
	case "Q":
		if n := len(in.saved); n > 0 {
			*g, in.saved = in.saved[n-1], in.saved[:n-1]
		}
	case "cm":
		g.ctm = matrixOf(args).mul(g.ctm)
	case "Do":
		return in.form(args, resources)
	case "BT":
		in.tm, in.line = identity, identity
	case "Tc":
		g.charSpace = num(args, 0)
	case "Tw":
		g.wordSpace = num(args, 0)
	case "Tz":
		g.scale = num(args, 0) / 100
	case "TL":
		g.leading = num(args, 0)
	case "Ts":
		g.rise = num(args, 0)
	case "Tf":
		in.setFont(args, resources)
	case "BMC", "BDC", "EMC":
		in.mark(op, args, resources)
	default:
		in.textOperator(op, args)
	}
	return nil
}

// textOperator moves and shows text.
func (in *interpreter) textOperator(op string, args []any) {
	g := &in.g
	switch op {
	case "Td":
		in.move(num(args, 0), num(args, 1))
	case "TD":
		g.leading = -num(args, 1)
		in.move(num(args, 0), num(args, 1))
	case "Tm":
		in.tm = matrixOf(args)
		in.line = in.tm
	case "T*":
		in.move(0, -g.leading)
	case "Tj":
		in.show(args, 0)
	case "'":
		in.move(0, -g.leading)
		in.show(args, 0)
	case "\"":
		g.wordSpace, g.charSpace = num(args, 0), num(args, 1)
		in.move(0, -g.leading)
		in.show(args, 2)
	case "TJ":
		if len(args) > 0 {
			list, _ := args[0].(array)
			in.showList(list)
		}
	}
}

func (in *interpreter) move(x, y float64) {
	in.line = matrix{1, 0, 0, 1, x, y}.mul(in.line)
	in.tm = in.line
}

func (in *interpreter) setFont(args []any, resources lib.Value) {
	if len(args) < 2 {
		return
	}
	n, _ := args[0].(name)
	in.g.size = num(args, 1)
	in.g.font = nil
	if fonts, err := in.doc.key(resources, "Font"); err == nil {
		if v, err := in.doc.key(fonts, string(n)); err == nil && v.Kind() == lib.Dict {
			in.g.font = in.doc.loadFont(v)
		}
	}
	if in.g.font == nil {
		in.g.font = &font{table: baseTable(""), scale: 0.001}
		copy(in.g.font.widths[0x20:], helvetica)
	}
}

func (in *interpreter) showList(list array) {
	for _, e := range list {
		switch e := e.(type) {
		case str:
			in.showString(e)
		case float64:
			in.advance(-e / 1000 * in.g.size)
		}
	}
}

func (in *interpreter) show(args []any, i int) {
	if i < len(args) {
		if s, ok := args[i].(str); ok {
			in.showString(s)
		}
	}
}

// advance moves along the line by n units of text space.
func (in *interpreter) advance(n float64) {
	if in.g.font != nil && in.g.font.vertical {
		in.tm = matrix{1, 0, 0, 1, 0, n}.mul(in.tm)
		return
	}
	in.tm = matrix{1, 0, 0, 1, n * in.g.scale, 0}.mul(in.tm)
}

func (in *interpreter) showString(s str) {
	g := &in.g
	if g.font == nil {
		return
	}
	g.font.chars(s, func(c char) {
		step := c.width*g.size + g.charSpace
		if c.space {
			step += g.wordSpace
		}
		if g.font.vertical {
			step = -(g.size + g.charSpace)
		}
		if in.actual.depth > 0 {
			c.text, c.hidden = in.actual.take(), true
		}
		before := in.tm.mul(g.ctm)
		in.advance(step)
		in.out.add(c, before, in.tm.mul(g.ctm), g)
	})
}

// form runs a form XObject, which is content with its own resources.
func (in *interpreter) form(args []any, resources lib.Value) error {
	if len(args) == 0 || in.forms >= maxForms {
		return nil
	}
	n, _ := args[0].(name)
	objects, err := in.doc.key(resources, "XObject")
	if err != nil {
		return nil
	}
	v, err := in.doc.key(objects, string(n))
	if err != nil || v.Kind() != lib.Stream || v.Key("Subtype").Name() != "Form" {
		return nil
	}
	data, err := in.doc.stream(v)
	if err != nil {
		return nil // an image's filter in a form: nothing to read there
	}
	if own, err := in.doc.key(v, "Resources"); err == nil && own.Kind() == lib.Dict {
		resources = own
	}
	g, saved, tm, line := in.g, in.saved, in.tm, in.line
	in.saved = nil
	if m := v.Key("Matrix"); m.Len() == 6 {
		var own matrix
		for i := range own {
			own[i] = m.Index(i).Float64()
		}
		in.g.ctm = own.mul(in.g.ctm)
	}
	in.forms++
	err = in.run(data, resources)
	in.forms--
	in.g, in.saved, in.tm, in.line = g, saved, tm, line
	return err
}
