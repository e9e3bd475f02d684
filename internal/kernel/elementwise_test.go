package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestGELUIsNearTheErrorFunction(t *testing.T) {
	var worst float64
	for v := -30.0; v < 30; v += 0.00171 {
		x := []float32{float32(v)}
		GELU(x)
		exact := float64(float32(v))
		exact *= 0.5 * math.Erfc(-exact/math.Sqrt2)
		worst = max(worst, math.Abs(float64(x[0])-exact)-math.Abs(exact)*6e-8)
	}
	if worst > 5e-7 {
		t.Errorf("error %g", worst)
	}
}

func TestGELUHasTheBitsOfItsTwin(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		r := newRand(t)
		x := randFloats(r, 1<<15+77)
		for i := range x {
			x[i] *= 3
		}
		copy(x, []float32{0, float32(math.Copysign(0, -1)), 5.5, -5.5, 5.4999995, 1e30, -1e30, 1e-40, -1e-40})
		for n := range 310 {
			for off := range 8 {
				got, want := slices.Clone(x[off:off+n]), slices.Clone(x[off:off+n])
				GELU(got)
				geluGeneric(want)
				sameBits(t, fmt.Sprintf("n=%d", n), got, want)
			}
		}
		got, want := slices.Clone(x), slices.Clone(x)
		GELU(got)
		geluGeneric(want)
		sameBits(t, "long", got, want)
	})
}

func TestSoftmaxHasTheBitsOfItsTwin(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		r := newRand(t)
		for n := range 310 {
			got := make([]float32, Pad(n)+3)
			for i := range got {
				got[i] = float32(r.NormFloat64() * 30)
			}
			want := slices.Clone(got)
			sum := Softmax(got, n)
			var twin float32
			if n > 0 {
				for i := n; i < Pad(n); i++ {
					want[i] = -math.MaxFloat32
				}
				twin = softmaxGeneric(want[:Pad(n)])
			}
			sameBits(t, fmt.Sprintf("n=%d", n), append(got, sum), append(want, twin))
		}
	})
}

func TestSoftmaxIsNearExp(t *testing.T) {
	r := newRand(t)
	row := make([]float32, 304)
	for range 200 {
		x := make([]float64, 300)
		for i := range x {
			row[i] = float32(r.NormFloat64() * 20)
			x[i] = float64(row[i])
		}
		sum, peak, want := Softmax(row, 300), slices.Max(x), 0.0
		for i := range x {
			e := math.Exp(max(float64(float32(x[i])-float32(peak)), -86))
			want += e
			if rel := math.Abs(float64(row[i])-e) / e; rel > 1e-6 {
				t.Fatalf("exp(%v) = %v, relative error %g", x[i]-peak, row[i], rel)
			}
		}
		if math.Abs(float64(sum)-want) > 1e-5*want {
			t.Fatalf("sum %v, want %v", sum, want)
		}
	}
}

func TestLayerNormHasTheBitsOfItsTwin(t *testing.T) {
	r := newRand(t)
	for n := 1; n < 310; n++ {
		norm := LayerNorm{Gain: randFloats(r, n), Bias: randFloats(r, n), Epsilon: 1e-12}
		x, y := randFloats(r, 3*n+1), randFloats(r, 3*n+1)
		results := make([][]float32, 0, 3)
		for _, tier := range Tiers() {
			restore := Mask(tier)
			got := slices.Clone(x)
			norm.Add(got[1:], n, y[1:], n, 3)
			results = append(results, got)
			restore()
		}
		for _, got := range results[1:] {
			sameBits(t, fmt.Sprintf("n=%d", n), got, results[0])
		}
	}
}

func TestLayerNormIsThatOfTheDefinition(t *testing.T) {
	r := newRand(t)
	const n = 384
	norm := LayerNorm{Gain: randFloats(r, n), Bias: randFloats(r, n), Epsilon: 1e-5}
	x, y := randFloats(r, n), randFloats(r, n)
	got := slices.Clone(x)
	norm.Add(got, n, y, n, 1)
	var mean, variance float64
	for i := range x {
		mean += float64(x[i]) + float64(y[i])
	}
	mean /= n
	for i := range x {
		variance += math.Pow(float64(x[i])+float64(y[i])-mean, 2)
	}
	variance /= n
	for i := range x {
		want := (float64(x[i])+float64(y[i])-mean)/math.Sqrt(variance+1e-5)*float64(norm.Gain[i]) + float64(norm.Bias[i])
		if math.Abs(float64(got[i])-want) > 2e-5 {
			t.Fatalf("value %d: got %v, want %v", i, got[i], want)
		}
	}
}

