package safetensors

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// metadataKey is the one header entry that is not a tensor.
const metadataKey = "__metadata__"

// Limits of a tensor's description: the shapes of real models have at most five
// dimensions, and an int must hold every extent on every platform.
const (
	maxDims   = 32
	maxExtent = 1<<31 - 1
)

type header struct {
	entries  []entry
	metadata map[string]string
}

// entry is one tensor as the header describes it; begin and end count from the
// end of the header.
type entry struct {
	name       string
	dtype      DType
	shape      []int
	begin, end uint64
}

// check holds an entry against the byte where it must start and the buffer's size.
func (e entry) check(at, size uint64) error {
	if e.dtype.Size() == 0 {
		return &FormatError{e.name, fmt.Sprintf("unknown element type %q", e.dtype)}
	}
	want := uint64(e.dtype.Size())
	for _, n := range e.shape {
		hi, lo := bits.Mul64(want, uint64(n))
		if hi != 0 {
			return &FormatError{e.name, fmt.Sprintf("shape %v is too large", e.shape)}
		}
		want = lo
	}
	switch {
	case e.begin > e.end || e.end > size:
		return &FormatError{e.name, fmt.Sprintf("bytes %d to %d lie outside of the file's %d", e.begin, e.end, size)}
	case e.begin != at:
		return &FormatError{e.name, fmt.Sprintf("starts at byte %d where %d was due: a hole or an overlap", e.begin, at)}
	case e.end-e.begin != want:
		return &FormatError{e.name, fmt.Sprintf("has %d bytes where shape %v of %s takes %d", e.end-e.begin, e.shape, e.dtype, want)}
	}
	return nil
}

// parseHeader reads the JSON token by token: the standard decoder would take
// duplicate and case-variant keys in silence.
func parseHeader(text string) (header, error) {
	var h header
	if !strings.HasPrefix(text, "{") {
		return h, &FormatError{Reason: "the header does not start with a brace"}
	}
	if !utf8.ValidString(text) {
		return h, &FormatError{Reason: "the header is not UTF-8"}
	}
	p := newTokens(text)
	p.object(func(key string) {
		if key == metadataKey {
			p.failIf(h.metadata != nil, "metadata stands twice in the header")
			h.metadata = p.stringMap()
			return
		}
		h.entries = append(h.entries, p.entry(key))
	})
	p.end(text)
	return h, p.err
}

// tokens is a JSON reader that remembers its first error; after one, every
// method returns zero values, so that callers need not ask at each step.
type tokens struct {
	dec *json.Decoder
	err error
}

func newTokens(text string) *tokens {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	return &tokens{dec: dec}
}

func (p *tokens) failIf(bad bool, format string, args ...any) {
	if bad && p.err == nil {
		p.err = &FormatError{Reason: fmt.Sprintf(format, args...)}
	}
}

func (p *tokens) next() json.Token {
	if p.err != nil {
		return nil
	}
	t, err := p.dec.Token()
	if err != nil {
		p.failIf(true, "the header is not JSON: %v", err)
		return nil
	}
	return t
}

func (p *tokens) delim(want json.Delim) {
	if t := p.next(); p.err == nil {
		d, ok := t.(json.Delim)
		p.failIf(!ok || d != want, "the header has %v where %v was due", t, want)
	}
}

func (p *tokens) more() bool { return p.err == nil && p.dec.More() }

func (p *tokens) string() string {
	t := p.next()
	s, ok := t.(string)
	p.failIf(!ok, "the header has %v where a string was due", t)
	return s
}

func (p *tokens) uint() uint64 {
	t := p.next()
	n, ok := t.(json.Number)
	v, err := strconv.ParseUint(string(n), 10, 64)
	p.failIf(!ok || err != nil, "the header has %v where a whole number was due", t)
	return v
}

func (p *tokens) object(field func(key string)) {
	for p.delim('{'); p.more(); {
		field(p.string())
	}
	p.delim('}')
}

// uints reads an array of at most limit numbers.
func (p *tokens) uints(limit int) []uint64 {
	list := []uint64{}
	for p.delim('['); p.more(); {
		p.failIf(len(list) == limit, "the header has an array of more than %d numbers", limit)
		list = append(list, p.uint())
	}
	p.delim(']')
	return list
}

func (p *tokens) stringMap() map[string]string {
	m := map[string]string{}
	p.object(func(key string) {
		_, dup := m[key]
		p.failIf(dup, "metadata key %q stands twice", key)
		m[key] = p.string()
	})
	return m
}

func (p *tokens) entry(name string) entry {
	e := entry{name: name}
	seen := map[string]bool{}
	p.object(func(key string) {
		p.failIf(seen[key], "tensor %q: field %q stands twice", name, key)
		seen[key] = true
		switch key {
		case "dtype":
			e.dtype = DType(p.string())
		case "shape":
			for _, n := range p.uints(maxDims) {
				p.failIf(n > maxExtent, "tensor %q: extent %d is too large", name, n)
				e.shape = append(e.shape, int(n))
			}
		case "data_offsets":
			offsets := p.uints(2)
			p.failIf(len(offsets) != 2, "tensor %q: data_offsets are not two numbers", name)
			if p.err == nil {
				e.begin, e.end = offsets[0], offsets[1]
			}
		default:
			p.failIf(true, "tensor %q: unknown field %q", name, key)
		}
	})
	p.failIf(len(seen) != 3, "tensor %q: dtype, shape or data_offsets is missing", name)
	return e
}

// end checks that only padding follows.
func (p *tokens) end(text string) {
	if p.err == nil {
		rest := text[p.dec.InputOffset():]
		p.failIf(strings.Trim(rest, " ") != "", "bytes follow the header's JSON")
	}
}
