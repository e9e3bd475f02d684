package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestFloatProductIsThatOfTheDefinition(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		r := newRand(t)
		for _, inputs := range []int{1, 2, 3, 4, 5, 7, 8, 9, 33, 384} {
			for _, outputs := range []int{1, 15, 16, 17, 40} {
				m := NewFloatMatrix(outputs, inputs)
				w, bias := randFloats(r, outputs*inputs), randFloats(r, outputs)
				for o := range outputs {
					m.SetOutput(o, w[o*inputs:][:inputs], bias[o])
				}
				rows, lda, ldc := r.IntN(14), inputs+r.IntN(3), Pad(outputs)+r.IntN(3)
				a, c := randFloats(r, rows*lda+1), make([]float32, rows*ldc)
				m.Multiply(c, ldc, a, lda, rows)
				for i := range rows {
					for o := range outputs {
						want, size := float64(bias[o]), math.Abs(float64(bias[o]))
						for k := range inputs {
							p := float64(a[i*lda+k]) * float64(w[o*inputs+k])
							want, size = want+p, size+math.Abs(p)
						}
						if got := float64(c[i*ldc+o]); math.Abs(got-want) > 1e-6*size {
							t.Fatalf("%dx%d at %d,%d: got %v, want %v", outputs, inputs, i, o, got, want)
						}
					}
				}
			}
		}
	})
}

// randProduct returns a product and a copy that writes elsewhere.
func randProduct(r *rand.Rand, rows, panels, k int) (p, twin floatProduct) {
	p = floatProduct{
		rows: rows, panels: panels, k: k,
		lda: k + r.IntN(5), ldc: panels*lanes + r.IntN(5),
		b:        randFloats(r, panels*k*lanes),
		rowScale: randFloats(r, rows+1), bias: randFloats(r, panels*lanes),
	}
	p.a, p.c = randFloats(r, (rows+1)*p.lda), make([]float32, (rows+1)*p.ldc)
	twin = p
	twin.c = make([]float32, len(p.c))
	return p, twin
}

func TestUnfusedProductHasTheBitsOfItsTwin(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		r := newRand(t)
		for rows := 1; rows < 20; rows++ {
			for _, k := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 32, 33, 64, 127, 200} {
				p, twin := randProduct(r, rows, 1+r.IntN(3), k)
				p.run()
				twin.runGeneric()
				sameBits(t, fmt.Sprintf("rows %d k %d", rows, k), p.c, twin.c)
			}
		}
	})
}

func BenchmarkFloatProduct(b *testing.B) {
	for _, tier := range Tiers() {
		for _, fused := range []bool{false, true} {
			b.Run(fmt.Sprintf("%v/fused=%v", tier, fused), func(b *testing.B) {
				defer Mask(tier)()
				p, _ := randProduct(rand.New(rand.NewPCG(1, 2)), 48, 24, 384)
				for b.Loop() {
					if fused {
						p.runFused()
					} else {
						p.run()
					}
				}
				b.ReportMetric(48*24*16*384*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
			})
		}
	}
}
