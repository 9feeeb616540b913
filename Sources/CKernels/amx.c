// Products of bfloat16 tiles summed in F32 (tdpbf16ps), for tokens that lie in memory as bfloat16 and for heads.
#include "template/common.h"
#include "template/halves.h"

#if defined(__x86_64__)
#define CK_TILE_MODEL 0
#include "amx_tiles.h"

#pragma clang attribute push(                                                                                          \
    __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c"))),        \
    apply_to = function)
#include "template/tiles.h"
#include "template/multiply_tiles.h"

double ck_peak_tiles(size_t rounds, float *result) {
    float sum[CK_TILE_BYTES / 4];
    tile_configure(&ck_full_tiles);
    for (size_t r = 0; r < rounds; r++) {
        tile_multiply(0, 4, 6);
        tile_multiply(1, 4, 7);
        tile_multiply(2, 5, 6);
        tile_multiply(3, 5, 7);
    }
    tile_store(0, sum, CK_TILE_ROW_BYTES);
    tile_release();
    *result += sum[0];
    return 2.0 * 4 * 16 * 16 * CK_TILE_DEPTH * rounds;
}
#pragma clang attribute pop

const ck_bfloat16_kernels ck_bfloat16_amx = TILE_KERNELS;
#endif
