package kernel

// A FloatMatrix holds the weights of a linear layer in float32, packed in
// panels of 16 outputs, in a panel one line of 64 bytes per input.
type FloatMatrix struct {
	outputs, inputs int
	data            []float32 // (Pad(outputs)/16, inputs, 16)
	bias            []float32
	ones            []float32
}

// NewFloatMatrix returns a matrix of zeros. It panics unless there is at least
// one output and one input.
func NewFloatMatrix(outputs, inputs int) *FloatMatrix {
	if outputs < 1 || inputs < 1 {
		panic("kernel: NewFloatMatrix: bad shape")
	}
	padded := Pad(outputs)
	m := &FloatMatrix{
		outputs: outputs,
		inputs:  inputs,
		data:    Floats(padded * inputs),
		bias:    Floats(padded),
		ones:    Floats(callRows(inputs)),
	}
	for i := range m.ones {
		m.ones[i] = 1
	}
	return m
}

// Outputs returns the number of outputs.
func (m *FloatMatrix) Outputs() int { return m.outputs }

// Inputs returns the number of inputs.
func (m *FloatMatrix) Inputs() int { return m.inputs }

// SetOutput stores the weights of one output. Different outputs may be set at
// the same time.
func (m *FloatMatrix) SetOutput(o int, weights []float32, bias float32) {
	if o < 0 || o >= m.outputs || len(weights) != m.inputs {
		panic("kernel: SetOutput: bad output or length")
	}
	panel := m.data[o/lanes*m.inputs*lanes+o%lanes:]
	for k, w := range weights {
		panel[k*lanes] = w
	}
	m.bias[o] = bias
}

// Multiply sets c[i*ldc+o] to row i of a times output o of m plus its bias, as
// [Int8Matrix.Multiply] does. Row i of a starts at i*lda. The products are
// fused with their sums where the tier can: the result is not bit-equal
// between tiers.
func (m *FloatMatrix) Multiply(c []float32, ldc int, a []float32, lda, rows int) {
	if rows == 0 {
		return
	}
	if ldc < Pad(m.outputs) || len(c) < (rows-1)*ldc+Pad(m.outputs) || len(a) < (rows-1)*lda+m.inputs {
		panic("kernel: Multiply: shapes do not fit")
	}
	step := len(m.ones)
	for from := 0; from < rows; from += step {
		p := floatProduct{
			c: c[from*ldc:], ldc: ldc,
			a: a[from*lda:], lda: lda, rows: min(step, rows-from),
			b: m.data, k: m.inputs, panels: Pad(m.outputs) / lanes,
			rowScale: m.ones, bias: m.bias,
		}
		p.runFused()
	}
}

// A floatProduct is c = (a b) * rowScale + bias with b in panels of 16
// columns; c is rows by 16*panels. Products are added in the order of k, each
// step rounded (run) or fused (runFused).
type floatProduct struct {
	c, a, b        []float32
	ldc, lda       int
	rows, k        int
	panels         int
	rowScale, bias []float32 // (rows), (16*panels)
}

// runGeneric is the twin of the assembly.
func (p *floatProduct) runGeneric() {
	for j := range p.panels {
		panel := p.b[j*p.k*lanes:][:p.k*lanes]
		for i := range p.rows {
			out := (*[lanes]float32)(p.c[i*p.ldc+j*lanes:])
			bias := p.bias[j*lanes:][:lanes]
			row := p.a[i*p.lda:][:p.k]
			dotHalf(out[:8], row, panel, p.rowScale[i], bias[:8])
			dotHalf(out[8:], row, panel[8:], p.rowScale[i], bias[8:])
		}
	}
}

// dotHalf sets 8 columns of a row; the lines of the panel are 16 values apart.
func dotHalf(out, row, panel []float32, scale float32, bias []float32) {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	for k, v := range row {
		b := (*[8]float32)(panel[k*lanes:])
		s0 += float32(v * b[0])
		s1 += float32(v * b[1])
		s2 += float32(v * b[2])
		s3 += float32(v * b[3])
		s4 += float32(v * b[4])
		s5 += float32(v * b[5])
		s6 += float32(v * b[6])
		s7 += float32(v * b[7])
	}
	for l, s := range [8]float32{s0, s1, s2, s3, s4, s5, s6, s7} {
		out[l] = float32(s*scale) + bias[l]
	}
}
