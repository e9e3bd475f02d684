package asmgen

import "fmt"

// tileRows is the number of rows of a full tile: 6 rows of two vectors leave
// four of AVX2's sixteen registers for operands, and 6 rows of four vectors
// leave eight of AVX-512's thirty-two.
const tileRows = 6

// Registers that the tiles share. The row pointers reach six rows with two
// address registers: row i is base(i) plus 0, 1 or 2 strides.
//
//	AX, DX  rows 0 and 3 of the left operand     BX   its stride in bytes
//	SI      the panel                            CX   steps left
//	DI      row 0 of the result                  R9   its stride in bytes
//	R8      row 0 of the left operand            R12  rows left
//	R10     offset of the row in the arrays of row scales and zeros
//	R11     the arguments                        R13  offset in the panel
const (
	rowStride = "BX"
	outStride = "R9"
)

// row returns the operand at off bytes of row i, when rows 0 and 3 are in the
// registers lo and hi and stride holds the stride.
func row(i int, lo, hi, stride string, off int) string {
	base := lo
	if i >= 3 {
		base = hi
	}
	suffix := ""
	if i%3 > 0 {
		suffix = fmt.Sprintf("(%s*%d)", stride, i%3)
	}
	if off == 0 {
		return fmt.Sprintf("(%s)%s", base, suffix)
	}
	return fmt.Sprintf("%d(%s)%s", off, base, suffix)
}

// rowTiles writes the loop over the rows: full tiles, then one tile of what is
// left. body writes one tile of n rows.
func rowTiles(w *writer, args, prefix string, body func(n int)) {
	w.op("MOVQ %s_a(R11), R8", args)
	w.op("MOVQ %s_lda(R11), BX", args)
	w.op("MOVQ %s_c(R11), DI", args)
	w.op("MOVQ %s_ldc(R11), R9", args)
	w.op("MOVQ %s_rows(R11), R12", args)
	w.op("XORQ R10, R10")
	w.line("")
	w.line("%srows:", prefix)
	w.op("CMPQ R12, $%d", tileRows)
	w.op("JLT  %srest", prefix)
	body(tileRows)
	w.op("LEAQ (BX)(BX*2), AX")
	w.op("LEAQ (R8)(AX*2), R8")
	w.op("LEAQ (R9)(R9*2), AX")
	w.op("LEAQ (DI)(AX*2), DI")
	w.op("ADDQ $%d, R10", 4*tileRows)
	w.op("SUBQ $%d, R12", tileRows)
	w.op("JMP  %srows", prefix)
	w.line("")
	w.line("%srest:", prefix)
	for n := tileRows - 1; n > 0; n-- {
		w.op("CMPQ R12, $%d", n)
		w.op("JEQ  %stail%d", prefix, n)
	}
	w.op("JMP  %sdone", prefix)
	for n := tileRows - 1; n > 0; n-- {
		w.line("")
		w.line("%stail%d:", prefix, n)
		body(n)
		if n > 1 {
			w.op("JMP %sdone", prefix)
		}
	}
	w.line("")
	w.line("%sdone:", prefix)
}

// outRows leaves the address of result row 3 in AX.
func outRows(w *writer, n int) {
	if n > 3 {
		w.op("LEAQ (R9)(R9*2), AX")
		w.op("ADDQ DI, AX")
	}
}
