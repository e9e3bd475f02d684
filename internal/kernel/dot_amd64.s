//go:build amd64 && !purego

#include "textflag.h"

// func dotF32AVX2(a, b *float32, n int) float32
//
// Multiplies and adds apart: a fused operation would round once and differ
// from the other tiers. Lane l of Y0..Y3 is the running sum of index l mod 32.
TEXT ·dotF32AVX2(SB), NOSPLIT, $0-28
	MOVQ   a+0(FP), SI
	MOVQ   b+8(FP), DI
	MOVQ   n+16(FP), CX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	MOVQ   CX, DX
	SHRQ   $5, DX
	JZ     fold

block:
	VMOVUPS (SI), Y4
	VMOVUPS 32(SI), Y5
	VMOVUPS 64(SI), Y6
	VMOVUPS 96(SI), Y7
	VMULPS  (DI), Y4, Y4
	VMULPS  32(DI), Y5, Y5
	VMULPS  64(DI), Y6, Y6
	VMULPS  96(DI), Y7, Y7
	VADDPS  Y4, Y0, Y0
	VADDPS  Y5, Y1, Y1
	VADDPS  Y6, Y2, Y2
	VADDPS  Y7, Y3, Y3
	ADDQ    $128, SI
	ADDQ    $128, DI
	DECQ    DX
	JNZ     block

fold:
	VADDPS       Y2, Y0, Y0
	VADDPS       Y3, Y1, Y1
	VADDPS       Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS       X1, X0, X0
	VPSHUFD      $0x0E, X0, X1
	VADDPS       X1, X0, X0
	VPSHUFD      $0x01, X0, X1
	VADDSS       X1, X0, X0
	ANDQ         $31, CX
	JZ           done

rest:
	VMOVSS (SI), X1
	VMULSS (DI), X1, X1
	VADDSS X1, X0, X0
	ADDQ   $4, SI
	ADDQ   $4, DI
	DECQ   CX
	JNZ    rest

done:
	VZEROUPPER
	MOVSS X0, ret+24(FP)
	RET

// func dotU8S8AVX2(codes *uint8, q *int8, n int) int32
//
// Both sides are widened to 16 bits: the 8-bit multiply (VPMADDUBSW) saturates
// and would give other sums than the other tiers.
TEXT ·dotU8S8AVX2(SB), NOSPLIT, $0-28
	MOVQ  codes+0(FP), SI
	MOVQ  q+8(FP), DI
	MOVQ  n+16(FP), CX
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	MOVQ  CX, DX
	SHRQ  $5, DX
	JZ    fold

block:
	VPMOVZXBW (SI), Y2
	VPMOVSXBW (DI), Y3
	VPMOVZXBW 16(SI), Y4
	VPMOVSXBW 16(DI), Y5
	VPMADDWD  Y3, Y2, Y2
	VPMADDWD  Y5, Y4, Y4
	VPADDD    Y2, Y0, Y0
	VPADDD    Y4, Y1, Y1
	ADDQ      $32, SI
	ADDQ      $32, DI
	DECQ      DX
	JNZ       block

fold:
	VPADDD       Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0x0E, X0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0x01, X0, X1
	VPADDD       X1, X0, X0
	VMOVD        X0, AX
	ANDQ         $31, CX
	JZ           done

rest:
	MOVBLZX (SI), DX
	MOVBLSX (DI), R8
	IMULL   R8, DX
	ADDL    DX, AX
	INCQ    SI
	INCQ    DI
	DECQ    CX
	JNZ     rest

done:
	VZEROUPPER
	MOVL AX, ret+24(FP)
	RET

// func dotU8S8BatchAVX2(dst *int32, slab *uint8, stride int, ids *uint32, count int, q *int8, n int)
//
// R13 is the row after the next one, fetched into the cache while this one is
// multiplied; the rows of a graph search lie anywhere in memory.
TEXT ·dotU8S8BatchAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), R8
	MOVQ slab+8(FP), R9
	MOVQ stride+16(FP), R10
	MOVQ ids+24(FP), R11
	MOVQ count+32(FP), R12

