// What kernels are held to: as many products and sums as the arithmetic units can do from registers alone, and a sum
// that waits for nothing but memory.
#include "CKernels.h"
#include "template/common.h"

#if defined(__x86_64__)
#include <immintrin.h>

/// `step` adds a product to sum[i]. The empty statements keep the compiler from doing any of it once for all.
#define CK_PEAK(name, isa, vector, step, count)                                                        \
    __attribute__((target(isa))) static double name(size_t rounds, float *result) {                    \
        vector sum[count], x = {}, y = {};                                                             \
        CK_UNROLL for (int i = 0; i < count; i++) sum[i] = (vector){};                                 \
        for (size_t r = 0; r < rounds; r++) {                                                          \
            CK_UNROLL for (int i = 0; i < count; i++) {                                                \
                step;                                                                                  \
                __asm__ volatile("" : "+x"(sum[i]));                                                   \
            }                                                                                          \
        }                                                                                              \
        CK_UNROLL for (int i = 0; i < count; i++) *result += ((float *)&sum[i])[0];                    \
        return 2.0 * count * (sizeof(vector) / 4) * rounds;                                            \
    }

// Two-operand instructions need a register more for every product, so fewer sums fit.
CK_PEAK(peak_portable, "sse2", __m128, __asm__ volatile("" : "+x"(x)); sum[i] = _mm_add_ps(sum[i], _mm_mul_ps(x, y)),
        6)
CK_PEAK(peak_avx2, "avx2,fma", __m256, sum[i] = _mm256_fmadd_ps(x, y, sum[i]), 12)
CK_PEAK(peak_avx512, "avx512f", __m512, sum[i] = _mm512_fmadd_ps(x, y, sum[i]), 16)
CK_PEAK(peak_bf16, "avx512f,avx512bf16", __m512,
        sum[i] = _mm512_dpbf16_ps(sum[i], (__m512bh)x, (__m512bh)y), 16)

double ck_peak_tiles(size_t rounds, float *result);

double ck_peak(int path, size_t rounds, float *result) {
    switch (path) {
    case CK_AMX: return ck_peak_tiles(rounds, result);
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

float ck_plain_sum(const float *x, size_t count) {
    typedef float vector __attribute__((vector_size(32)));
    vector sum[8] = {};
    size_t i = 0;
    for (; i + 64 <= count; i += 64)
        CK_UNROLL for (int v = 0; v < 8; v++) {
            vector value;
            memcpy(&value, x + i + 8 * v, sizeof value);
            sum[v] += value;
        }
    float total = 0;
    for (; i < count; i++) total += x[i];
    for (int v = 0; v < 8; v++)
        for (int lane = 0; lane < 8; lane++) total += sum[v][lane];
    return total;
}
