package kernel

import "math"

// GELU replaces every x by x Φ(x), the form with the error function, to within
// 1e-6. The values must be finite.
func GELU(x []float32) {
	const call = 1 << 14
	for len(x) > call {
		gelu(x[:call])
		x = x[call:]
	}
	gelu(x)
}

// Constants of GELU: segments per unit, and the greatest float below the range
// of the table.
const (
	geluScale = 8 / 5.5
	geluLimit = 5.4999995
)

func geluGeneric(x []float32) {
	for i, v := range x {
		t := min(max(v, -v), geluLimit)
		s := float32(t * geluScale)
		n := int32(s)
		f := s - float32(n)
		n &= 7
		p := geluCoeff[5][n]
		for d := 4; d >= 0; d-- {
			p = float32(p*f) + geluCoeff[d][n]
		}
		x[i] = max(v, 0) - float32(p*t)
	}
}

// Softmax replaces row[:n] by exp(x - m), m being the greatest of them, and
// returns the sum. Dividing by it is left to the caller, who can often do so
// later for less. The row must have room for Pad(n) values; those from n on
// are overwritten. The relative error of exp is below 1e-6 down to
// exp(-86), where smaller ones stay.
func Softmax(row []float32, n int) float32 {
	row = row[:Pad(n)]
	for i := n; i < len(row); i++ {
		row[i] = math.MaxFloat32 * -1
	}
	if n == 0 {
		return 0
	}
	return softmax(row)
}

// Constants of exp. ln(2) is split so that n times its first part is exact.
const (
	expLowest = -86
	expLog2e  = math.Log2E
	expLn2Hi  = 0.693359375
	expLn2Lo  = -2.12194440e-4
)

func expGeneric(x float32) float32 {
	x = max(x, expLowest)
	n := float32(x*expLog2e) + roundMagic - roundMagic
	r := x - float32(n*expLn2Hi)
	r -= float32(n * expLn2Lo)
	p := expCoeff[5]
	for d := 4; d >= 0; d-- {
		p = float32(p*r) + expCoeff[d]
	}
	return math.Float32frombits(math.Float32bits(p) + uint32(int32(n))<<23)
}

func softmaxGeneric(row []float32) float32 {
	peak := row[0]
	for _, v := range row {
		peak = max(peak, v)
	}
	var sum [lanes]float32
	for i, v := range row {
		e := expGeneric(v - peak)
		row[i] = e
		sum[i%lanes] += e
	}
	return fold(&sum)
}

// fold adds the lanes in halves: the fixed order of every sum over a row.
func fold(lane *[lanes]float32) float32 {
	for half := lanes / 2; half > 0; half /= 2 {
		for l := range half {
			lane[l] += lane[l+half]
		}
	}
	return lane[0]
}

// A LayerNorm normalises rows to mean 0 and variance 1, then scales and shifts
// each value.
type LayerNorm struct {
	Gain, Bias []float32 // one length
	Epsilon    float32   // added to the variance
}

// Add sets x to the normalised x + y, row by row. Rows start at multiples of
// the strides.
func (n *LayerNorm) Add(x []float32, xStride int, y []float32, yStride, rows int) {
	width := len(n.Gain)
	for i := range rows {
		n.addRow(x[i*xStride:][:width], y[i*yStride:][:width])
	}
}

func (n *LayerNorm) addRow(x, y []float32) {
	width := float32(len(x))
	var lane [lanes]float32
	addSum(x, y, &lane)
	mean := fold(&lane) / width
	lane = [lanes]float32{}
	squares(x, mean, &lane)
	variance := fold(&lane) / width
	inverse := 1 / float32(math.Sqrt(float64(variance+n.Epsilon)))
	normalize(x, mean, inverse, n.Gain, n.Bias[:len(x)])
}

// addSumGeneric adds y to x, and the sums to the lanes.
func addSumGeneric(x, y []float32, lane *[lanes]float32) {
	y = y[:len(x)]
	for i := range x {
		x[i] += y[i]
		lane[i%lanes] += x[i]
	}
}

// squaresGeneric adds the squared distances from the mean to the lanes.
func squaresGeneric(x []float32, mean float32, lane *[lanes]float32) {
	for i, v := range x {
		d := v - mean
		lane[i%lanes] += float32(d * d)
	}
}

func normalizeGeneric(x []float32, mean, inverse float32, gain, bias []float32) {
	gain, bias = gain[:len(x)], bias[:len(x)]
	for i, v := range x {
		d := float32((v - mean) * inverse)
		x[i] = float32(d*gain[i]) + bias[i]
	}
}
