package pdf

import (
	"encoding/binary"
	"unicode/utf16"
)

const maxMappings = 200_000 // of one CMap

// A cmap maps the codes of a font's strings to characters (ToUnicode) or to
// glyph numbers (an embedded encoding).
type cmap struct {
	text    map[uint32]string
	cid     map[uint32]int
	lengths [5]bool // of codes in bytes, as the code space says
	n       int
}

// readCMap reads as much of a CMap as it can. Codes are numbers here: fonts
// whose CMap leaves out leading zeros are read as well.
func readCMap(data []byte) *cmap {
	m := &cmap{text: map[uint32]string{}, cid: map[uint32]int{}}
	l := lexer{data: data}
	var args []any
	for m.n < maxMappings {
		o, err := l.object(0)
		if err == errEnd {
			break
		}
		k, isOperator := o.(keyword)
		if !isOperator {
			if len(args) < 3*maxMappings {
				args = append(args, o)
			}
			continue
		}
		m.operator(string(k), args)
		args = args[:0]
	}
	return m
}

func (m *cmap) operator(op string, args []any) {
	switch op {
	case "endcodespacerange":
		for _, a := range args {
			if s, ok := a.(str); ok && len(s) >= 1 && len(s) <= 4 {
				m.lengths[len(s)] = true
			}
		}
	case "endbfchar":
		for i := 0; i+1 < len(args); i += 2 {
			if dst, ok := args[i+1].(str); ok {
				m.add(code(args[i]), utf16Text(dst))
			}
		}
	case "endbfrange":
		for i := 0; i+2 < len(args); i += 3 {
			m.addRange(code(args[i]), code(args[i+1]), args[i+2])
		}
	case "endcidchar":
		for i := 0; i+1 < len(args); i += 2 {
			m.cid[code(args[i])] = intOf(args[i+1], 0)
			m.n++
		}
	case "endcidrange":
		for i := 0; i+2 < len(args); i += 3 {
			lo, first := code(args[i]), intOf(args[i+2], 0)
			for c := lo; c <= code(args[i+1]) && c-lo < 65536 && m.n < maxMappings; c++ {
				m.cid[c] = first + int(c-lo)
				m.n++
			}
		}
	}
}

func (m *cmap) add(c uint32, s string) {
	m.text[c] = s
	m.n++
}

// addRange maps lo to hi onto a list of texts, or onto one whose last unit
// counts up.
func (m *cmap) addRange(lo, hi uint32, dst any) {
	if hi < lo || hi-lo >= 65536 {
		return
	}
	switch dst := dst.(type) {
	case array:
		for i, e := range dst {
			if s, ok := e.(str); ok && uint32(i) <= hi-lo && m.n < maxMappings {
				m.add(lo+uint32(i), utf16Text(s))
			}
		}
	case str:
		if len(dst) == 1 {
			dst = str{0, dst[0]}
		}
		if len(dst) < 2 || len(dst) > 64 {
			return
		}
		for i := uint32(0); i <= hi-lo && m.n < maxMappings; i++ {
			s := append(str(nil), dst...)
			last := s[len(s)-2:]
			binary.BigEndian.PutUint16(last, binary.BigEndian.Uint16(last)+uint16(i))
			m.add(lo+i, utf16Text(s))
		}
	}
}

// code returns a code as a number.
func code(o any) uint32 {
	s, _ := o.(str)
	var n uint32
	for _, c := range s[max(0, len(s)-4):] {
		n = n<<8 | uint32(c)
	}
	return n
}

func utf16Text(s str) string {
	if len(s) == 1 {
		return expand(string(rune(s[0])))
	}
	var units []uint16
	for i := 0; i+1 < len(s) && i < 128; i += 2 {
		units = append(units, binary.BigEndian.Uint16(s[i:]))
	}
	return expand(string(utf16.Decode(units)))
}
