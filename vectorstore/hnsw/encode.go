package hnsw

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// uuid is the binary form of a canonical id. Its order is that of the text.
type uuid [16]byte

// parseID returns the binary form of a canonical UUID.
func parseID(s string) (u uuid, ok bool) {
	if !groundwork.IsID(s) {
		return u, false
	}
	b := make([]byte, 0, 32)
	b = append(append(append(append(append(b, s[0:8]...), s[9:13]...), s[14:18]...), s[19:23]...), s[24:]...)
	_, err := hex.Decode(u[:], b)
	return u, err == nil
}

// mustID is parseID for an id that was validated.
func mustID(s string) uuid {
	u, _ := parseID(s)
	return u
}

func (u uuid) String() string {
	var out [36]byte
	hex.Encode(out[0:8], u[0:4])
	hex.Encode(out[9:13], u[4:6])
	hex.Encode(out[14:18], u[6:8])
	hex.Encode(out[19:23], u[8:10])
	hex.Encode(out[24:36], u[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// The body of an upsert: format 1 byte, zeros 3, then as 32-bit numbers the
// build, the length of the origin, the dimension (0 without a vector); then the
// origin, the vector, and the passage. The origin is what a chunk has of its
// document; chunks of one document have equal bytes there.
const (
	upsertFormat = 1
	upsertHeader = 16
)

var errFormat = errors.New("unknown or damaged encoding")

func appendUpsert(dst []byte, build uint32, origin string, vector []float32, c *groundwork.Chunk) []byte {
	le := binary.LittleEndian
	dst = append(dst, upsertFormat, 0, 0, 0)
	dst = le.AppendUint32(dst, build)
	dst = le.AppendUint32(dst, uint32(len(origin)))
	dst = le.AppendUint32(dst, uint32(len(vector)))
	dst = append(dst, origin...)
	for _, x := range vector {
		dst = le.AppendUint32(dst, math.Float32bits(x))
	}
	return appendPassage(dst, c)
}

// upsert is a parsed body; its parts alias it.
type upsert struct {
	build   uint32
	origin  []byte
	vector  []byte // 4 bytes a component
	passage []byte
}

func parseUpsert(body []byte) (u upsert, err error) {
	if len(body) > 0 && body[0] > upsertFormat {
		return u, fmt.Errorf("record of format %d: %w", body[0], vectorstore.ErrVersion)
	}
	if len(body) < upsertHeader || body[0] != upsertFormat {
		return u, errFormat
	}
	le := binary.LittleEndian
	u.build = le.Uint32(body[4:])
	origin, dim := uint64(le.Uint32(body[8:])), uint64(le.Uint32(body[12:]))
	rest := body[upsertHeader:]
	if origin+4*dim > uint64(len(rest)) {
		return u, errFormat
	}
	u.origin, u.vector, u.passage = rest[:origin], rest[origin:origin+4*dim], rest[origin+4*dim:]
	return u, nil
}

// floats appends the numbers of a parsed vector to dst.
func floats(dst []float32, vector []byte) []float32 {
	for ; len(vector) >= 4; vector = vector[4:] {
		dst = append(dst, math.Float32frombits(binary.LittleEndian.Uint32(vector)))
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// appendCount writes the length of a list so that nil and empty differ.
func appendCount(dst []byte, n int, isNil bool) []byte {
	if isNil {
		return append(dst, 0)
	}
	return binary.AppendUvarint(dst, uint64(n)+1)
}

// appendOrigin writes what c has of its document.
func appendOrigin(dst []byte, c *groundwork.Chunk) []byte {
	for _, s := range []string{c.DocumentID, c.URI, c.Title, c.MIME, c.Revision} {
		dst = appendString(dst, s)
	}
	dst = appendCount(dst, len(c.Metadata), c.Metadata == nil)
	keys := make([]string, 0, len(c.Metadata))
	for k := range c.Metadata {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		dst = appendValue(appendString(dst, k), c.Metadata[k])
	}
	return dst
}

// The kinds of metadata values; others were refused before.
const (
	valueString = iota + 1
	valueFalse
	valueTrue
	valueNumber
	valueTime
	valueList
)

func appendValue(dst []byte, v any) []byte {
	le := binary.LittleEndian
	switch v := v.(type) {
	case string:
		return appendString(append(dst, valueString), v)
	case bool:
		if v {
			return append(dst, valueTrue)
		}
		return append(dst, valueFalse)
	case float64:
		return le.AppendUint64(append(dst, valueNumber), math.Float64bits(v))
	case time.Time:
		return le.AppendUint64(append(dst, valueTime), uint64(v.UnixMicro()))
	case []string:
		dst = appendCount(append(dst, valueList), len(v), v == nil)
		for _, s := range v {
			dst = appendString(dst, s)
		}
	}
	return dst
}

func appendPassage(dst []byte, c *groundwork.Chunk) []byte {
	dst = append(dst, c.Key[:]...)
	dst = appendString(dst, c.Text)
	dst = appendSpan(dst, c.Span)
	dst = appendCount(dst, len(c.Lead), c.Lead == nil)
	for _, s := range c.Lead {
		dst = appendSpan(dst, s)
	}
	dst = appendCount(dst, len(c.Headings), c.Headings == nil)
	for _, h := range c.Headings {
		dst = appendString(dst, h)
	}
	dst = appendCount(dst, len(c.Marks), c.Marks == nil)
	for _, m := range c.Marks {
		dst = append(dst, byte(m.Kind))
		dst = binary.AppendVarint(dst, int64(m.Offset))
		dst = binary.AppendVarint(dst, int64(m.Number))
		dst = appendString(dst, m.Label)
	}
	return dst
}

func appendSpan(dst []byte, s groundwork.Span) []byte {
	return binary.AppendVarint(binary.AppendVarint(dst, int64(s.Start)), int64(s.End))
}
