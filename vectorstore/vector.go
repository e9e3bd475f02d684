package vectorstore

import (
	"encoding/binary"
	"fmt"
	"math"
)

// EncodeVector returns a vector as the value of a State row that a record's
// VectorRow may name: its components as little-endian float32s.
func EncodeVector(v []float32) []byte {
	out := make([]byte, 0, 4*len(v))
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

// DecodeVector appends to dst the vector that EncodeVector wrote. One that
// cannot be stored in Space s is ErrDimension or ErrVector.
func DecodeVector(dst []float32, data []byte, s Space) ([]float32, error) {
	if len(data) != 4*s.Dim {
		return dst, fmt.Errorf("%w: %d bytes instead of %d", ErrDimension, len(data), 4*s.Dim)
	}
	start := len(dst)
	for ; len(data) > 0; data = data[4:] {
		dst = append(dst, math.Float32frombits(binary.LittleEndian.Uint32(data)))
	}
	return dst, CheckVector(dst[start:], s)
}
