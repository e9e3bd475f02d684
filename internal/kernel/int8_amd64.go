//go:build amd64 && !purego

package kernel

// int8Args are the arguments of the integer products; strides are in bytes.
type int8Args struct {
	a        *byte // first row
	lda      int
	b        *int8 // panel
	quads    int   // lines of a panel, a multiple of 4
	rows     int
	c        *float32
	ldc      int
	rowScale *float32
	rowZero  *int32
	colScale *float32 // of the panel's outputs, as the next two
	bias     *float32
	colSum   *int32
	panel    int // from one panel to the next

	outliers int      // products in float32 to add; the rest is unused when 0
	outX     *float32 // of the first row
	outXStep int      // from one outlier to the next, as outWStep
	outW     *float32 // of the panel's outputs
	outWStep int
}

//go:noescape
func gemmInt8AVX2(args *int8Args)

//go:noescape
func gemmInt8x16AVX512VNNI(args *int8Args)

//go:noescape
func gemmInt8x64AVX512VNNI(args *int8Args)

// The next three take n, a multiple of 16 above 0.

//go:noescape
func valueRangeAVX2(x *float32, n int) (lo, hi float32)

//go:noescape
func quantizeWideAVX2(dst *int16, x *float32, n int, inverse float32, zero int32)

//go:noescape
func quantizeNarrowAVX2(dst *byte, x *float32, n int, inverse float32, zero int32)

func (m *Int8Matrix) multiplyRows(c []float32, stride int, a *Int8Rows, from, to int) {
	if (a.wide && !useAVX2) || (!a.wide && !useVNNI) {
		m.multiplyGeneric(c, stride, a, from, to)
		return
	}
	args := int8Args{
		a:        &a.data[from*a.stride],
		lda:      a.stride,
		quads:    m.quads,
		rows:     to - from,
		ldc:      4 * stride,
		rowScale: &a.scale[from],
		rowZero:  &a.zero[from],
		panel:    m.quads * 64,
		outliers: len(m.outliers),
		outX:     &a.outliers[from],
		outXStep: 4 * len(a.scale),
		outWStep: 4 * Pad(m.outputs),
	}
	panels := Pad(m.outputs) / lanes
	for p := 0; p < panels; {
		args.b, args.c = &m.data[p*args.panel], &c[p*lanes]
		args.colScale, args.bias, args.colSum = &m.scale[p*lanes], &m.bias[p*lanes], &m.sum[p*lanes]
		if args.outliers > 0 {
			args.outW = &m.outlierWeights[p*lanes]
		}
		switch {
		case a.wide:
			gemmInt8AVX2(&args)
			p++
		case panels-p >= 4:
			gemmInt8x64AVX512VNNI(&args)
			p += 4
		default:
			gemmInt8x16AVX512VNNI(&args)
			p++
		}
	}
}

func valueRange(x []float32) (lo, hi float32) {
	n := len(x) &^ (lanes - 1)
	if !useAVX2 || n == 0 {
		return valueRangeGeneric(x)
	}
	lo, hi = valueRangeAVX2(&x[0], n)
	for _, v := range x[n:] {
		lo, hi = min(lo, v), max(hi, v)
	}
	return lo, hi
}

func quantizeWide(dst []int16, x []float32, inverse float32, zero int32) {
	n := len(x) &^ (lanes - 1)
	if !useAVX2 || n == 0 {
		quantizeWideGeneric(dst, x, inverse, zero)
		return
	}
	quantizeWideAVX2(&dst[0], &x[0], n, inverse, zero)
	quantizeWideGeneric(dst[n:], x[n:], inverse, zero)
}

func quantizeNarrow(dst []byte, x []float32, inverse float32, zero int32) {
	n := len(x) &^ (lanes - 1)
	if !useAVX2 || n == 0 {
		quantizeNarrowGeneric(dst, x, inverse, zero)
		return
	}
	quantizeNarrowAVX2(&dst[0], &x[0], n, inverse, zero)
	quantizeNarrowGeneric(dst[n:], x[n:], inverse, zero)
}
