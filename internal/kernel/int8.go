package kernel

import (
	"math"
	"unsafe"
)

// maxInputs bounds the inputs of an integer matrix so that no sum overflows:
// 255 * 127 * 65,536 < 2^31.
const maxInputs = 1 << 16

// An Int8Matrix holds the weights of a linear layer as 8-bit integers with one
// scale per output, packed for the products of every tier: panels of 16
// outputs, in a panel lines of 64 bytes with 4 inputs of each output.
type Int8Matrix struct {
	outputs, inputs int
	quads           int    // lines of a panel
	data            []int8 // (Pad(outputs)/16, quads, 16, 4)
	scale, bias     []float32
	sum             []int32 // of the weights of an output
}

// NewInt8Matrix returns a matrix of zeros. It panics unless there is at least
// one output and between one and 65,536 inputs.
func NewInt8Matrix(outputs, inputs int) *Int8Matrix {
	if outputs < 1 || inputs < 1 || inputs > maxInputs {
		panic("kernel: NewInt8Matrix: bad shape")
	}
	padded, quads := Pad(outputs), Pad(inputs)/4
	data := alignedBytes(padded * quads * 4)
	return &Int8Matrix{
		outputs: outputs,
		inputs:  inputs,
		quads:   quads,
		data:    unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(data))), len(data)),
		scale:   Floats(padded),
		bias:    Floats(padded),
		sum:     make([]int32, padded),
	}
}

// Outputs returns the number of outputs.
func (m *Int8Matrix) Outputs() int { return m.outputs }

// Inputs returns the number of inputs.
func (m *Int8Matrix) Inputs() int { return m.inputs }

// SetOutput quantises the weights of one output, symmetrically to ±127 by
// their largest magnitude. Different outputs may be set at the same time.
// Weights and bias must be finite.
func (m *Int8Matrix) SetOutput(o int, weights []float32, bias float32) {
	if o < 0 || o >= m.outputs || len(weights) != m.inputs {
		panic("kernel: SetOutput: bad output or length")
	}
	peak := float32(0)
	for _, w := range weights {
		peak = max(peak, max(w, -w))
	}
	scale, inverse := peak/127, float32(0)
	if scale > 0 {
		inverse = 127 / peak
	}
	if math.IsInf(float64(inverse), 0) { // weights too small for their inverse
		scale, inverse = 0, 0
	}
	panel := m.data[o/lanes*m.quads*64+o%lanes*4:]
	sum := int32(0)
	for k, w := range weights {
		q := roundInt8(float32(w * inverse))
		panel[k/4*64+k%4] = q
		sum += int32(q)
	}
	m.scale[o], m.bias[o], m.sum[o] = scale, bias, sum
}

// roundMagic is 1.5 * 2^23: adding it leaves a float of magnitude below 2^22
// rounded to an integer, ties to even, in the low bits.
const roundMagic = 12582912

func roundInt8(x float32) int8 {
	return int8(math.Float32bits(x+roundMagic) - math.Float32bits(roundMagic))
}

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
}

// NewInt8Rows returns room for the given number of rows of at most the given
// number of inputs.
func NewInt8Rows(rows, inputs int) *Int8Rows {
	return &Int8Rows{
		data:  alignedBytes(rows * Pad(inputs) * 2),
		scale: make([]float32, rows),
		zero:  make([]int32, rows),
	}
}

// Quantize replaces the content by rows of x, of which row i starts at
// i*stride and has inputs values. The range of a row, zero included, is
// divided into 255 steps; a value is rounded to the nearest, ties to even.
// The values must be finite.
func (r *Int8Rows) Quantize(x []float32, stride, rows, inputs int) {
	if rows < 0 || inputs < 1 || rows > len(r.scale) || rows*Pad(inputs)*2 > len(r.data) {
		panic("kernel: Quantize: too many rows or inputs")
	}
	r.rows, r.inputs, r.wide = rows, inputs, !useVNNI
	r.stride = Pad(inputs)
	if r.wide {
		r.stride *= 2
	}
	for i := range rows {
		row := x[i*stride:][:inputs]
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

// Multiply sets c[i*stride+o] to row i of a times output o of m plus its bias,
// for all rows and outputs. Entries between the number of outputs and its Pad,
// which stride must reach, are overwritten with zeros. The order is: exact
// integer sum, rounded to float32, times the output's scale, times the row's
// scale, plus the bias, each rounded.
func (m *Int8Matrix) Multiply(c []float32, stride int, a *Int8Rows) {
	if a.rows == 0 {
		return
	}
	if a.inputs != m.inputs || stride < Pad(m.outputs) || len(c) < (a.rows-1)*stride+Pad(m.outputs) {
		panic("kernel: Multiply: shapes do not fit")
	}
	step := callRows(m.quads * 4)
	for from := 0; from < a.rows; from += step {
		m.multiplyRows(c[from*stride:], stride, a, from, min(a.rows, from+step))
	}
}

// callRows returns how many rows one assembly call may take: under 3 million
// products per 16 outputs, which is 50 µs at the least speed seen.
func callRows(inputs int) int { return min(96, max(6, 3<<20/(lanes*inputs))) }

// multiplyGeneric is the twin of the assembly: rows [from, to) into c.
func (m *Int8Matrix) multiplyGeneric(c []float32, stride int, a *Int8Rows, from, to int) {
	for p := range Pad(m.outputs) / lanes {
		panel := m.data[p*m.quads*64:][:m.quads*64]
		scale, bias, sum := m.scale[p*lanes:], m.bias[p*lanes:], m.sum[p*lanes:]
		for i := from; i < to; i++ {
			var acc [lanes]int32
			a.dotPanel(&acc, i, panel)
			if !a.wide {
				for l := range acc {
					acc[l] -= a.zero[i] * sum[l]
				}
			}
			out := c[(i-from)*stride+p*lanes:][:lanes]
			for l := range out {
				v := float32(float32(acc[l]) * scale[l])
				out[l] = float32(v*a.scale[i]) + bias[l]
			}
		}
	}
}

// dotPanel adds the products of row i with the 16 outputs of a panel.
func (r *Int8Rows) dotPanel(acc *[lanes]int32, i int, panel []int8) {
	row := r.data[i*r.stride:][:r.stride]
	if r.wide {
		wide := asInt16(row)
		for k := 0; k < len(wide); k += 4 {
			q := wide[k : k+4 : k+4]
			dotQuad(acc, int32(q[0]), int32(q[1]), int32(q[2]), int32(q[3]), (*[64]int8)(panel[k*16:]))
		}
		return
	}
	for k := 0; k < len(row); k += 4 {
		q := row[k : k+4 : k+4]
		dotQuad(acc, int32(q[0]), int32(q[1]), int32(q[2]), int32(q[3]), (*[64]int8)(panel[k*16:]))
	}
}

func dotQuad(acc *[lanes]int32, a0, a1, a2, a3 int32, w *[64]int8) {
	for l := range acc {
		acc[l] += a0*int32(w[4*l]) + a1*int32(w[4*l+1]) + a2*int32(w[4*l+2]) + a3*int32(w[4*l+3])
	}
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

// roundInt32 rounds values of magnitude below 2^22, ties to even.
func roundInt32(x float32) int32 {
	return int32(math.Float32bits(x+roundMagic) - math.Float32bits(roundMagic))
}
