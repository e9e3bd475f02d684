//go:build !amd64 || purego

package kernel

func (m *Int8Matrix) multiplyRows(c []float32, stride int, a *Int8Rows, from, to int) {
	m.multiplyGeneric(c, stride, a, from, to)
}

func valueRange(x []float32) (lo, hi float32) { return valueRangeGeneric(x) }

func quantizeWide(dst []int16, x []float32, inverse float32, zero int32) {
	quantizeWideGeneric(dst, x, inverse, zero)
}

func quantizeNarrow(dst []byte, x []float32, inverse float32, zero int32) {
	quantizeNarrowGeneric(dst, x, inverse, zero)
}
