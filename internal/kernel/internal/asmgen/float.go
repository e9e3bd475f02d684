package asmgen

import "fmt"

// floatAVX2 writes the product of float rows and a panel of 16 columns, a line
// of 64 bytes per input. Without fused, products are rounded before they are
// added, in the order of the inputs, so that the bits are those of plain Go.
func floatAVX2(w *writer, name string, fused bool) {
	w.text(name, "floatArgs")
	rowTiles(w, "floatArgs", "", func(n int) { floatAVX2Tile(w, n, fused) })
	w.op("VZEROUPPER")
	w.op("RET")
}

func floatAVX2Tile(w *writer, n int, fused bool) {
	const unroll = 4
	for i := range 2 * n {
		w.op("VXORPS Y%d, Y%d, Y%d", i, i, i)
	}
	w.op("MOVQ floatArgs_b(R11), SI")
	w.op("MOVQ R8, AX")
	w.op("LEAQ (BX)(BX*2), DX")
	w.op("ADDQ R8, DX")
	w.op("MOVQ floatArgs_k(R11), CX")
	w.op("SUBQ $%d, CX", unroll)
	w.op("JLT  short%d", n)
	w.line("")
	w.line("k%d:", n)
	floatAVX2Steps(w, n, unroll, fused)
	w.op("SUBQ $%d, CX", unroll)
	w.op("JGE  k%d", n)
	w.line("")
	w.line("short%d:", n)
	w.op("ADDQ $%d, CX", unroll)
	w.op("JZ   store%d", n)
	w.line("")
	w.line("single%d:", n)
	floatAVX2Steps(w, n, 1, fused)
	w.op("DECQ CX")
	w.op("JNZ  single%d", n)
	w.line("")
	w.line("store%d:", n)
	floatAVX2Store(w, n)
}

func floatAVX2Steps(w *writer, n, steps int, fused bool) {
	for s := range steps {
		w.op("VMOVUPS %d(SI), Y12", 64*s)
		w.op("VMOVUPS %d(SI), Y13", 64*s+32)
		for i := range n {
			w.op("VBROADCASTSS %s, Y14", row(i, "AX", "DX", rowStride, 4*s))
			if fused {
				w.op("VFMADD231PS Y12, Y14, Y%d", 2*i)
				w.op("VFMADD231PS Y13, Y14, Y%d", 2*i+1)
				continue
			}
			w.op("VMULPS Y12, Y14, Y15")
			w.op("VADDPS Y15, Y%d, Y%d", 2*i, 2*i)
			w.op("VMULPS Y13, Y14, Y14")
			w.op("VADDPS Y14, Y%d, Y%d", 2*i+1, 2*i+1)
		}
	}
	w.op("ADDQ $%d, SI", 64*steps)
	w.op("ADDQ $%d, AX", 4*steps)
	w.op("ADDQ $%d, DX", 4*steps)
}

// floatAVX2Store writes sum * row scale + bias.
func floatAVX2Store(w *writer, n int) {
	w.op("MOVQ floatArgs_bias(R11), SI")
	w.op("VMOVUPS (SI), Y12")
	w.op("VMOVUPS 32(SI), Y13")
	w.op("MOVQ floatArgs_rowScale(R11), DX")
	w.op("ADDQ R10, DX")
	outRows(w, n)
	for i := range n {
		w.op("VBROADCASTSS %d(DX), Y14", 4*i)
		for p := range 2 {
			acc := fmt.Sprintf("Y%d", 2*i+p)
			w.op("VMULPS Y14, %s, %s", acc, acc)
			w.op("VADDPS Y%d, %s, %s", 12+p, acc, acc)
			w.op("VMOVUPS %s, %s", acc, row(i, "DI", "AX", outStride, 32*p))
		}
	}
}
