package asmgen

import "fmt"

// int8AVX2 writes the product of 16-bit rows and a panel of 16 outputs.
//
// A line of the panel holds 4 inputs of 16 outputs (64 bytes); a pass of the
// outer loop takes the half of it that offset R13 says. Weights are widened to
// 16 bits and multiplied in pairs (VPMADDWD), since the 8-bit multiply of AVX2
// saturates. An accumulator holds 4 outputs in two partial sums each, which
// the end of the tile adds (VPHADDD); the sums are exact, so their order does
// not show.
func int8AVX2(w *writer) {
	w.text("gemmInt8AVX2", "int8Args")
	w.op("XORQ R13, R13")
	w.line("")
	w.line("half:")
	rowTiles(w, "int8Args", "", func(n int) { int8AVX2Tile(w, n) })
	w.op("ADDQ $32, R13")
	w.op("CMPQ R13, $64")
	w.op("JLT  half")
	w.op("VZEROUPPER")
	w.op("RET")
}

func int8AVX2Tile(w *writer, n int) {
	for i := range 2 * n {
		w.op("VPXOR Y%d, Y%d, Y%d", i, i, i)
	}
	w.op("MOVQ int8Args_b(R11), SI")
	w.op("ADDQ R13, SI")
	w.op("MOVQ R8, AX")
	w.op("LEAQ (BX)(BX*2), DX")
	w.op("ADDQ R8, DX")
	w.op("MOVQ int8Args_quads(R11), CX")
	w.line("")
	w.line("k%d:", n)
	for s := range 4 {
		w.op("VPMOVSXBW %d(SI), Y12", 64*s)
		w.op("VPMOVSXBW %d(SI), Y13", 64*s+16)
		for i := range n {
			w.op("VPBROADCASTQ %s, Y14", row(i, "AX", "DX", rowStride, 8*s))
			w.op("VPMADDWD Y12, Y14, Y15")
			w.op("VPADDD Y15, Y%d, Y%d", 2*i, 2*i)
			w.op("VPMADDWD Y13, Y14, Y14")
			w.op("VPADDD Y14, Y%d, Y%d", 2*i+1, 2*i+1)
		}
	}
	w.op("ADDQ $256, SI")
	w.op("ADDQ $32, AX")
	w.op("ADDQ $32, DX")
	w.op("SUBQ $4, CX")
	w.op("JNZ  k%d", n)
	int8AVX2Store(w, n)
}

// int8AVX2Store writes float(sum) * output scale * row scale + bias, plus the
// products of the outliers. The results gather in the even registers, the odd
// ones are free.
func int8AVX2Store(w *writer, n int) {
	w.op("MOVQ int8Args_colScale(R11), SI")
	w.op("VMOVUPS (SI)(R13*1), Y12")
	w.op("MOVQ int8Args_bias(R11), SI")
	w.op("VMOVUPS (SI)(R13*1), Y13")
	w.op("MOVQ int8Args_rowScale(R11), SI")
	w.op("ADDQ R10, SI")
	for i := range n {
		acc := fmt.Sprintf("Y%d", 2*i)
		w.op("VPHADDD Y%d, %s, %s", 2*i+1, acc, acc)
		w.op("VPERMQ $0xD8, %s, %s", acc, acc)
		w.op("VCVTDQ2PS %s, %s", acc, acc)
		w.op("VMULPS Y12, %s, %s", acc, acc)
		w.op("VBROADCASTSS %d(SI), Y14", 4*i)
		w.op("VMULPS Y14, %s, %s", acc, acc)
		w.op("VADDPS Y13, %s, %s", acc, acc)
	}
	outlierLoop(w, n, "R13", func() {
		w.op("VMOVUPS (DX), Y12")
		for i := range n {
			w.op("VBROADCASTSS %d(SI), Y14", 4*i)
			w.op("VMULPS Y12, Y14, Y14")
			w.op("VADDPS Y14, Y%d, Y%d", 2*i, 2*i)
		}
	})
	w.op("LEAQ (DI)(R13*1), CX")
	w.op("LEAQ (R9)(R9*2), DX")
	w.op("ADDQ CX, DX")
	for i := range n {
		w.op("VMOVUPS Y%d, %s", 2*i, row(i, "CX", "DX", outStride, 0))
	}
}

