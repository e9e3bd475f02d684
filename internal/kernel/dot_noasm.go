//go:build !amd64 || purego

package kernel

func dotF32(a, b []float32) float32 { return dotF32Generic(a, b) }

func dotU8S8(codes []uint8, q []int8) int32 { return dotU8S8Generic(codes, q) }

func dotU8S8Batch(dst []int32, slab []uint8, stride int, ids []uint32, q []int8) {
	dotU8S8BatchGeneric(dst, slab, stride, ids, q)
}
