// 512-bit vectors with fused multiply–add.
#include "template/common.h"
#include "template/halves.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), apply_to = function)

#define CK_FUSED 1
#define CK_ACCUMULATORS 24

#define S float
#define CK_SINGLE 1
#define CK_LANES 16
#define CK_NAME(x) x##_avx512_f32
#define CK_TABLE ck_avx512_f32
#include "template/all.h"

#define S double
#define CK_SINGLE 0
#define CK_LANES 8
#define CK_NAME(x) x##_avx512_f64
#define CK_TABLE ck_avx512_f64
#include "template/all.h"

#pragma clang attribute pop
#endif
