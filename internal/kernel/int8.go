package kernel

import (
	"math"
	"slices"
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
	sum             []int32   // of the weights of an output
	outliers        []int     // inputs multiplied in float32, ascending
	outlierWeights  []float32 // (len(outliers), Pad(outputs))
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
	lo, hi := valueRange(weights)
	peak := max(-lo, hi)
	scale, inverse := peak/127, 127/peak
	if !(peak > 0) || math.IsInf(float64(inverse), 0) { // too small for an inverse
		scale, inverse = 0, 0
	}
	m.scale[o], m.bias[o] = scale, bias
	m.sum[o] = m.setWeights(o, weights, inverse)
}

// setWeights stores the rounded weights of an output and returns their sum.
func (m *Int8Matrix) setWeights(o int, weights []float32, inverse float32) (sum int32) {
	const bound = 128 // as a zero point it bounds values to a byte
	var buf [256]int16
	panel := m.data[o/lanes*m.quads*64+o%lanes*4:]
	for len(weights) > 0 {
		n := min(len(weights), len(buf))
		quantizeWide(buf[:Pad(n)], weights[:n], inverse, bound)
		for k := 0; k < n; k += 4 {
			q := buf[k : k+4 : k+4]
			p := panel[k*16 : k*16+4 : k*16+4]
			p[0], p[1], p[2], p[3] = int8(q[0]), int8(q[1]), int8(q[2]), int8(q[3])
			sum += int32(q[0]) + int32(q[1]) + int32(q[2]) + int32(q[3])
		}
		weights = weights[n:]
		if len(weights) > 0 {
			panel = panel[n*16:]
		}
	}
	return sum
}

// MaxOutliers is the most inputs that a matrix can multiply in float32.
const MaxOutliers = 8

// SetOutliers makes Multiply take the given inputs, at most [MaxOutliers] and
// ascending, out of the integers: their values do not widen the range of a row,
// and their products are added in float32, one after the other. Weight
// weights[j][o] belongs to input inputs[j] and output o. This is the idea of
// LLM.int8() (Dettmers et al., 2022) for columns known beforehand.
func (m *Int8Matrix) SetOutliers(inputs []int, weights [][]float32) {
	if len(inputs) > MaxOutliers || len(weights) != len(inputs) {
		panic("kernel: SetOutliers: bad number of inputs")
	}
	m.outliers = slices.Clone(inputs)
	m.outlierWeights = Floats(len(inputs) * Pad(m.outputs))
	for j, k := range inputs {
		if k < 0 || k >= m.inputs || j > 0 && k <= inputs[j-1] || len(weights[j]) != m.outputs {
			panic("kernel: SetOutliers: bad input or length")
		}
		copy(m.outlierWeights[j*Pad(m.outputs):], weights[j])
	}
}

// Outliers returns the inputs that SetOutliers named.
func (m *Int8Matrix) Outliers() []int { return slices.Clone(m.outliers) }

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

// Multiply sets c[i*stride+o] to row i of a times output o of m plus its bias,
// for all rows and outputs. Entries between the number of outputs and its Pad,
// which stride must reach, are overwritten with zeros. The order is: exact
// integer sum, rounded to float32, times the output's scale, times the row's
// scale, plus the bias, plus each outlier's product, each step rounded. The
// rows must have been quantised for m.
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
	var sum [lanes]int32
	for p := range Pad(m.outputs) / lanes {
		a.pairs = widenPanel(a.pairs[:0], m.data[p*m.quads*64:][:m.quads*64])
		for i := from; i < to; i++ {
			a.dotPanel(&sum, i, m.sum[p*lanes:])
			m.finish(c[(i-from)*stride+p*lanes:][:lanes], &sum, p, a, i)
		}
	}
}

// finish turns the integer sums of row i and panel p into results.
func (m *Int8Matrix) finish(out []float32, sum *[lanes]int32, p int, a *Int8Rows, i int) {
	scale, bias := m.scale[p*lanes:][:lanes], m.bias[p*lanes:][:lanes]
	for l := range out {
		v := float32(float32(sum[l]) * scale[l])
		out[l] = float32(v*a.scale[i]) + bias[l]
	}
	for j := range m.outliers {
		x := a.outliers[j*len(a.scale)+i]
		for l, w := range m.outlierWeights[j*Pad(m.outputs)+p*lanes:][:lanes] {
			out[l] += float32(x * w)
		}
	}
}

// widenPanel appends a panel with two outputs, 32 bits apart, in one integer:
// one multiplication serves both. A negative low half borrows from the high
// one, which splitPair gives back.
func widenPanel(pairs [][lanes / 2]int64, panel []int8) [][lanes / 2]int64 {
	for ; len(panel) > 0; panel = panel[64:] {
		line := (*[64]int8)(panel)
		for k := range 4 {
			var w [lanes / 2]int64
			for l := range w {
				w[l] = int64(line[8*l+k]) + int64(line[8*l+4+k])<<32
			}
			pairs = append(pairs, w)
		}
	}
	return pairs
}

func splitPair(s int64) (low, high int32) {
	low = int32(s)
	return low, int32((s - int64(low)) >> 32)
}

// dotPanel sets sum to the products of row i with the panel in r.pairs, whose
// sums of weights are given.
func (r *Int8Rows) dotPanel(sum *[lanes]int32, i int, weightSum []int32) {
	var s0, s1, s2, s3, s4, s5, s6, s7 int64
	row := r.wideRow(i)
	for k := range r.pairs {
		x, w := int64(row[k]), &r.pairs[k]
		s0 += x * w[0]
		s1 += x * w[1]
		s2 += x * w[2]
		s3 += x * w[3]
		s4 += x * w[4]
		s5 += x * w[5]
		s6 += x * w[6]
		s7 += x * w[7]
	}
	for l, s := range [lanes / 2]int64{s0, s1, s2, s3, s4, s5, s6, s7} {
		sum[2*l], sum[2*l+1] = splitPair(s)
	}
	if !r.wide {
		for l := range sum {
			sum[l] -= r.zero[i] * weightSum[l]
		}
	}
}

// wideRow returns row i as 16-bit integers.
func (r *Int8Rows) wideRow(i int) []int16 {
	row := r.data[i*r.stride:][:r.stride]
	if r.wide {
		return asInt16(row)
	}
	r.widened = r.widened[:0]
	for _, u := range row {
		r.widened = append(r.widened, int16(u))
	}
	return r.widened
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
