//go:build !amd64 || purego

package kernel

func (p *floatProduct) run() { p.runGeneric() }

func (p *floatProduct) runFused() { p.runGeneric() }
