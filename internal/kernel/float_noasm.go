//go:build !amd64 || purego

package kernel

func (p *floatProduct) run() { p.runGeneric() }

func (p *floatProduct) runFused() { p.runGeneric() }

func packKeys(panel, k []float32, stride, rows, dim int) {
	packKeysGeneric(panel, k, stride, rows, dim)
}
