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
