//go:build amd64 && !purego

#include "textflag.h"

// QUAD transposes 4 columns of 8 rows (0 to 3 from R8, R9, R10, R11; 4 to 7
// from R12, R13, BX, DX) and stores the 4 lines of 8 values at off(DI).
#define QUAD(off) \
	VMOVUPS     (R8), X0               \
	VMOVUPS     (R9), X1               \
	VMOVUPS     (R10), X2              \
	VMOVUPS     (R11), X3              \
	VINSERTF128 $1, (R12), Y0, Y0      \
	VINSERTF128 $1, (R13), Y1, Y1      \
	VINSERTF128 $1, (BX), Y2, Y2       \
	VINSERTF128 $1, (DX), Y3, Y3       \
	VUNPCKLPS   Y1, Y0, Y4             \
	VUNPCKHPS   Y1, Y0, Y5             \
	VUNPCKLPS   Y3, Y2, Y6             \
	VUNPCKHPS   Y3, Y2, Y7             \
	VUNPCKLPD   Y6, Y4, Y0             \
	VUNPCKHPD   Y6, Y4, Y1             \
	VUNPCKLPD   Y7, Y5, Y2             \
	VUNPCKHPD   Y7, Y5, Y3             \
	VMOVUPS     Y0, off(DI)            \
	VMOVUPS     Y1, (off+64)(DI)       \
	VMOVUPS     Y2, (off+128)(DI)      \
	VMOVUPS     Y3, (off+192)(DI)

// func packKeysAVX2(panel, k *float32, stride, dim int)
TEXT ·packKeysAVX2(SB), NOSPLIT, $0-32
	MOVQ k+8(FP), R8
	MOVQ stride+16(FP), AX
	XORQ SI, SI // byte offset in a line: rows 0 to 7, then 8 to 15

half:
	MOVQ panel+0(FP), DI
	ADDQ SI, DI
	MOVQ dim+24(FP), CX
	LEAQ (R8)(AX*1), R9
	LEAQ (R9)(AX*1), R10
	LEAQ (R10)(AX*1), R11
	LEAQ (R11)(AX*1), R12
	LEAQ (R12)(AX*1), R13
	LEAQ (R13)(AX*1), BX
	LEAQ (BX)(AX*1), DX

columns:
	QUAD(0)
	ADDQ $16, R8
	ADDQ $16, R9
	ADDQ $16, R10
	ADDQ $16, R11
	ADDQ $16, R12
	ADDQ $16, R13
	ADDQ $16, BX
	ADDQ $16, DX
	ADDQ $256, DI
	SUBQ $4, CX
	JNZ  columns

	MOVQ k+8(FP), R8
	LEAQ (R8)(AX*8), R8
	ADDQ $32, SI
	CMPQ SI, $64
	JLT  half
	VZEROUPPER
	RET
