//go:build amd64 && !purego

package kernel

// All take n, a multiple of 16 above 0.

//go:noescape
func geluAVX2(x *float32, n int)

//go:noescape
func softmaxAVX2(row *float32, n int) float32

//go:noescape
func addSumAVX2(x, y *float32, n int, lane *[lanes]float32)

//go:noescape
func squaresAVX2(x *float32, n int, mean float32, lane *[lanes]float32)

//go:noescape
func normalizeAVX2(x *float32, n int, mean, inverse float32, gain, bias *float32)

// whole returns how many of n values go to the assembly; the twin does the
// rest, whose lanes continue those of the whole blocks.
func whole(n int) int {
	if !useAVX2 {
		return 0
	}
	return n &^ (lanes - 1)
}

func gelu(x []float32) {
	n := whole(len(x))
	if n > 0 {
		geluAVX2(&x[0], n)
	}
	geluGeneric(x[n:])
}

func softmax(row []float32) float32 {
	if useAVX2 {
		return softmaxAVX2(&row[0], len(row))
	}
	return softmaxGeneric(row)
}

func addSum(x, y []float32, lane *[lanes]float32) {
	n := whole(len(x))
	if n > 0 {
		addSumAVX2(&x[0], &y[0], n, lane)
	}
	addSumGeneric(x[n:], y[n:], lane)
}

func squares(x []float32, mean float32, lane *[lanes]float32) {
	n := whole(len(x))
	if n > 0 {
		squaresAVX2(&x[0], n, mean, lane)
	}
	squaresGeneric(x[n:], mean, lane)
}

func normalize(x []float32, mean, inverse float32, gain, bias []float32) {
	n := whole(len(x))
	if n > 0 {
		normalizeAVX2(&x[0], n, mean, inverse, &gain[0], &bias[0])
	}
	normalizeGeneric(x[n:], mean, inverse, gain[n:], bias[n:])
}
