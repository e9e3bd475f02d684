//go:build !amd64 || purego

package kernel

func gelu(x []float32) { geluGeneric(x) }

func softmax(row []float32) float32 { return softmaxGeneric(row) }

func addSum(x, y []float32, lane *[lanes]float32) { addSumGeneric(x, y, lane) }

func squares(x []float32, mean float32, lane *[lanes]float32) { squaresGeneric(x, mean, lane) }

func normalize(x []float32, mean, inverse float32, gain, bias []float32) {
	normalizeGeneric(x, mean, inverse, gain, bias)
}
