//go:build amd64 && !purego

#include "textflag.h"

DATA constants<>+0x00(SB)/4, $0x7fffffff  // magnitude of a float
DATA constants<>+0x04(SB)/4, $5.4999995   // geluLimit
DATA constants<>+0x08(SB)/4, $1.454545455 // geluScale
DATA constants<>+0x0c(SB)/4, $-86.0       // expLowest
DATA constants<>+0x10(SB)/4, $1.442695041 // expLog2e
DATA constants<>+0x14(SB)/4, $0.693359375 // expLn2Hi
DATA constants<>+0x18(SB)/4, $-0.000212194440 // expLn2Lo
GLOBL constants<>(SB), RODATA|NOPTR, $0x1c

// One Horner step: the coefficients of power d are permuted to the segments in
// Y2, then Y5 = Y5*Y4 + coefficient.
#define GELU_STEP(coeff) \
	VPERMPS coeff, Y2, Y6 \
	VMULPS  Y4, Y5, Y5    \
	VADDPS  Y6, Y5, Y5

// func geluAVX2(x *float32, n int)
TEXT ·geluAVX2(SB), NOSPLIT, $0-16
	MOVQ         x+0(FP), SI
	MOVQ         n+8(FP), CX
	LEAQ         ·geluCoeff(SB), DX
	VBROADCASTSS constants<>+0x00(SB), Y13
	VBROADCASTSS constants<>+0x04(SB), Y14
	VBROADCASTSS constants<>+0x08(SB), Y15
	VXORPS       Y12, Y12, Y12
	VMOVUPS      (DX), Y7
	VMOVUPS      32(DX), Y8
	VMOVUPS      64(DX), Y9
	VMOVUPS      96(DX), Y10
	VMOVUPS      128(DX), Y11

block:
	VMOVUPS    (SI), Y0
	VANDPS     Y13, Y0, Y1
	VMINPS     Y14, Y1, Y1
	VMULPS     Y15, Y1, Y3
	VCVTTPS2DQ Y3, Y2
	VCVTDQ2PS  Y2, Y4
	VSUBPS     Y4, Y3, Y4
	VPERMPS    160(DX), Y2, Y5
	GELU_STEP(Y11)
	GELU_STEP(Y10)
	GELU_STEP(Y9)
	GELU_STEP(Y8)
	GELU_STEP(Y7)
	VMULPS     Y1, Y5, Y5
	VMAXPS     Y12, Y0, Y0
	VSUBPS     Y5, Y0, Y0
	VMOVUPS    Y0, (SI)
	ADDQ       $32, SI
	SUBQ       $8, CX
	JNZ        block
	VZEROUPPER
	RET

// EXP sets x to exp(x), x <= 0, with n and p for scratch. Y6..Y15 hold the
// constants.
#define EXP(x, n, p) \
	VMAXPS    Y6, x, x  \
	VMULPS    Y7, x, n  \
	VROUNDPS  $0, n, n  \
	VMULPS    Y8, n, p  \
	VSUBPS    p, x, x   \
	VMULPS    Y9, n, p  \
	VSUBPS    p, x, x   \
	VCVTPS2DQ n, n      \
	VPSLLD    $23, n, n \
	VMULPS    Y15, x, p \
	VADDPS    Y14, p, p \
	VMULPS    x, p, p   \
	VADDPS    Y13, p, p \
	VMULPS    x, p, p   \
	VADDPS    Y12, p, p \
	VMULPS    x, p, p   \
	VADDPS    Y11, p, p \
	VMULPS    x, p, p   \
	VADDPS    Y10, p, p \
	VPADDD    n, p, x

// func softmaxAVX2(row *float32, n int) float32
//
// Lane l of Y4, Y5 sums the values of index l mod 16.
TEXT ·softmaxAVX2(SB), NOSPLIT, $0-20
	MOVQ    row+0(FP), SI
	MOVQ    n+8(FP), CX
	MOVQ    SI, DI
	MOVQ    CX, DX
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1

peak:
	VMAXPS (DI), Y0, Y0
	VMAXPS 32(DI), Y1, Y1
	ADDQ   $64, DI
	SUBQ   $16, DX
	JNZ    peak

	VMAXPS       Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VMAXPS       X1, X0, X0
	VPSHUFD      $0x0E, X0, X1
	VMAXPS       X1, X0, X0
	VPSHUFD      $0x01, X0, X1
	VMAXPS       X1, X0, X0
	VBROADCASTSS X0, Y3

	LEAQ         ·expCoeff(SB), DX
	VBROADCASTSS constants<>+0x0c(SB), Y6
	VBROADCASTSS constants<>+0x10(SB), Y7
	VBROADCASTSS constants<>+0x14(SB), Y8
	VBROADCASTSS constants<>+0x18(SB), Y9
	VBROADCASTSS (DX), Y10
	VBROADCASTSS 4(DX), Y11
	VBROADCASTSS 8(DX), Y12
	VBROADCASTSS 12(DX), Y13
	VBROADCASTSS 16(DX), Y14
	VBROADCASTSS 20(DX), Y15
	VXORPS       Y4, Y4, Y4
	VXORPS       Y5, Y5, Y5

