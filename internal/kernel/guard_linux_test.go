package kernel

import (
	"runtime/debug"
	"syscall"
	"testing"
	"unsafe"
)

// A fence is memory between two pages that cannot be touched.
type fence struct{ usable []byte }

func newFence(t *testing.T, size int) *fence {
	page := syscall.Getpagesize()
	size = (size + page - 1) / page * page
	all, err := syscall.Mmap(-1, 0, size+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skipf("no guard pages: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(all) })
	for _, guard := range [][]byte{all[:page], all[page+size:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Skipf("no guard pages: %v", err)
		}
	}
	return &fence{all[page : page+size : page+size]}
}

// fenced returns n values that touch the lower fence or, when high, the upper.
func fenced[T any](f *fence, n int, high bool) []T {
	var zero T
	size := n * int(unsafe.Sizeof(zero))
	mem := f.usable
	if high {
		mem = mem[len(mem)-size:]
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(mem))), n)
}

// eachFence runs f for every tier, end and length. A byte read or written
// outside the slices ends the test with a fault.
func eachFence(t *testing.T, limit int, f func(t *testing.T, n int, high bool)) {
	forEachTier(t, func(t *testing.T) {
		for n := 1; n <= limit; n++ {
			for _, high := range []bool{false, true} {
				f(t, n, high)
			}
		}
	})
}

func TestElementwiseKernelsStayInside(t *testing.T) {
	a, b, c, d := newFence(t, 1<<14), newFence(t, 1<<14), newFence(t, 1<<14), newFence(t, 1<<14)
	eachFence(t, 330, func(t *testing.T, n int, high bool) {
		x, y := fenced[float32](a, n, high), fenced[float32](b, n, high)
		gain, bias := fenced[float32](c, n, high), fenced[float32](d, n, high)
		for i := range x {
			x[i], y[i], gain[i], bias[i] = float32(i%7), float32(i%5), 1, 0
		}
		GELU(x)
		DotF32(x, y)
		norm := LayerNorm{Gain: gain, Bias: bias, Epsilon: 1e-5}
		norm.Add(x, n, y, n, 1)
		Softmax(fenced[float32](a, Pad(n), high), n)
	})
}

func TestIntegerDotsStayInside(t *testing.T) {
	a, b, c, d := newFence(t, 1<<14), newFence(t, 1<<14), newFence(t, 1<<14), newFence(t, 1<<14)
	eachFence(t, 330, func(t *testing.T, n int, high bool) {
		DotU8S8(fenced[uint8](a, n, high), fenced[int8](b, n, high))
		const rows = 3
		slab, ids := fenced[uint8](a, n*rows, high), fenced[uint32](c, rows, high)
		for i := range ids {
			ids[i] = uint32(rows - 1 - i)
		}
		DotU8S8Batch(fenced[int32](d, rows, high), slab, n, ids, fenced[int8](b, n, high))
	})
}

func TestQuantizersStayInside(t *testing.T) {
	a, b := newFence(t, 1<<14), newFence(t, 1<<14)
	eachFence(t, 330, func(t *testing.T, n int, high bool) {
		x := fenced[float32](a, n, high)
		valueRange(x)
		quantizeWide(fenced[int16](b, Pad(n), high), x, 3, 7)
		quantizeNarrow(fenced[byte](b, Pad(n), high), x, 3, 7)
	})
}

func TestInt8ProductStaysInside(t *testing.T) {
	weights, rows, out := newFence(t, 1<<19), newFence(t, 1<<16), newFence(t, 1<<16)
	scales, biases, sums, zeros, rowScales := newFence(t, 1<<12), newFence(t, 1<<12), newFence(t, 1<<12), newFence(t, 1<<12), newFence(t, 1<<12)
	values, columns := newFence(t, 1<<12), newFence(t, 1<<12)
	eachFence(t, 13, func(t *testing.T, n int, high bool) {
		for _, outputs := range []int{16, 32, 64, 96, 144} {
			for _, inputs := range []int{16, 80, 384} {
				m := &Int8Matrix{
					outputs: outputs, inputs: inputs, quads: inputs / 4,
					data:           fenced[int8](weights, outputs*inputs, high),
					scale:          fenced[float32](scales, outputs, high),
					bias:           fenced[float32](biases, outputs, high),
					sum:            fenced[int32](sums, outputs, high),
					outliers:       []int{3, 5},
					outlierWeights: fenced[float32](columns, 2*outputs, high),
				}
				a := &Int8Rows{
					data:     fenced[byte](rows, n*inputs*2, high),
					scale:    fenced[float32](rowScales, n, high),
					zero:     fenced[int32](zeros, n, high),
					outliers: fenced[float32](values, MaxOutliers*n, high),
				}
				a.Quantize(m, make([]float32, n*inputs), inputs, n)
				if !a.wide { // the rows take half the room
					a.data = fenced[byte](rows, n*inputs, high)
				}
				m.Multiply(fenced[float32](out, n*outputs, high), outputs, a)
			}
		}
	})
}

func TestFloatProductStaysInside(t *testing.T) {
	a, b, c, d, e := newFence(t, 1<<16), newFence(t, 1<<16), newFence(t, 1<<16), newFence(t, 1<<12), newFence(t, 1<<12)
	eachFence(t, 13, func(t *testing.T, n int, high bool) {
		for _, k := range []int{1, 3, 4, 5, 8, 33} {
			p := floatProduct{
				a: fenced[float32](a, n*k, high), lda: k, rows: n, k: k,
				b: fenced[float32](b, k*32, high), panels: 2,
				c: fenced[float32](c, n*32, high), ldc: 32,
				rowScale: fenced[float32](d, n, high), bias: fenced[float32](e, 32, high),
			}
			p.run()
			p.runFused()
		}
		packKeys(fenced[float32](c, lanes*4*n, high), fenced[float32](a, lanes*4*n, high), 4*n, lanes, 4*n)
	})
}

func TestFencesFault(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	f := newFence(t, 100)
	first, last := unsafe.Pointer(unsafe.SliceData(f.usable)), len(f.usable)-1
	for _, at := range []int{-1, last + 1} {
		if !panics(func() { sink = *(*byte)(unsafe.Add(first, at)) }) {
			t.Errorf("the byte at %d can be read", at)
		}
	}
	if panics(func() { sink = *(*byte)(unsafe.Add(first, last)) }) {
		t.Error("the last byte cannot be read")
	}
}

var sink byte
