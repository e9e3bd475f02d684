package hnsw

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/seed4837efcb/groundwork"
)

// A decoder takes values off the front of bytes. Past their end it fails once
// and for all and gives zeros, so that callers check once.
type decoder struct {
	rest   []byte
	failed bool
}

func (d *decoder) fail() { d.rest, d.failed = nil, true }

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.fail()
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) byte() byte {
	if b := d.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) int() int {
	v, n := binary.Varint(d.rest)
	if n <= 0 || int64(int(v)) != v {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return int(v)
}

func (d *decoder) string() string { return string(d.take(d.uvarint())) }

func (d *decoder) uint32() uint32 {
	if b := d.take(4); len(b) == 4 {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); len(b) == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// count reads a list's length; every element takes at least one byte, so a
// length beyond what is left is damage and allocates nothing.
func (d *decoder) count() (n int, isNil bool) {
	v := d.uvarint()
	if v == 0 {
		return 0, true
	}
	if v-1 > uint64(len(d.rest)) {
		d.fail()
		return 0, true
	}
	return int(v - 1), false
}

func (d *decoder) strings() []string {
	n, isNil := d.count()
	if isNil {
		return nil
	}
	out := make([]string, 0, n)
	for range n {
		out = append(out, d.string())
	}
	return out
}

func (d *decoder) span() groundwork.Span { return groundwork.Span{Start: d.int(), End: d.int()} }

// decodeOrigin sets what c has of its document.
func decodeOrigin(c *groundwork.Chunk, data []byte) error {
	d := decoder{rest: data}
	c.DocumentID, c.URI, c.Title, c.MIME, c.Revision = d.string(), d.string(), d.string(), d.string(), d.string()
	if n, isNil := d.count(); !isNil {
		c.Metadata = make(groundwork.Metadata, min(n, 64))
		for range n {
			k := d.string()
			c.Metadata[k] = d.value()
		}
	}
	if d.failed || len(d.rest) > 0 {
		return errFormat
	}
	return nil
}

func (d *decoder) value() any {
	switch d.byte() {
	case valueString:
		return d.string()
	case valueFalse:
		return false
	case valueTrue:
		return true
	case valueNumber:
		return math.Float64frombits(d.uint64())
	case valueTime:
		return time.UnixMicro(int64(d.uint64())).UTC()
	case valueList:
		return d.strings()
	}
	d.fail()
	return nil
}

// decodePassage sets what c has of its own.
func decodePassage(c *groundwork.Chunk, data []byte) error {
	d := decoder{rest: data}
	copy(c.Key[:], d.take(uint64(len(c.Key))))
	c.Text = d.string()
	c.Span = d.span()
	if n, isNil := d.count(); !isNil {
		c.Lead = make([]groundwork.Span, 0, n)
		for range n {
			c.Lead = append(c.Lead, d.span())
		}
	}
	c.Headings = d.strings()
	if n, isNil := d.count(); !isNil {
		c.Marks = make([]groundwork.Mark, 0, n)
		for range n {
			m := groundwork.Mark{Kind: groundwork.MarkKind(d.byte()), Offset: d.int(), Number: d.int()}
			m.Label = d.string()
			c.Marks = append(c.Marks, m)
		}
	}
	if d.failed || len(d.rest) > 0 {
		return errFormat
	}
	return nil
}
