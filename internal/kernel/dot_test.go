package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// forEachTier runs f once per tier that the machine has, with the others
// masked.
func forEachTier(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	for _, tier := range Tiers() {
		t.Run(tier.String(), func(t *testing.T) {
			defer Mask(tier)()
			if Active() != tier {
				t.Fatalf("active tier %v, want %v", Active(), tier)
			}
			f(t)
		})
	}
}

func newRand(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

func randFloats(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func fillCodes(r *rand.Rand, codes []uint8) {
	for i := range codes {
		codes[i] = uint8(r.Uint32())
	}
}

func fillInt8(r *rand.Rand, q []int8) {
	for i := range q {
		q[i] = int8(r.Uint32())
	}
}

func TestDotF32HasTheBitsOfItsTwinAtEveryLengthAndOffset(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		r := newRand(t)
		a, b := randFloats(r, 512), randFloats(r, 512)
		for n := range 330 {
			for off := range 17 {
				x, y := a[off:off+n], b[16-off:][:n]
				got, want := DotF32(x, y), float32(0)
				if n > 0 {
					want = dotF32Generic(x, y)
				}
				if math.Float32bits(got) != math.Float32bits(want) {
					t.Fatalf("n=%d off=%d: got %v, want %v", n, off, got, want)
				}
			}
		}
	})
}

func TestDotF32IsTheDotProduct(t *testing.T) {
	r := newRand(t)
	a, b := randFloats(r, 1000), randFloats(r, 1000)
	var want float64
	for i := range a {
		want += float64(a[i]) * float64(b[i])
	}
	if got := float64(DotF32(a, b)); math.Abs(got-want) > 1e-3 {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func dotU8S8Plain(codes []uint8, q []int8) int32 {
	var s int64
	for i := range q {
		s += int64(codes[i]) * int64(q[i])
	}
	return int32(s)
}

func TestDotU8S8IsExactAtEveryLengthAndOffset(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		r := newRand(t)
		codes, q := make([]uint8, 512), make([]int8, 512)
		fillCodes(r, codes)
		fillInt8(r, q)
		for n := range 330 {
			for off := range 64 {
				c, s := codes[off:off+n], q[63-off:][:n]
				if got, want := DotU8S8(c, s), dotU8S8Plain(c, s); got != want {
					t.Fatalf("n=%d off=%d: got %d, want %d", n, off, got, want)
				}
			}
		}
	})
}

func TestDotU8S8DoesNotSaturate(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		for _, v := range []int8{127, -128} {
			codes, q := make([]uint8, maxDotLen), make([]int8, maxDotLen)
			for i := range q {
				codes[i], q[i] = 255, v
			}
			want := int32(255 * maxDotLen * int(v))
			if got := DotU8S8(codes, q); got != want {
				t.Errorf("q=%d: got %d, want %d", v, got, want)
			}
			dst := []int32{0}
			DotU8S8Batch(dst, codes, len(codes), []uint32{0}, q)
			if dst[0] != want {
				t.Errorf("batch, q=%d: got %d, want %d", v, dst[0], want)
			}
		}
	})
}

func TestDotU8S8BatchScoresTheNamedRows(t *testing.T) {
	forEachTier(t, func(t *testing.T) {
		r := newRand(t)
		for n := range 330 {
			stride := n + r.IntN(5)
			if n == 0 {
				stride = 1
			}
			rows := 1 + r.IntN(20)
			slab, q := make([]uint8, (rows-1)*stride+n), make([]int8, n)
			fillCodes(r, slab)
			fillInt8(r, q)
			ids := make([]uint32, r.IntN(12))
			for i := range ids {
				ids[i] = uint32(r.IntN(rows))
			}
			dst := make([]int32, len(ids))
			DotU8S8Batch(dst, slab, stride, ids, q)
			for i, id := range ids {
				if want := dotU8S8Plain(slab[int(id)*stride:][:n], q); dst[i] != want {
					t.Fatalf("n=%d row %d: got %d, want %d", n, id, dst[i], want)
				}
			}
		}
	})
}

func TestDotU8S8BatchCutsLongListsIntoCalls(t *testing.T) {
	r := newRand(t)
	const dim, rows = 4096, 300
	slab, q := make([]uint8, dim*rows), make([]int8, dim)
	fillCodes(r, slab)
	fillInt8(r, q)
	ids, dst := make([]uint32, rows), make([]int32, rows)
	for i := range ids {
		ids[i] = uint32(rows - 1 - i)
	}
	DotU8S8Batch(dst, slab, dim, ids, q)
	for i, id := range ids {
		if want := dotU8S8Plain(slab[int(id)*dim:][:dim], q); dst[i] != want {
			t.Fatalf("row %d: got %d, want %d", id, dst[i], want)
		}
	}
}

func TestDotRefusesRowsOutsideTheSlab(t *testing.T) {
	slab, q, dst := make([]uint8, 100), make([]int8, 10), make([]int32, 1)
	for _, id := range []uint32{10, 11, math.MaxUint32} {
		if !panics(func() { DotU8S8Batch(dst, slab, 10, []uint32{id}, q) }) {
			t.Errorf("row %d of 10 was read", id)
		}
	}
	if !panics(func() { DotU8S8Batch(dst, slab[:5], 10, []uint32{0}, q) }) {
		t.Error("a row of 10 was read from a slab of 5")
	}
	if !panics(func() { DotF32([]float32{1}, nil) }) {
		t.Error("DotF32 took slices of two lengths")
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

func BenchmarkDotF32(b *testing.B) {
	for _, tier := range Tiers() {
		for _, n := range []int{384, 768} {
			b.Run(fmt.Sprintf("%v/%d", tier, n), func(b *testing.B) {
				defer Mask(tier)()
				r := newRand(b)
				x, y := randFloats(r, n), randFloats(r, n)
				b.SetBytes(int64(8 * n))
				for b.Loop() {
					DotF32(x, y)
				}
			})
		}
	}
}

func BenchmarkDotU8S8Batch(b *testing.B) {
	const n, rows = 384, 32
	for _, tier := range Tiers() {
		b.Run(tier.String(), func(b *testing.B) {
			defer Mask(tier)()
			r := newRand(b)
			slab, q := make([]uint8, 1000*n), make([]int8, n)
			fillCodes(r, slab)
			fillInt8(r, q)
			ids, dst := make([]uint32, rows), make([]int32, rows)
			for i := range ids {
				ids[i] = uint32(r.IntN(1000))
			}
			b.SetBytes(n * rows)
			for b.Loop() {
				DotU8S8Batch(dst, slab, n, ids, q)
			}
		})
	}
}
