// The path for any x86-64 or arm64: 128-bit vectors, multiplication and addition rounded apart, so that every machine
// gives the same bits.
#pragma STDC FP_CONTRACT OFF

#define CK_VECTOR_BYTES 16
#define CK_FUSED 0
#define CK_ACCUMULATORS 8

#define S float
#define CK_NAME(x) x##_portable_f32
#define CK_TABLE ck_portable_f32
#include "template/all.h"
#undef S
#undef CK_NAME
#undef CK_TABLE

#define S double
#define CK_NAME(x) x##_portable_f64
#define CK_TABLE ck_portable_f64
#include "template/all.h"
