package safetensors

import (
	"errors"
	"fmt"
	"math"
)

// Errors that callers branch on.
var (
	// ErrNoTensor: the file has no tensor of the name asked for.
	ErrNoTensor = errors.New("no such tensor")
	// ErrDType: the tensor's element type does not allow the conversion asked for.
	ErrDType = errors.New("element type does not fit")
	// ErrNotFinite: a weight is NaN or infinite.
	ErrNotFinite = errors.New("value is not finite")
)

// Tensor is one named array of a file. Data holds the elements in row-major
// order, little-endian, and shares memory with what was given to [Parse].
type Tensor struct {
	Name  string
	DType DType
	Shape []int // outermost first; empty for a scalar. Not to be modified
	Data  string
}

// Len returns the number of elements.
func (t Tensor) Len() int {
	if size := t.DType.Size(); size > 0 {
		return len(t.Data) / size
	}
	return 0
}

// AppendFloat32 appends the elements of an F32, F16 or BF16 tensor to dst. The
// conversions are exact. Any other element type is [ErrDType].
func (t Tensor) AppendFloat32(dst []float32) ([]float32, error) {
	switch t.DType {
	case F32:
		for i := 0; i+4 <= len(t.Data); i += 4 {
			dst = append(dst, math.Float32frombits(u32(t.Data, i)))
		}
	case F16:
		for i := 0; i+2 <= len(t.Data); i += 2 {
			dst = append(dst, Float16(u16(t.Data, i)).Float32())
		}
	case BF16:
		for i := 0; i+2 <= len(t.Data); i += 2 {
			dst = append(dst, math.Float32frombits(uint32(u16(t.Data, i))<<16))
		}
	default:
		return dst, fmt.Errorf("safetensors: read %q of type %s as float32: %w", t.Name, t.DType, ErrDType)
	}
	return dst, nil
}

// CheckFinite returns [ErrNotFinite] with the first index of a NaN or infinity
// in an F32, F16 or BF16 tensor, and nil for a tensor of another type: integers
// are always finite, and packed blocks are checked by [Q4_0.CheckFinite].
func (t Tensor) CheckFinite() error {
	var width int
	var exponent uint32
	switch t.DType {
	case F32:
		width, exponent = 4, 0x7f800000
	case F16:
		width, exponent = 2, 0x7c00
	case BF16:
		width, exponent = 2, 0x7f80
	default:
		return nil
	}
	for i := 0; i+width <= len(t.Data); i += width {
		bits := uint32(u16(t.Data, i))
		if width == 4 {
			bits = u32(t.Data, i)
		}
		if bits&exponent == exponent {
			return fmt.Errorf("safetensors: check %q: element %d: %w", t.Name, i/width, ErrNotFinite)
		}
	}
	return nil
}

func u16(s string, i int) uint16 { return uint16(s[i]) | uint16(s[i+1])<<8 }

func u32(s string, i int) uint32 {
	return uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24
}
