package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// sameBits reports the first difference of two rows of floats.
func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: value %d is %v (%#x), want %v (%#x)", what, i,
				got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
		}
	}
}

func randMatrix(r *rand.Rand, outputs, inputs int) (*Int8Matrix, [][]float32, []float32) {
	m := NewInt8Matrix(outputs, inputs)
	weights, bias := make([][]float32, outputs), randFloats(r, outputs)
	for o := range weights {
		weights[o] = randFloats(r, inputs)
		m.SetOutput(o, weights[o], bias[o])
	}
	return m, weights, bias
}

// setRandOutliers takes up to MaxOutliers inputs out of the integers.
func setRandOutliers(r *rand.Rand, m *Int8Matrix, weights [][]float32) {
	inputs := r.Perm(m.inputs)[:r.IntN(min(m.inputs, MaxOutliers)+1)]
	slices.Sort(inputs)
	columns := make([][]float32, len(inputs))
	for j, k := range inputs {
		for _, w := range weights {
			columns[j] = append(columns[j], w[k])
		}
	}
	m.SetOutliers(inputs, columns)
}

// multiplyPlain is the definition of Multiply over the quantised values,
// independent of packing and of the form of the rows.
func multiplyPlain(m *Int8Matrix, x []float32, stride, rows int) []float32 {
	c := make([]float32, rows*Pad(m.outputs))
	for i := range rows {
		row := slices.Clone(x[i*stride:][:m.inputs])
		for _, k := range m.outliers {
			row[k] = 0
		}
		lo, hi := valueRangeGeneric(row)
		scale, inverse, zero := rangeScale(lo, hi)
		for o := range m.outputs {
			sum := int64(0)
			for k, v := range row {
				u := min(255, max(0, int64(math.RoundToEven(float64(v*inverse)))+int64(zero)))
				w := m.data[o/16*m.quads*64+k/4*64+o%16*4+k%4]
				sum += (u - int64(zero)) * int64(w)
			}
			f := float32(float32(float32(int32(sum))*m.scale[o]) * scale)
			f += m.bias[o]
			for j, k := range m.outliers {
				f += float32(x[i*stride+k] * m.outlierWeights[j*Pad(m.outputs)+o])
			}
			c[i*Pad(m.outputs)+o] = f
		}
	}
	return c
}

func TestInt8ProductHasTheBitsOfItsDefinition(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		r := newRand(t)
		for _, inputs := range []int{1, 2, 3, 4, 5, 15, 16, 17, 31, 48, 63, 64, 65, 100, 128, 312, 384} {
			for _, outputs := range []int{1, 8, 15, 16, 17, 63, 64, 65, 80, 130} {
				m, w, _ := randMatrix(r, outputs, inputs)
				setRandOutliers(r, m, w)
				rows := r.IntN(14)
				stride := inputs + r.IntN(3)
				x := randFloats(r, rows*stride+1)
				a, before := NewInt8Rows(rows+2, inputs), slices.Clone(x)
				a.Quantize(m, x, stride, rows)
				ldc := Pad(outputs) + 16*r.IntN(2)
				c := make([]float32, rows*ldc)
				m.Multiply(c, ldc, a)
				sameBits(t, "source after Quantize", x, before)
				want := multiplyPlain(m, x, stride, rows)
				for i := range rows {
					sameBits(t, fmt.Sprintf("%dx%d row %d of %d", outputs, inputs, i, rows),
						c[i*ldc:][:Pad(outputs)], want[i*Pad(outputs):][:Pad(outputs)])
				}
			}
		}
	})
}

func TestInt8ProductTakesManyRowsInSeveralCalls(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		r := newRand(t)
		const rows, inputs, outputs = 205, 96, 48
		m, _, _ := randMatrix(r, outputs, inputs)
		x := randFloats(r, rows*inputs)
		a := NewInt8Rows(rows, inputs)
		a.Quantize(m, x, inputs, rows)
		c := make([]float32, rows*outputs)
		m.Multiply(c, outputs, a)
		sameBits(t, "product", c, multiplyPlain(m, x, inputs, rows))
	})
}