// outlierLoop runs body once per outlier with its values of the tile's rows at
// SI and its weights at DX, which offset, a register or "", moves.
func outlierLoop(w *writer, n int, offset string, body func()) {
	w.op("MOVQ int8Args_outliers(R11), CX")
	w.op("TESTQ CX, CX")
	w.op("JZ   store%d", n)
	w.op("MOVQ int8Args_outX(R11), SI")
	w.op("ADDQ R10, SI")
	w.op("MOVQ int8Args_outW(R11), DX")
	if offset != "" {
		w.op("ADDQ %s, DX", offset)
	}
	w.line("")
	w.line("outlier%d:", n)
	body()
	w.op("ADDQ int8Args_outXStep(R11), SI")
	w.op("ADDQ int8Args_outWStep(R11), DX")
	w.op("DECQ CX")
	w.op("JNZ  outlier%d", n)
	w.line("")
	w.line("store%d:", n)
}

// int8VNNI writes the product of unsigned 8-bit rows and 1 or 4 panels of 16
// outputs. The rows carry a zero point z: the sum of u*w is lowered by z times
// the sum of w, which gives the sums of the other tiers.
func int8VNNI(w *writer, panels int) {
	w.text(fmt.Sprintf("gemmInt8x%dAVX512VNNI", 16*panels), "int8Args")
	w.op("MOVQ int8Args_panel(R11), R13")
	rowTiles(w, "int8Args", "", func(n int) { int8VNNITile(w, n, panels) })
	w.op("VZEROUPPER")
	w.op("RET")
}

func int8VNNITile(w *writer, n, panels int) {
	for i := range n * panels {
		w.op("VPXORD Z%d, Z%d, Z%d", i, i, i)
	}
	w.op("MOVQ int8Args_b(R11), SI")
	if panels > 3 {
		w.op("LEAQ (R13)(R13*2), R15")
		w.op("ADDQ SI, R15")
	}
	w.op("MOVQ R8, AX")
	w.op("LEAQ (BX)(BX*2), DX")
	w.op("ADDQ R8, DX")
	w.op("MOVQ int8Args_quads(R11), CX")
	w.line("")
	w.line("k%d:", n)
	for s := range 4 {
		for p := range panels {
			w.op("VMOVDQU32 %s, Z%d", row(p, "SI", "R15", "R13", 64*s), 24+p)
		}
		for i := range n {
			a := 28 + i%2
			w.op("VPBROADCASTD %s, Z%d", row(i, "AX", "DX", rowStride, 4*s), a)
			for p := range panels {
				w.op("VPDPBUSD Z%d, Z%d, Z%d", 24+p, a, i*panels+p)
			}
		}
	}
	w.op("ADDQ $256, SI")
	if panels > 3 {
		w.op("ADDQ $256, R15")
	}
	w.op("ADDQ $16, AX")
	w.op("ADDQ $16, DX")
	w.op("SUBQ $4, CX")
	w.op("JNZ  k%d", n)
	int8VNNIStore(w, n, panels)
}

func int8VNNIStore(w *writer, n, panels int) {
	w.op("MOVQ int8Args_colSum(R11), SI")
	for p := range panels {
		w.op("VMOVDQU32 %d(SI), Z%d", 64*p, 24+p)
	}
	w.op("MOVQ int8Args_rowZero(R11), DX")
	w.op("ADDQ R10, DX")
	for i := range n {
		w.op("VPBROADCASTD %d(DX), Z28", 4*i)
		for p := range panels {
			w.op("VPMULLD Z28, Z%d, Z29", 24+p)
			w.op("VPSUBD Z29, Z%d, Z%d", i*panels+p, i*panels+p)
		}
	}
	w.op("MOVQ int8Args_colScale(R11), SI")
	w.op("MOVQ int8Args_bias(R11), CX")
	w.op("MOVQ int8Args_rowScale(R11), DX")
	w.op("ADDQ R10, DX")
	for i := range n {
		w.op("VBROADCASTSS %d(DX), Z28", 4*i)
		for p := range panels {
			acc := fmt.Sprintf("Z%d", i*panels+p)
			w.op("VCVTDQ2PS %s, %s", acc, acc)
			w.op("VMULPS %d(SI), %s, %s", 64*p, acc, acc)
			w.op("VMULPS Z28, %s, %s", acc, acc)
			w.op("VADDPS %d(CX), %s, %s", 64*p, acc, acc)
		}
	}
	outlierLoop(w, n, "", func() {
		for p := range panels {
			w.op("VMOVUPS %d(DX), Z%d", 64*p, 24+p)
		}
		for i := range n {
			w.op("VBROADCASTSS %d(SI), Z28", 4*i)
			for p := range panels {
				w.op("VMULPS Z%d, Z28, Z29", 24+p)
				w.op("VADDPS Z29, Z%d, Z%d", i*panels+p, i*panels+p)
			}
		}
	})
	outRows(w, n)
	for i := range n {
		for p := range panels {
			w.op("VMOVUPS Z%d, %s", i*panels+p, row(i, "DI", "AX", outStride, 64*p))
		}
	}
}
