// Package kernel holds the numeric routines whose speed decides the speed of
// the whole: integer and float matrix products, the element-wise steps of a
// transformer, and the dot products of the vector index. It is the only
// package with assembly.
//
// Every routine has a twin in plain Go (suffix Generic) that is compiled on
// all platforms and is the definition of the result. The assembly versions
// name the least instruction set they need (suffix AVX2, AVX512VNNI). Unless a
// routine says otherwise its result has the same bits on every tier: integers
// are exact, and floats are multiplied and added in one stated order without
// fused operations. The build tag purego leaves only the twins.
//
// Conditions that a caller can violate only by a mistake in this module (wrong
// lengths, ids outside a slab) panic; no routine reads or writes outside the
// slices that it is given. Single calls into assembly are kept under 200 µs,
// because the garbage collector cannot interrupt them.
package kernel

import "fmt"

//go:generate go test ./internal/asmgen -run Committed -generate

// Tier is a set of instructions that the routines are written for.
type Tier int

// The tiers, each of them including those before it.
const (
	Portable   Tier = iota // plain Go
	AVX2                   // amd64 with AVX2 and FMA
	AVX512VNNI             // amd64 with AVX-512 F, BW, DQ, VL and VNNI
)

// String returns the name by which programs report the tier.
func (t Tier) String() string {
	switch t {
	case Portable:
		return "portable"
	case AVX2:
		return "avx2"
	case AVX512VNNI:
		return "avx512vnni"
	}
	return fmt.Sprintf("tier(%d)", int(t))
}

// Active returns the tier in use.
func Active() Tier {
	switch {
	case useVNNI:
		return AVX512VNNI
	case useAVX2:
		return AVX2
	}
	return Portable
}

// Mask lowers the tier in use to t at most and returns the function that puts
// the former state back. It exists for tests, which must not run routines of
// this package at the same time.
func Mask(t Tier) (restore func()) {
	avx2, vnni := useAVX2, useVNNI
	useAVX2 = useAVX2 && t >= AVX2
	useVNNI = useVNNI && t >= AVX512VNNI
	return func() { useAVX2, useVNNI = avx2, vnni }
}

// Tiers returns every tier that this machine can run, the portable one first.
func Tiers() []Tier {
	tiers := []Tier{Portable}
	if useAVX2 {
		tiers = append(tiers, AVX2)
	}
	if useVNNI {
		tiers = append(tiers, AVX512VNNI)
	}
	return tiers
}
