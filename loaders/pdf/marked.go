package pdf

import (
	"strings"
	"unicode/utf16"

	lib "github.com/ledongthuc/pdf"
)

const maxMarked = 1 << 20 // depth of marked content

// An actualText stands for the glyphs of a marked content sequence (ISO
// 32000-1, 14.9.4): a soft hyphen for the one that is seen at a line's end, an
// "fi" for a picture of one.
type actualText struct {
	depth int // of the sequence it belongs to; 0 if there is none
	text  string
}

// take returns the text for the first glyph and nothing for the others.
func (a *actualText) take() string {
	s := a.text
	a.text = ""
	return s
}

// mark follows the beginnings and ends of marked content.
func (in *interpreter) mark(op string, args []any, resources lib.Value) {
	if op == "EMC" {
		if in.marked == in.actual.depth {
			in.actual = actualText{}
		}
		in.marked = max(0, in.marked-1)
		return
	}
	in.marked = min(in.marked+1, maxMarked)
	if op != "BDC" || len(args) < 2 || in.actual.depth > 0 {
		return
	}
	if text, ok := in.actualText(args[1], resources); ok {
		in.actual = actualText{depth: in.marked, text: printable(text)}
	}
}

// actualText returns the entry of a property list, which is given in place or
// by its name among the resources.
func (in *interpreter) actualText(properties any, resources lib.Value) (string, bool) {
	switch p := properties.(type) {
	case dict:
		s, ok := p["ActualText"].(str)
		return textString(s), ok
	case name:
		lists, err := in.doc.key(resources, "Properties")
		if err != nil {
			return "", false
		}
		list, err := in.doc.key(lists, string(p))
		if err != nil {
			return "", false
		}
		v, err := in.doc.key(list, "ActualText")
		return textOf(v), err == nil && v.Kind() == lib.String
	}
	return "", false
}

// textString decodes a text string (ISO 32000-1, 7.9.2.2).
func textString(s str) string {
	if len(s) < 2 || s[0] != 0xfe || s[1] != 0xff {
		var b strings.Builder
		for _, c := range s {
			b.WriteString(baseTableWin[c])
		}
		return b.String()
	}
	var units []uint16
	for i := 2; i+1 < len(s); i += 2 {
		units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
	}
	return string(utf16.Decode(units))
}

var baseTableWin = baseTable("WinAnsiEncoding")
