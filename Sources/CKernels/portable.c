// The path for every machine: 128-bit vectors, and products and sums rounded apart, so that all give the same bits.
#pragma STDC FP_CONTRACT OFF
#include "template/common.h"
#include "template/halves.h"

#define CK_FUSED 0
#define CK_ACCUMULATORS 8

#define S float
#define CK_SINGLE 1
#define CK_LANES 4
#define CK_NAME(x) x##_portable_f32
#define CK_TABLE ck_portable_f32
#include "template/all.h"

#define S double
#define CK_SINGLE 0
#define CK_LANES 2
#define CK_NAME(x) x##_portable_f64
#define CK_TABLE ck_portable_f64
#include "template/all.h"
