// As many products and sums as the arithmetic units can do, from registers alone: the peak that kernels are held to.
#include "CKernels.h"
#include "template/common.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define CK_PEAK(name, isa, vector, zero, step, count)                                                   \
    __attribute__((target(isa))) static double name(size_t rounds, float *result) {                     \
        vector sum[count];                                                                              \
        CK_UNROLL for (int i = 0; i < count; i++) sum[i] = zero;                                        \
        for (size_t r = 0; r < rounds; r++) {                                                           \
            CK_UNROLL for (int i = 0; i < count; i++) {                                                 \
                step;                                                                                   \
                __asm__ volatile("" : "+x"(sum[i]));                                                    \
            }                                                                                           \
        }                                                                                               \
        for (int i = 0; i < count; i++) *result += ((float *)&sum[i])[0];                               \
        return 2.0 * count * (sizeof(vector) / 4) * rounds;                                             \
    }

CK_PEAK(peak_portable, "sse2", __m128, _mm_setzero_ps(), sum[i] = _mm_add_ps(sum[i], _mm_mul_ps(sum[i], sum[i])), 12)
CK_PEAK(peak_avx2, "avx2,fma", __m256, _mm256_setzero_ps(), sum[i] = _mm256_fmadd_ps(sum[i], sum[i], sum[i]), 12)
CK_PEAK(peak_avx512, "avx512f", __m512, _mm512_setzero_ps(), sum[i] = _mm512_fmadd_ps(sum[i], sum[i], sum[i]), 16)
CK_PEAK(peak_bf16, "avx512f,avx512bf16", __m512, _mm512_setzero_ps(),
        sum[i] = _mm512_dpbf16_ps(sum[i], (__m512bh)sum[i], (__m512bh)sum[i]), 16)

double ck_peak(int path, size_t rounds, float *result) {
    switch (path) {
    case CK_PORTABLE: return peak_portable(rounds, result);
    case CK_AVX2: return peak_avx2(rounds, result);
    case CK_AVX512: return peak_avx512(rounds, result);
    // A pair of products a lane.
    default: return 2 * peak_bf16(rounds, result);
    }
}
#else
double ck_peak(int path, size_t rounds, float *result) {
    float sum = *result;
    for (size_t r = 0; r < rounds; r++) sum += sum * sum;
    *result = sum;
    return 2.0 * rounds;
}
#endif
