package kernel

import "unsafe"

// lanes is the granularity of packed matrices: a cache line of floats, which
// is also the widest register.
const lanes = 16

// Pad returns n rounded up to the granularity of packed matrices.
func Pad(n int) int { return (n + lanes - 1) &^ (lanes - 1) }

// Floats returns n zeroed floats that start at a multiple of 64 bytes.
func Floats(n int) []float32 {
	buf := make([]float32, n+lanes-1)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(buf)))%64) / 4
	return buf[skip : skip+n : skip+n]
}

// alignedBytes returns n zeroed bytes that start at a multiple of 64 bytes.
func alignedBytes(n int) []byte {
	buf := make([]byte, n+63)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(buf))) % 64)
	return buf[skip : skip+n : skip+n]
}
