//go:build amd64 && !purego

package kernel

//go:noescape
func dotF32AVX2(a, b *float32, n int) float32

//go:noescape
func dotU8S8AVX2(codes *uint8, q *int8, n int) int32

//go:noescape
func dotU8S8BatchAVX2(dst *int32, slab *uint8, stride int, ids *uint32, count int, q *int8, n int)

//go:noescape
func dotU8S8BatchAVX512VNNI(dst *int32, slab *uint8, stride int, ids *uint32, count int, q *int8, n int)

func dotF32(a, b []float32) float32 {
	if useAVX2 {
		return dotF32AVX2(&a[0], &b[0], len(a))
	}
	return dotF32Generic(a, b)
}

func dotU8S8(codes []uint8, q []int8) int32 {
	if useAVX2 {
		return dotU8S8AVX2(&codes[0], &q[0], len(q))
	}
	return dotU8S8Generic(codes, q)
}

func dotU8S8Batch(dst []int32, slab []uint8, stride int, ids []uint32, q []int8) {
	switch {
	case len(ids) == 0:
	case useVNNI:
		dotU8S8BatchAVX512VNNI(&dst[0], &slab[0], stride, &ids[0], len(ids), &q[0], len(q))
	case useAVX2:
		dotU8S8BatchAVX2(&dst[0], &slab[0], stride, &ids[0], len(ids), &q[0], len(q))
	default:
		dotU8S8BatchGeneric(dst, slab, stride, ids, q)
	}
}
