package kernel

import (
	"math"
	"unsafe"
)

// Int8Rows holds rows of activations as integers, each with a scale and a zero
// point, in the form that the tier in use multiplies. It is reused from call
// to call and not safe for concurrent use.
type Int8Rows struct {
	rows, inputs int
	stride       int // bytes
	wide         bool
	data         []byte // wide: int16, the value less the zero point; else uint8
	scale        []float32
	zero         []int32
	outliers     []float32 // (MaxOutliers, rows the buffer has room for)

	// Scratch of the portable product.
	pairs   [][lanes / 2]int64
	widened []int16
}

// NewInt8Rows returns room for the given number of rows of at most the given
// number of inputs.
func NewInt8Rows(rows, inputs int) *Int8Rows {
	return &Int8Rows{
		data:  alignedBytes(rows * Pad(inputs) * 2),
		scale: make([]float32, rows),
		zero:  make([]int32, rows),

		outliers: make([]float32, MaxOutliers*rows),
	}
}

// Quantize replaces the content by rows of x for the product with m: row i
// starts at i*stride and has as many values as m has inputs. The range of a
// row, zero included and the outliers of m not, is divided into 255 steps; a
// value is rounded to the nearest, ties to even. The values must be finite. x
// is written to while the call lasts, and as before when it returns.
func (r *Int8Rows) Quantize(m *Int8Matrix, x []float32, stride, rows int) {
	if rows < 0 || rows > len(r.scale) || rows*Pad(m.inputs)*2 > len(r.data) {
		panic("kernel: Quantize: too many rows or inputs")
	}
	r.rows, r.inputs, r.wide = rows, m.inputs, !useVNNI
	r.stride = Pad(m.inputs)
	if r.wide {
		r.stride *= 2
	}
	for i := range rows {
		row := x[i*stride:][:m.inputs]
		for j, k := range m.outliers {
			r.outliers[j*len(r.scale)+i], row[k] = row[k], 0
		}
		r.quantizeRow(i, row)
		for j, k := range m.outliers {
			row[k] = r.outliers[j*len(r.scale)+i]
		}
	}
}

func (r *Int8Rows) quantizeRow(i int, row []float32) {
	lo, hi := valueRange(row)
	scale, inverse, zero := rangeScale(lo, hi)
	r.scale[i], r.zero[i] = scale, zero
	out := r.data[i*r.stride:][:r.stride]
	if r.wide {
		quantizeWide(asInt16(out), row, inverse, zero)
	} else {
		quantizeNarrow(out, row, inverse, zero)
	}
}

// rangeScale returns step, its inverse and the code of zero for the range.
func rangeScale(lo, hi float32) (scale, inverse float32, zero int32) {
	lo, hi = min(lo, 0), max(hi, 0)
	width := hi - lo
	inverse = 255 / width
	if !(width > 0) || math.IsInf(float64(inverse), 0) {
		return 0, 0, 0
	}
	return width / 255, inverse, int32(math.RoundToEven(float64(float32(-lo * inverse))))
}

func asInt16(b []byte) []int16 {
	return unsafe.Slice((*int16)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/2)
}

func valueRangeGeneric(x []float32) (lo, hi float32) {
	for _, v := range x {
		lo, hi = min(lo, v), max(hi, v)
	}
	return lo, hi
}

func quantizeWideGeneric(dst []int16, x []float32, inverse float32, zero int32) {
	for i, v := range x {
		dst[i] = int16(min(255, max(0, roundInt32(float32(v*inverse))+zero)) - zero)
	}
	clear(dst[len(x):])
}

func quantizeNarrowGeneric(dst []byte, x []float32, inverse float32, zero int32) {
	for i, v := range x {
		dst[i] = byte(min(255, max(0, roundInt32(float32(v*inverse))+zero)))
	}
	clear(dst[len(x):])
}

// roundMagic is 1.5 * 2^23: adding it leaves a float of magnitude below 2^22
// rounded to an integer, ties to even, in the low bits.
const roundMagic = 12582912

// roundInt32 rounds values of magnitude below 2^22, ties to even.
func roundInt32(x float32) int32 {
	return int32(math.Float32bits(x+roundMagic) - math.Float32bits(roundMagic))
}