func TestInt8ProductDoesNotOverflowOrSaturate(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		const inputs = maxInputs
		m := NewInt8Matrix(16, inputs)
		w, x := make([]float32, inputs), make([]float32, inputs)
		for i := range w {
			w[i], x[i] = 1, 1
		}
		for o := range 16 {
			m.SetOutput(o, w, 0)
			w[0] = -w[0]
		}
		a, c := NewInt8Rows(1, inputs), make([]float32, 16)
		a.Quantize(m, x, inputs, 1)
		m.Multiply(c, 16, a)
		sameBits(t, "product", c, multiplyPlain(m, x, inputs, 1))
		if c[0] < 65000 || c[0] > 66000 {
			t.Errorf("the sum of 65,536 ones is %v", c[0])
		}
	})
}

func TestInt8ProductIsNearTheFloatProduct(t *testing.T) {
	r := newRand(t)
	const rows, inputs, outputs = 7, 384, 32
	m, w, bias := randMatrix(r, outputs, inputs)
	x := randFloats(r, rows*inputs)
	a, c := NewInt8Rows(rows, inputs), make([]float32, rows*outputs)
	a.Quantize(m, x, inputs, rows)
	m.Multiply(c, outputs, a)
	var off, size float64
	for i := range rows {
		for o := range outputs {
			want := float64(bias[o])
			for k := range inputs {
				want += float64(x[i*inputs+k]) * float64(w[o][k])
			}
			off += math.Pow(float64(c[i*outputs+o])-want, 2)
			size += want * want
		}
	}
	if rel := math.Sqrt(off / size); rel > 0.015 {
		t.Errorf("relative error %.4f of normal data", rel)
	}
}

func TestOutliersDoNotWidenTheRange(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		r := newRand(t)
		const inputs, outputs, rows = 384, 32, 7
		m, w, bias := randMatrix(r, outputs, inputs)
		columns := make([][]float32, 2)
		for o := range w {
			columns[0] = append(columns[0], w[o][5])
			columns[1] = append(columns[1], w[o][380])
		}
		m.SetOutliers([]int{5, 380}, columns)
		x := randFloats(r, rows*inputs)
		for i := range rows {
			x[i*inputs+5], x[i*inputs+380] = 300, -1000
		}
		a, c := NewInt8Rows(rows, inputs), make([]float32, rows*outputs)
		a.Quantize(m, x, inputs, rows)
		m.Multiply(c, outputs, a)
		for i := range rows {
			for o := range outputs {
				want := float64(bias[o])
				for k := range inputs {
					want += float64(x[i*inputs+k]) * float64(w[o][k])
				}
				if math.Abs(float64(c[i*outputs+o])-want) > 2 {
					t.Fatalf("row %d output %d: got %v, want %v", i, o, c[i*outputs+o], want)
				}
			}
		}
	})
}

func TestQuantizeKeepsZeroAndTheEnds(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		for _, row := range [][]float32{
			{0, 0, 0}, {1, 2, 3}, {-3, -2, -1}, {-1, 0, 254}, {1e-30, -1e-30, 0},
			{3e38, -3e38, 0}, {1e-45, 0, 0}, {0, -0.17, 11.5},
		} {
			x := make([]float32, 40)
			copy(x[17:], row)
			a := NewInt8Rows(1, 40)
			a.Quantize(NewInt8Matrix(1, 40), x, 40, 1)
			lo, hi := valueRangeGeneric(x)
			for i, v := range x {
				q := int32(a.data[i]) - a.zero[0]
				if a.wide {
					q = int32(asInt16(a.data)[i])
				}
				got := float64(q) * float64(a.scale[0])
				step := (float64(hi) - float64(lo)) / 255
				if math.IsInf(step, 0) || math.IsInf(float64(hi-lo), 0) {
					continue // a range beyond float32 is quantised to zero
				}
				if math.Abs(got-float64(v)) > step*1.01+1e-38 {
					t.Errorf("%v: value %v became %v, step %v", row, v, got, step)
				}
				if v == 0 && q != 0 {
					t.Errorf("%v: zero became %d", row, q)
				}
			}
		}
	})
}

