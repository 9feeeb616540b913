// C ← alpha · op(A) · op(B) (+ C) with A and B rounded to bfloat16: the same blocks as `multiply`, two k at a time.
#include "pack_pairs.h"

#define PAIR_ROWS 8
#define PAIR_VECTORS 3
#define PAIR_COLUMNS (PAIR_VECTORS * VL)
#define PAIR_DEPTH ((size_t)384)
#define PAIR_BLOCK ((size_t)576)

/// Rows of A transposed that are packed together: where A is a part of a wide matrix, its rows in memory lie pages
/// apart, and each visit to a page should take several cache lines.
#define PAIR_GROUP ((size_t)64)

/// Up to a group's rows of A transposed as tiles of [PAIR_DEPTH / 2][8] pairs, zeros behind the rows.
CK_INLINE void pack_left_group_pairs(const float *a, size_t stride, size_t rows, size_t k, uint32_t *packed) {
    const size_t tile = PAIR_DEPTH / 2 * PAIR_ROWS;
    for (size_t l = 0; l < k; l += 2, packed += PAIR_ROWS) {
        const float *low = a + l * stride, *high = low + stride;
        for (size_t i = 0; i < rows; i += VL) {
            const __mmask16 inside = rows - i >= VL ? 0xffff : (__mmask16)((1u << (rows - i)) - 1);
            prefetch_row(low + i + PAIR_GROUP);
            prefetch_row(high + i + PAIR_GROUP);
            __m512i pairs = to_pairs((V)_mm512_maskz_loadu_ps(inside, low + i),
                                     (V)_mm512_maskz_loadu_ps(l + 1 < k ? inside : 0, high + i));
            uint32_t *target = packed + i / PAIR_ROWS * tile;
            _mm256_storeu_si256((__m256i *)target, _mm512_castsi512_si256(pairs));
            _mm256_storeu_si256((__m256i *)(target + tile), _mm512_extracti64x4_epi64(pairs, 1));
        }
    }
}

CK_INLINE void tile_pairs(const int vectors, const uint32_t *a, size_t a_row, size_t a_column, const uint32_t *b,
                          size_t pairs, float alpha, float *c, size_t stride, size_t rows, size_t columns,
                          int accumulate) {
    __m512 sum[PAIR_ROWS][PAIR_VECTORS];
    CK_UNROLL for (int i = 0; i < PAIR_ROWS; i++)
        CK_UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_setzero_ps();
    const uint32_t *left[3] = {a, a + 3 * a_row, a + 6 * a_row};
    for (size_t l = 0; l < pairs; l++, b += vectors * VL) {
        __m512bh right[PAIR_VECTORS];
        CK_UNROLL for (int j = 0; j < vectors; j++) right[j] = (__m512bh)_mm512_loadu_si512(b + j * VL);
        CK_UNROLL for (int i = 0; i < PAIR_ROWS; i++) {
            __m512bh value = (__m512bh)_mm512_set1_epi32((int)left[i / 3][i % 3 * a_row]);
            CK_UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_dpbf16_ps(sum[i][j], value, right[j]);
        }
        CK_UNROLL for (int i = 0; i < 3; i++) left[i] += a_column;
    }
    CK_UNROLL for (int i = 0; i < PAIR_ROWS; i++) {
        if ((size_t)i >= rows) continue;
        CK_UNROLL for (int j = 0; j < vectors; j++) {
            if (columns <= (size_t)(j * VL)) continue;
            size_t count = columns - j * VL;
            float *target = c + i * stride + j * VL;
            V old = accumulate ? load_some_pairs(target, count) : (V){};
            store_some_pairs(target, fma_pairs(spread_pairs(alpha), (V)sum[i][j], old), count);
        }
    }
}

static void multiply_pairs(size_t m, size_t n, size_t k, double alpha, const float *a, size_t a_stride,
                           int a_transposed, const float *b, size_t b_stride, int b_transposed, float *c,
                           size_t c_stride, int accumulate) {
    uint32_t *packed_b = ck_scratch(PAIR_DEPTH / 2 * (PAIR_BLOCK + PAIR_GROUP) * 4);
    uint32_t *packed_a = packed_b + PAIR_DEPTH / 2 * PAIR_BLOCK;
    size_t a_row = a_transposed ? 1 : PAIR_DEPTH / 2, a_column = a_transposed ? PAIR_ROWS : 1;
    if (k == 0 && !accumulate) {
        for (size_t i = 0; i < m; i++) memset(c + i * c_stride, 0, n * sizeof(float));
    }
    for (size_t l = 0; l < k; l += PAIR_DEPTH) {
        size_t depth = CK_MIN(k - l, PAIR_DEPTH), pairs = (depth + 1) / 2;
        int add = accumulate || l > 0;
        for (size_t j = 0; j < n; j += PAIR_BLOCK) {
            size_t columns = CK_MIN(n - j, PAIR_BLOCK);
            if (b_transposed) {
                pack_right_transposed_pairs(PAIR_COLUMNS, b + j * b_stride + l, b_stride, depth, columns, packed_b,
                                            pairs);
            } else {
                pack_right_pairs(PAIR_COLUMNS, b + l * b_stride + j, b_stride, depth, columns, packed_b, pairs);
            }
            for (size_t i = 0; i < m; i += PAIR_ROWS) {
                size_t rows = CK_MIN(m - i, (size_t)PAIR_ROWS);
                const uint32_t *tile = packed_a;
                if (!a_transposed) {
                    pack_left_rows_pairs(PAIR_ROWS, a + i * a_stride + l, a_stride, rows, depth, packed_a, a_row);
                } else {
                    if (i % PAIR_GROUP == 0)
                        pack_left_group_pairs(a + l * a_stride + i, a_stride, CK_MIN(m - i, PAIR_GROUP), depth,
                                              packed_a);
                    tile += i % PAIR_GROUP * (PAIR_DEPTH / 2);
                }
                for (size_t jj = 0; jj < columns; jj += PAIR_COLUMNS) {
                    size_t left = columns - jj;
                    const uint32_t *right = packed_b + jj * pairs;
                    float *target = c + i * c_stride + j + jj;
                    switch (CK_MIN((left + VL - 1) / VL, (size_t)PAIR_VECTORS)) {
                    case 1:
                        tile_pairs(1, tile, a_row, a_column, right, pairs, alpha, target, c_stride, rows, left, add);
                        break;
                    case 2:
                        tile_pairs(2, tile, a_row, a_column, right, pairs, alpha, target, c_stride, rows, left, add);
                        break;
                    default:
                        tile_pairs(3, tile, a_row, a_column, right, pairs, alpha, target, c_stride, rows, left, add);
                    }
                }
            }
        }
    }
}
