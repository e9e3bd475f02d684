package pdf

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
)

// streamAt returns the bytes of the stream whose keyword is at pos and the
// offset after them. A length that does not lead to "endstream" is not
// believed.
func streamAt(data []byte, pos int, d dict) (raw []byte, after int) {
	pos += len("stream")
	if pos < len(data) && data[pos] == '\r' {
		pos++
	}
	if pos < len(data) && data[pos] == '\n' {
		pos++
	}
	return streamBody(data, pos, intOf(d["Length"], -1))
}

// streamBody returns the bytes of a stream that begin at pos.
func streamBody(data []byte, pos, length int) (raw []byte, after int) {
	pos = min(max(pos, 0), len(data))
	if length >= 0 && length <= len(data)-pos {
		l := lexer{data, pos + length}
		l.skipSpace()
		if bytes.HasPrefix(data[l.pos:], []byte("endstream")) {
			return data[pos : pos+length], l.pos
		}
	}
	end := bytes.Index(data[pos:], []byte("endstream"))
	if end < 0 {
		if end = bytes.Index(data[pos:], []byte("endobj")); end < 0 {
			end = len(data) - pos
		}
	}
	return data[pos : pos+end], pos + end
}

// filtersOf returns the filters of a stream and their parameters, as far as
// they are given directly.
func filtersOf(d dict) (filters []name, parms []dict) {
	switch f := d["Filter"].(type) {
	case name:
		filters = []name{f}
	case array:
		for _, e := range f {
			n, _ := e.(name)
			filters = append(filters, n)
		}
	}
	switch p := d["DecodeParms"].(type) {
	case dict:
		parms = []dict{p}
	case array:
		for _, e := range p {
			one, _ := e.(dict)
			parms = append(parms, one)
		}
	}
	return filters, parms
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
