#include "CKernels.h"

extern const ck_kernels ck_portable_f32, ck_portable_f64;

#if defined(__x86_64__)
#include "amx_permission.h"

extern const ck_kernels ck_avx2_f32, ck_avx2_f64, ck_avx512_f32, ck_avx512_f64;
extern const ck_bfloat16_kernels ck_bfloat16_avx512, ck_bfloat16_amx;
extern const ck_rounded_kernels ck_rounded_avx512;

int ck_supports(int path) {
    int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    int pairs = avx512 && __builtin_cpu_supports("avx512bf16");
    switch (path) {
    case CK_PORTABLE: return 1;
    case CK_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case CK_AVX512: return avx512;
    case CK_AVX512_BF16: return pairs;
    case CK_AMX: return pairs && has_tiles() && !tiles_obstacle();
#if defined(DEBUG)
    case CK_AMX_MODEL: return pairs;
#endif
    default: return 0;
    }
}

const char *ck_obstacle(int path) { return path == CK_AMX && has_tiles() ? tiles_obstacle() : 0; }

const ck_kernels *ck_kernels_for(int path, size_t element_size) {
    int single = element_size == 4;
    switch (path) {
    case CK_PORTABLE: return single ? &ck_portable_f32 : &ck_portable_f64;
    case CK_AVX2: return single ? &ck_avx2_f32 : &ck_avx2_f64;
    default: return single ? &ck_avx512_f32 : &ck_avx512_f64;
    }
}

const ck_bfloat16_kernels *ck_bfloat16_kernels_for(int path) {
    switch (path) {
    case CK_AVX512_BF16: return &ck_bfloat16_avx512;
    case CK_AMX: return &ck_bfloat16_amx;
#if defined(DEBUG)
    case CK_AMX_MODEL: {
        extern const ck_bfloat16_kernels ck_bfloat16_amx_model;
        return &ck_bfloat16_amx_model;
    }
#endif
    default: return 0;
    }
}

const ck_rounded_kernels *ck_rounded_kernels_for(int path) { return path == CK_AVX512_BF16 ? &ck_rounded_avx512 : 0; }
#else
int ck_supports(int path) { return path == CK_PORTABLE; }

const char *ck_obstacle(int path) { return 0; }

const ck_kernels *ck_kernels_for(int path, size_t element_size) {
    return element_size == 4 ? &ck_portable_f32 : &ck_portable_f64;
}

const ck_bfloat16_kernels *ck_bfloat16_kernels_for(int path) { return 0; }

const ck_rounded_kernels *ck_rounded_kernels_for(int path) { return 0; }
#endif