func TestQuantizeMatchesItsTwinAtEveryLengthAndOffset(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		r := newRand(t)
		x := randFloats(r, 400)
		wide, narrow := make([]int16, 400), make([]byte, 400)
		for n := range 310 {
			for _, off := range []int{0, 1, 7, 63} {
				row := x[off : off+n]
				lo, hi := valueRange(row)
				if wl, wh := valueRangeGeneric(row); lo != wl || hi != wh {
					t.Fatalf("n=%d: range %v %v, want %v %v", n, lo, hi, wl, wh)
				}
				_, inverse, zero := rangeScale(lo*0.9, hi*0.9) // some values clipped
				padded := Pad(n)
				quantizeWide(wide[off:][:padded], row, inverse, zero)
				quantizeNarrow(narrow[off:][:padded], row, inverse, zero)
				w, b := make([]int16, padded), make([]byte, padded)
				quantizeWideGeneric(w, row, inverse, zero)
				quantizeNarrowGeneric(b, row, inverse, zero)
				for i := range padded {
					if wide[off+i] != w[i] || narrow[off+i] != b[i] {
						t.Fatalf("n=%d value %d: got %d and %d, want %d and %d", n, i, wide[off+i], narrow[off+i], w[i], b[i])
					}
				}
			}
		}
	})
}

func TestSetOutputRoundsToNearest(t *testing.T) {
	m := NewInt8Matrix(1, 4)
	m.SetOutput(0, []float32{127, -127, 0.5, 1.5}, 3)
	if got := fmt.Sprint(m.data[:4], m.scale[0], m.bias[0], m.sum[0]); got != "[127 -127 0 2] 1 3 2" {
		t.Errorf("got %s", got)
	}
	m.SetOutput(0, []float32{0, 0, 0, 0}, 0)
	if m.scale[0] != 0 || m.sum[0] != 0 {
		t.Errorf("zero weights have scale %v and sum %d", m.scale[0], m.sum[0])
	}
}

func BenchmarkInt8Product(b *testing.B) {
	shapes := []struct{ rows, outputs, inputs int }{
		{96, 1152, 384}, {96, 384, 384}, {96, 1536, 384}, {96, 384, 1536}, {20, 384, 1536},
	}
	for _, tier := range Tiers() {
		for _, s := range shapes {
			b.Run(fmt.Sprintf("%v/%dx%dx%d", tier, s.rows, s.outputs, s.inputs), func(b *testing.B) {
				defer Mask(tier)()
				r := rand.New(rand.NewPCG(1, 2))
				m, _, _ := randMatrix(r, s.outputs, s.inputs)
				a := NewInt8Rows(s.rows, s.inputs)
				a.Quantize(m, randFloats(r, s.rows*s.inputs), s.inputs, s.rows)
				c := Floats(s.rows * s.outputs)
				for b.Loop() {
					m.Multiply(c, s.outputs, a)
				}
				macs := float64(s.rows) * float64(s.outputs) * float64(s.inputs)
				b.ReportMetric(macs*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
			})
		}
	}
}

func BenchmarkQuantize(b *testing.B) {
	for _, tier := range Tiers() {
		b.Run(tier.String(), func(b *testing.B) {
			defer Mask(tier)()
			r := rand.New(rand.NewPCG(1, 2))
			x, a, m := randFloats(r, 1536), NewInt8Rows(1, 1536), NewInt8Matrix(1, 1536)
			b.SetBytes(4 * 1536)
			for b.Loop() {
				a.Quantize(m, x, 1536, 1)
			}
		})
	}
}
