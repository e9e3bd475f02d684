package hnsw

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/seed4837efcb/groundwork/internal/kernel"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// Vectors are coded with 8 bits a component, scaled by each vector's own
// largest component: code = 128 + round(x / step). Stored codes are unsigned
// and a query's signed, as the kernel wants them; the product then differs from
// that of the signed codes by 128 times the sum of the query's.
//
// What is compared is a key, higher for closer vectors:
//
//	cosine  q·x / |x|      dot  q·x      L2  q·x - |x|²/2
//
// For a given q they order like the metric's score.

// quantize writes the codes of x and returns the worth of a step (0 for the
// zero vector) and the sum of the signed codes. The padding gets zeros, which
// as signed numbers contribute nothing because the query's padding is zero.
func quantize(codes []uint8, x []float32) (step float32, sum int32) {
	var largest float32
	for _, v := range x {
		largest = max(largest, v, -v)
	}
	clear(codes[len(x):])
	step = largest / 127
	if step == 0 || math.IsInf(float64(1/step), 0) { // zero, or too small to divide by
		for i := range x {
			codes[i] = 128
		}
		return 0, 0
	}
	inv := 1 / step
	for i, v := range x {
		c := int32(math.Round(float64(v * inv)))
		c = min(max(c, -127), 127)
		codes[i] = uint8(c + 128)
		sum += c
	}
	return step, sum
}

// A coded is a vector in the role of the query: signed codes.
type coded struct {
	raw   []uint8 // the memory of codes
	codes []int8
	step  float32
	off   int32 // 128 times the sum of codes
}

// room makes codes n long, a multiple of 8.
func (q *coded) room(n int) {
	if len(q.raw) == n {
		return
	}
	q.raw = make([]uint8, n)
	q.codes = unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(q.raw))), n)
}

// sign sets codes to the signed form of unsigned ones, of which dim are no
// padding.
func (q *coded) sign(unsigned []uint8, dim int) {
	q.room(len(unsigned))
	le := binary.LittleEndian
	for i := 0; i < len(unsigned); i += 8 {
		le.PutUint64(q.raw[i:i+8], le.Uint64(unsigned[i:i+8])^0x8080808080808080)
	}
	clear(q.raw[dim:])
}

// codeQuery sets q to the signed form of x, for slots of a stride.
func (q *coded) codeQuery(x []float32, stride int, scratch []uint8) {
	step, sum := quantize(scratch[:stride], x)
	q.sign(scratch[:stride], len(x))
	q.step, q.off = step, 128*sum
}

// codeSlot sets q to the signed form of a slot's codes.
func (q *coded) codeSlot(s *slab, slot uint32, dim int) {
	q.sign(s.code(slot), dim)
	q.step, q.off = s.scale[slot], 128*s.sum[slot]
}

// keys sets dst to the approximate keys of slots.
func (q *coded) keys(dst []float32, products []int32, s *slab, slots []uint32, m vectorstore.Metric) {
	products = products[:len(slots)]
	kernel.DotU8S8Batch(products, s.codes, s.stride, slots, q.codes)
	for i, slot := range slots {
		dst[i] = float32(products[i]-q.off) * q.step * s.scale[slot]
		if m == vectorstore.L2 {
			dst[i] -= float32(s.norm[slot] * s.norm[slot] / 2)
		}
	}
}

// codeScale returns the worth of a step as keys count it: for the cosine the
// vector's length is taken out.
func codeScale(step float32, norm float64, m vectorstore.Metric) float32 {
	if m != vectorstore.Cosine || norm == 0 {
		return step
	}
	return float32(float64(step) / norm)
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// norm returns the Euclidean length of x. It adds in the order of the
// components, as vectorstore/memory does, so that scores agree.
func norm(x []float32) float64 { return math.Sqrt(dot(x, x)) }

func dot(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(float64(a[i]) * float64(b[i]))
	}
	return sum
}

// score is the metric's score of two vectors, as vectorstore/memory defines it.
func score(m vectorstore.Metric, q, x []float32, qNorm, xNorm float64) float64 {
	switch m {
	case vectorstore.Dot:
		return dot(q, x)
	case vectorstore.L2:
		sum := 0.0
		for i := range q {
			d := float64(q[i]) - float64(x[i])
			sum += float64(d * d)
		}
		return -math.Sqrt(sum)
	}
	return min(max(dot(q, x)/(qNorm*xNorm), -1), 1)
}