func attentionPlain(q, k, v []float32, stride, n, dim int) []float64 {
	out := make([]float64, n*dim)
	for i := range n {
		weights, sum := make([]float64, n), 0.0
		for j := range n {
			s := 0.0
			for d := range dim {
				s += float64(q[i*stride+d]) * float64(k[j*stride+d])
			}
			weights[j] = math.Exp(s)
			sum += weights[j]
		}
		for j := range n {
			for d := range dim {
				out[i*dim+d] += weights[j] / sum * float64(v[j*stride+d])
			}
		}
	}
	return out
}

func TestAttentionIsThatOfTheDefinitionAndEqualOnAllTiers(t *testing.T) {
	r := newRand(t)
	for _, dim := range []int{1, 8, 16, 26, 32, 64} {
		for _, n := range []int{0, 1, 2, 15, 16, 17, 47, 48, 49, 100, 130} {
			stride := 3*dim + 1
			x := randFloats(r, n*stride+3*dim)
			for i := range x {
				x[i] *= 0.5
			}
			want := attentionPlain(x, x[dim:], x[2*dim:], stride, n, dim)
			var first []float32
			for _, tier := range Tiers() {
				restore := Mask(tier)
				a := NewAttention(130, dim)
				got := make([]float32, n*dim)
				a.Head(got, dim, x, x[dim:], x[2*dim:], stride, n)
				restore()
				if first == nil {
					first = got
				}
				sameBits(t, fmt.Sprintf("%v dim=%d n=%d", tier, dim, n), got, first)
				for i := range want {
					if math.Abs(float64(got[i])-want[i]) > 1e-4 {
						t.Fatalf("%v dim=%d n=%d: value %d is %v, want %v", tier, dim, n, i, got[i], want[i])
					}
				}
			}
		}
	}
}

func TestKeysAreTransposed(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		r := newRand(t)
		for _, dim := range []int{1, 4, 7, 8, 12, 32, 64} {
			for rows := 1; rows <= lanes; rows++ {
				stride := dim + r.IntN(4)
				k, panel := randFloats(r, lanes*stride), randFloats(r, lanes*dim)
				packKeys(panel, k, stride, rows, dim)
				for i := range lanes {
					for d := range dim {
						want := float32(0)
						if i < rows {
							want = k[i*stride+d]
						}
						if panel[d*lanes+i] != want {
							t.Fatalf("dim %d rows %d: key %d value %d is %v, want %v", dim, rows, i, d, panel[d*lanes+i], want)
						}
					}
				}
			}
		}
	})
}

func BenchmarkElementwise(b *testing.B) {
	for _, tier := range Tiers() {
		r := rand.New(rand.NewPCG(1, 2))
		x, y := randFloats(r, 1536), randFloats(r, 1536)
		norm := LayerNorm{Gain: randFloats(r, 384), Bias: randFloats(r, 384), Epsilon: 1e-12}
		b.Run(fmt.Sprintf("GELU/%v", tier), func(b *testing.B) {
			defer Mask(tier)()
			for b.Loop() {
				copy(x, y)
				GELU(x)
			}
		})
		b.Run(fmt.Sprintf("Softmax256/%v", tier), func(b *testing.B) {
			defer Mask(tier)()
			for b.Loop() {
				copy(x[:256], y)
				Softmax(x, 256)
			}
		})
		b.Run(fmt.Sprintf("LayerNorm384/%v", tier), func(b *testing.B) {
			defer Mask(tier)()
			for b.Loop() {
				norm.Add(x, 384, y, 384, 1)
			}
		})
		for _, n := range []int{32, 256} {
			b.Run(fmt.Sprintf("Attention%d/%v", n, tier), func(b *testing.B) {
				defer Mask(tier)()
				a, qkv, out := NewAttention(n, 32), randFloats(r, n*1152), make([]float32, n*384)
				for b.Loop() {
					a.Head(out, 384, qkv, qkv[384:], qkv[768:], 1152, n)
				}
				b.ReportMetric(2*32*float64(n*n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
			})
		}
	}
}