block:
	VMOVUPS (SI), Y0
	VSUBPS  Y3, Y0, Y0
	EXP(Y0, Y1, Y2)
	VMOVUPS Y0, (SI)
	VADDPS  Y0, Y4, Y4
	VMOVUPS 32(SI), Y0
	VSUBPS  Y3, Y0, Y0
	EXP(Y0, Y1, Y2)
	VMOVUPS Y0, 32(SI)
	VADDPS  Y0, Y5, Y5
	ADDQ    $64, SI
	SUBQ    $16, CX
	JNZ     block

	VADDPS       Y5, Y4, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS       X1, X0, X0
	VPSHUFD      $0x0E, X0, X1
	VADDPS       X1, X0, X0
	VPSHUFD      $0x01, X0, X1
	VADDSS       X1, X0, X0
	VZEROUPPER
	MOVSS        X0, ret+16(FP)
	RET

// func addSumAVX2(x, y *float32, n int, lane *[lanes]float32)
TEXT ·addSumAVX2(SB), NOSPLIT, $0-32
	MOVQ    x+0(FP), SI
	MOVQ    y+8(FP), DI
	MOVQ    n+16(FP), CX
	MOVQ    lane+24(FP), DX
	VMOVUPS (DX), Y0
	VMOVUPS 32(DX), Y1

block:
	VMOVUPS (SI), Y2
	VMOVUPS 32(SI), Y3
	VADDPS  (DI), Y2, Y2
	VADDPS  32(DI), Y3, Y3
	VMOVUPS Y2, (SI)
	VMOVUPS Y3, 32(SI)
	VADDPS  Y2, Y0, Y0
	VADDPS  Y3, Y1, Y1
	ADDQ    $64, SI
	ADDQ    $64, DI
	SUBQ    $16, CX
	JNZ     block
	VMOVUPS Y0, (DX)
	VMOVUPS Y1, 32(DX)
	VZEROUPPER
	RET

// func squaresAVX2(x *float32, n int, mean float32, lane *[lanes]float32)
TEXT ·squaresAVX2(SB), NOSPLIT, $0-32
	MOVQ         x+0(FP), SI
	MOVQ         n+8(FP), CX
	VBROADCASTSS mean+16(FP), Y4
	MOVQ         lane+24(FP), DX
	VMOVUPS      (DX), Y0
	VMOVUPS      32(DX), Y1

block:
	VMOVUPS (SI), Y2
	VMOVUPS 32(SI), Y3
	VSUBPS  Y4, Y2, Y2
	VSUBPS  Y4, Y3, Y3
	VMULPS  Y2, Y2, Y2
	VMULPS  Y3, Y3, Y3
	VADDPS  Y2, Y0, Y0
	VADDPS  Y3, Y1, Y1
	ADDQ    $64, SI
	SUBQ    $16, CX
	JNZ     block
	VMOVUPS Y0, (DX)
	VMOVUPS Y1, 32(DX)
	VZEROUPPER
	RET

// func normalizeAVX2(x *float32, n int, mean, inverse float32, gain, bias *float32)
TEXT ·normalizeAVX2(SB), NOSPLIT, $0-40
	MOVQ         x+0(FP), SI
	MOVQ         n+8(FP), CX
	VBROADCASTSS mean+16(FP), Y4
	VBROADCASTSS inverse+20(FP), Y5
	MOVQ         gain+24(FP), DI
	MOVQ         bias+32(FP), DX

block:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VSUBPS  Y4, Y0, Y0
	VSUBPS  Y4, Y1, Y1
	VMULPS  Y5, Y0, Y0
	VMULPS  Y5, Y1, Y1
	VMULPS  (DI), Y0, Y0
	VMULPS  32(DI), Y1, Y1
	VADDPS  (DX), Y0, Y0
	VADDPS  32(DX), Y1, Y1
	VMOVUPS Y0, (SI)
	VMOVUPS Y1, 32(SI)
	ADDQ    $64, SI
	ADDQ    $64, DI
	ADDQ    $64, DX
	SUBQ    $16, CX
	JNZ     block
	VZEROUPPER
	RET