row:
	MOVL   (R11), SI
	IMULQ  R10, SI
	ADDQ   R9, SI
	MOVQ   SI, R13
	CMPQ   R12, $2
	JLE    start
	MOVL   8(R11), R13
	IMULQ  R10, R13
	ADDQ   R9, R13

start:
	MOVQ  q+40(FP), DI
	MOVQ  n+48(FP), CX
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	MOVQ  CX, DX
	SHRQ  $5, DX
	JZ    fold

block:
	PREFETCHT0 (R13)
	VPMOVZXBW  (SI), Y2
	VPMOVSXBW  (DI), Y3
	VPMOVZXBW  16(SI), Y4
	VPMOVSXBW  16(DI), Y5
	VPMADDWD   Y3, Y2, Y2
	VPMADDWD   Y5, Y4, Y4
	VPADDD     Y2, Y0, Y0
	VPADDD     Y4, Y1, Y1
	ADDQ       $32, SI
	ADDQ       $32, DI
	ADDQ       $32, R13
	DECQ       DX
	JNZ        block

fold:
	VPADDD       Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0x0E, X0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0x01, X0, X1
	VPADDD       X1, X0, X0
	VMOVD        X0, AX
	ANDQ         $31, CX
	JZ           store

rest:
	MOVBLZX (SI), DX
	MOVBLSX (DI), BX
	IMULL   BX, DX
	ADDL    DX, AX
	INCQ    SI
	INCQ    DI
	DECQ    CX
	JNZ     rest

store:
	MOVL AX, (R8)
	ADDQ $4, R8
	ADDQ $4, R11
	DECQ R12
	JNZ  row
	VZEROUPPER
	RET

// func dotU8S8BatchAVX512VNNI(dst *int32, slab *uint8, stride int, ids *uint32, count int, q *int8, n int)
//
// K1 masks the last, partial block of 64, so that no byte after a row is read.
TEXT ·dotU8S8BatchAVX512VNNI(SB), NOSPLIT, $0-56
	MOVQ  dst+0(FP), R8
	MOVQ  slab+8(FP), R9
	MOVQ  stride+16(FP), R10
	MOVQ  ids+24(FP), R11
	MOVQ  count+32(FP), R12
	MOVQ  n+48(FP), CX
	MOVQ  CX, BX
	SHRQ  $6, BX
	ANDQ  $63, CX
	MOVQ  $-1, AX
	BZHIQ CX, AX, AX
	KMOVQ AX, K1

row:
	MOVL  (R11), SI
	IMULQ R10, SI
	ADDQ  R9, SI
	MOVQ  SI, R13
	CMPQ  R12, $2
	JLE   start
	MOVL  8(R11), R13
	IMULQ R10, R13
	ADDQ  R9, R13

start:
	MOVQ   q+40(FP), DI
	VPXORD Z0, Z0, Z0
	MOVQ   BX, DX
	TESTQ  DX, DX
	JZ     rest

block:
	PREFETCHT0 (R13)
	VMOVDQU8   (SI), Z1
	VPDPBUSD   (DI), Z1, Z0
	ADDQ       $64, SI
	ADDQ       $64, DI
	ADDQ       $64, R13
	DECQ       DX
	JNZ        block

rest:
	TESTQ      CX, CX
	JZ         fold
	VMOVDQU8.Z (SI), K1, Z1
	VMOVDQU8.Z (DI), K1, Z2
	VPDPBUSD   Z2, Z1, Z0

fold:
	VEXTRACTI64X4 $1, Z0, Y1
	VPADDD        Y1, Y0, Y0
	VEXTRACTI128  $1, Y0, X1
	VPADDD        X1, X0, X0
	VPSHUFD       $0x0E, X0, X1
	VPADDD        X1, X0, X0
	VPSHUFD       $0x01, X0, X1
	VPADDD        X1, X0, X0
	VMOVD         X0, (R8)
	ADDQ          $4, R8
	ADDQ          $4, R11
	DECQ          R12
	JNZ           row
	VZEROUPPER
	RET
