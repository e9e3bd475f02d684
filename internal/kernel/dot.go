package kernel

// DotF32 returns the sum of a[i]*b[i]. The slices must have one length.
//
// The order of the additions is fixed: 32 running sums, one per index modulo
// 32, over the whole blocks of 32; these folded in halves (16, 8, 4, 2, 1);
// then the rest one by one.
func DotF32(a, b []float32) float32 {
	if len(a) != len(b) {
		panic("kernel: DotF32: lengths differ")
	}
	if len(a) == 0 {
		return 0
	}
	return dotF32(a, b)
}

// DotU8S8 returns the sum of codes[i]*q[i]. The slices must have one length,
// at most 65,536, so that the sum cannot overflow.
func DotU8S8(codes []uint8, q []int8) int32 {
	if len(codes) != len(q) {
		panic("kernel: DotU8S8: lengths differ")
	}
	if len(q) > maxDotLen {
		panic("kernel: DotU8S8: too long")
	}
	if len(q) == 0 {
		return 0
	}
	return dotU8S8(codes, q)
}

// DotU8S8Batch sets dst[i] to the dot product of q and the row ids[i] of slab,
// whose row r starts at r*stride and has len(q) codes. dst must be as long as
// ids, stride at least len(q), and len(q) at most 65,536. It reads no byte of
// slab outside the named rows.
func DotU8S8Batch(dst []int32, slab []uint8, stride int, ids []uint32, q []int8) {
	if len(dst) != len(ids) {
		panic("kernel: DotU8S8Batch: dst and ids differ in length")
	}
	if len(q) > maxDotLen || stride < len(q) {
		panic("kernel: DotU8S8Batch: bad row length or stride")
	}
	if len(q) == 0 {
		clear(dst)
		return
	}
	checkRows(len(slab), stride, ids, len(q))
	// A call must be short: rows that miss every cache cost about 0.3 ns a
	// byte.
	step := max(1, dotCallBytes/len(q))
	for len(ids) > step {
		dotU8S8Batch(dst[:step], slab, stride, ids[:step], q)
		dst, ids = dst[step:], ids[step:]
	}
	dotU8S8Batch(dst, slab, stride, ids, q)
}

const (
	maxDotLen    = 1 << 16
	dotCallBytes = 256 << 10
)

// checkRows panics unless every row lies inside the slab.
func checkRows(slab, stride int, ids []uint32, n int) {
	if slab < n && len(ids) > 0 {
		panic("kernel: DotU8S8Batch: row outside the slab")
	}
	last := uint64(max(0, slab-n)) / uint64(stride)
	for _, id := range ids {
		if uint64(id) > last {
			panic("kernel: DotU8S8Batch: row outside the slab")
		}
	}
}

func dotF32Generic(a, b []float32) float32 {
	var lane [32]float32
	n := len(a) &^ 31
	for i := 0; i < n; i += 32 {
		x, y := a[i:i+32:i+32], b[i:i+32:i+32]
		for l := range lane {
			lane[l] += float32(x[l] * y[l])
		}
	}
	for half := 16; half > 0; half /= 2 {
		for l := range half {
			lane[l] += lane[l+half]
		}
	}
	sum := lane[0]
	for i := n; i < len(a); i++ {
		sum += float32(a[i] * b[i])
	}
	return sum
}

func dotU8S8Generic(codes []uint8, q []int8) int32 {
	codes = codes[:len(q)]
	var s0, s1 int32
	i := 0
	for ; i+1 < len(q); i += 2 {
		s0 += int32(codes[i]) * int32(q[i])
		s1 += int32(codes[i+1]) * int32(q[i+1])
	}
	if i < len(q) {
		s0 += int32(codes[i]) * int32(q[i])
	}
	return s0 + s1
}

func dotU8S8BatchGeneric(dst []int32, slab []uint8, stride int, ids []uint32, q []int8) {
	for i, id := range ids {
		dst[i] = dotU8S8Generic(slab[int(id)*stride:][:len(q)], q)
	}
}
