// Numbers as pairs of bfloat16, for the paths that multiply such pairs. The including file includes <immintrin.h>, so
// that intrinsics keep their own instruction sets.
#define CK_FUSED 1
#define S float
#define CK_SINGLE 1
#define CK_LANES 16
#define CK_NAME(x) x##_pairs
#include "vectors.h"

/// Two vectors of numbers as pairs of bfloat16: the first's lanes in the low halves.
CK_INLINE __m512i to_pairs(V low, V high) {
    __m512i first = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)low));
    __m512i second = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)high));
    return _mm512_or_si512(first, _mm512_slli_epi32(second, 16));
}

/// Writes 16 rows of `count` numbers (null: zeros) as columns of pairs: target[d / 2 · stride + row].
CK_INLINE void rows_to_pairs(const float *const *rows, size_t count, uint32_t *target, size_t stride) {
    for (size_t d = 0; d < count; d += VL) {
        size_t columns = CK_MIN(count - d, (size_t)VL);
        V block[VL];
        CK_UNROLL for (int i = 0; i < VL; i++) block[i] = rows[i] ? load_some_pairs(rows[i] + d, columns) : (V){};
        transpose_pairs(block);
        CK_UNROLL for (int i = 0; i < VL; i += 2)
            if ((size_t)i < columns)
                _mm512_storeu_si512(target + (d + i) / 2 * stride, to_pairs(block[i], block[i + 1]));
    }
}

/// Rows to panels of pairs, [panels][width / 2][16].
static void pack_pairs(const void *const *rows, size_t panels, size_t width, void *packed) {
    for (size_t p = 0; p < panels; p++)
        rows_to_pairs((const float *const *)rows + p * CK_PANEL, width,
                      (uint32_t *)packed + p * (width / 2) * CK_PANEL, CK_PANEL);
}

static void panel_sums_pairs(const void *packed, size_t panels, size_t width, void *sums) {
    for (size_t p = 0; p < panels; p++) {
        const uint32_t *panel = (const uint32_t *)packed + p * (width / 2) * CK_PANEL;
        __m512 sum = _mm512_setzero_ps();
        for (size_t d = 0; d < width / 2; d++) {
            __m512i pair = _mm512_loadu_si512(panel + d * CK_PANEL);
            sum = _mm512_add_ps(sum, (__m512)_mm512_slli_epi32(pair, 16));
            sum = _mm512_add_ps(sum, (__m512)_mm512_and_si512(pair, _mm512_set1_epi32((int)0xffff0000)));
        }
        _mm512_storeu_ps((float *)sums + p * CK_PANEL, sum);
    }
}

/// Columns of a tile of sums: the bfloat16 numbers of a cache line.
#define SUM_COLUMNS 32

/// Two tokens' 32 columns as pairs. Unpacking works within quarters of a vector: columns 8i … 8i + 3 of each quarter i
/// come to `left`, columns 8i + 4 … 8i + 7 to `right`, and `straighten` puts the sums in order.
CK_INLINE void interleave(const uint16_t *first, const uint16_t *second, __mmask32 inside, __mmask32 has_second,
                          __m512bh *left, __m512bh *right) {
    __m512i low = _mm512_maskz_loadu_epi16(inside, first);
    __m512i high = _mm512_maskz_loadu_epi16(has_second, second);
    *left = (__m512bh)_mm512_unpacklo_epi16(low, high);
    *right = (__m512bh)_mm512_unpackhi_epi16(low, high);
}

CK_INLINE void straighten(__m512 *left, __m512 *right) {
    const __m512i low = _mm512_set_epi32(23, 22, 21, 20, 7, 6, 5, 4, 19, 18, 17, 16, 3, 2, 1, 0);
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
    __m512 first = _mm512_permutex2var_ps(*left, low, *right);
    *right = _mm512_permutex2var_ps(*left, high, *right);
    *left = first;
}
