//go:build amd64 && !purego

#include "textflag.h"

// func valueRangeAVX2(x *float32, n int) (lo, hi float32)
//
// Starts from zero: the range of a row includes it. Minimum and maximum do not
// depend on the order.
TEXT ·valueRangeAVX2(SB), NOSPLIT, $0-24
	MOVQ   x+0(FP), SI
	MOVQ   n+8(FP), CX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3

block:
	VMOVUPS (SI), Y4
	VMOVUPS 32(SI), Y5
	VMINPS  Y4, Y0, Y0
	VMAXPS  Y4, Y2, Y2
	VMINPS  Y5, Y1, Y1
	VMAXPS  Y5, Y3, Y3
	ADDQ    $64, SI
	SUBQ    $16, CX
	JNZ     block

	VMINPS       Y1, Y0, Y0
	VMAXPS       Y3, Y2, Y2
	VEXTRACTF128 $1, Y0, X1
	VEXTRACTF128 $1, Y2, X3
	VMINPS       X1, X0, X0
	VMAXPS       X3, X2, X2
	VPSHUFD      $0x0E, X0, X1
	VPSHUFD      $0x0E, X2, X3
	VMINPS       X1, X0, X0
	VMAXPS       X3, X2, X2
	VPSHUFD      $0x01, X0, X1
	VPSHUFD      $0x01, X2, X3
	VMINSS       X1, X0, X0
	VMAXSS       X3, X2, X2
	VZEROUPPER
	MOVSS        X0, lo+16(FP)
	MOVSS        X2, hi+20(FP)
	RET

// func quantizeWideAVX2(dst *int16, x *float32, n int, inverse float32, zero int32)
//
// Y6 and Y7 bound the value less its zero point: -zero and 255-zero.
TEXT ·quantizeWideAVX2(SB), NOSPLIT, $0-32
	MOVQ         dst+0(FP), DI
	MOVQ         x+8(FP), SI
	MOVQ         n+16(FP), CX
	VBROADCASTSS inverse+24(FP), Y5
	MOVL         zero+28(FP), AX
	VMOVD        AX, X7
	VPBROADCASTD X7, Y7
	VPXOR        Y6, Y6, Y6
	VPSUBD       Y7, Y6, Y6
	MOVL         $255, AX
	VMOVD        AX, X7
	VPBROADCASTD X7, Y7
	VPADDD       Y6, Y7, Y7

block:
	VMULPS    (SI), Y5, Y0
	VMULPS    32(SI), Y5, Y1
	VCVTPS2DQ Y0, Y0
	VCVTPS2DQ Y1, Y1
	VPMAXSD   Y6, Y0, Y0
	VPMAXSD   Y6, Y1, Y1
	VPMINSD   Y7, Y0, Y0
	VPMINSD   Y7, Y1, Y1
	VPACKSSDW Y1, Y0, Y0
	VPERMQ    $0xD8, Y0, Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $64, SI
	ADDQ      $32, DI
	SUBQ      $16, CX
	JNZ       block
	VZEROUPPER
	RET

// func quantizeNarrowAVX2(dst *byte, x *float32, n int, inverse float32, zero int32)
//
// The packs bound the value to 0..255.
TEXT ·quantizeNarrowAVX2(SB), NOSPLIT, $0-32
	MOVQ         dst+0(FP), DI
	MOVQ         x+8(FP), SI
	MOVQ         n+16(FP), CX
	VBROADCASTSS inverse+24(FP), Y5
	MOVL         zero+28(FP), AX
	VMOVD        AX, X7
	VPBROADCASTD X7, Y7

block:
	VMULPS       (SI), Y5, Y0
	VMULPS       32(SI), Y5, Y1
	VCVTPS2DQ    Y0, Y0
	VCVTPS2DQ    Y1, Y1
	VPADDD       Y7, Y0, Y0
	VPADDD       Y7, Y1, Y1
	VPACKSSDW    Y1, Y0, Y0
	VPERMQ       $0xD8, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPACKUSWB    X1, X0, X0
	VMOVDQU      X0, (DI)
	ADDQ         $64, SI
	ADDQ         $16, DI
	SUBQ         $16, CX
	JNZ          block
	VZEROUPPER
	RET
