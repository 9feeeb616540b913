// The kernels of `amx.c` on the model of the tile registers, for tests: builds for release do not have them.
#include "template/common.h"
#include "template/halves.h"

#if defined(__x86_64__) && defined(DEBUG)
#include <immintrin.h>

#define CK_TILE_MODEL 1

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c"))), apply_to = function)
#include "amx_tiles.h"
#include "template/tiles.h"
#include "template/multiply_tiles.h"
#pragma clang attribute pop

const ck_bfloat16_kernels ck_bfloat16_amx_model = TILE_KERNELS;
#endif
