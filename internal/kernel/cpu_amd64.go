//go:build amd64 && !purego

package kernel

import "golang.org/x/sys/cpu"

// The flags are set once, here, and changed by Mask alone. Each stands for
// everything the routines of its tier use, the operating system's support for
// the wider registers included.
var (
	useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2
	useVNNI = useAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW &&
		cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512VNNI
)
