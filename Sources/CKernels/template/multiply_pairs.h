// C ← alpha · op(A) · op(B) (+ C) with A and B rounded to bfloat16: the same blocks as `multiply`, two k at a time. One of
// the three may lie in memory as bfloat16 already.
#include "pack_pairs.h"
#include "rounded_pairs.h"

#define PAIR_ROWS 8
#define PAIR_VECTORS 3
#define PAIR_COLUMNS (PAIR_VECTORS * VL)
#define PAIR_DEPTH ((size_t)CK_ROUNDED_DEPTH)
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

/// A tile of C, which lies in memory as numbers or, to be replaced, as bfloat16.
typedef struct tile_target {
    float *numbers;
    uint16_t *rounded;
    size_t stride;
} tile_target;

CK_INLINE void store_sum(const int rounded, tile_target c, size_t row, size_t column, size_t count, float alpha, V sum,
                         int accumulate) {
    const size_t at = row * c.stride + column;
    if (rounded) {
        store_some_rounded(c.rounded + at, fma_pairs(spread_pairs(alpha), sum, (V){}), count);
    } else {
        V old = accumulate ? load_some_pairs(c.numbers + at, count) : (V){};
        store_some_pairs(c.numbers + at, fma_pairs(spread_pairs(alpha), sum, old), count);
    }
}

CK_INLINE void tile_pairs(const int rounded, const int vectors, const uint32_t *a, size_t a_row, size_t a_column,
                          const uint32_t *b, size_t pairs, float alpha, tile_target c, size_t rows, size_t columns,
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
            store_sum(rounded, c, i, j * VL, columns - j * VL, alpha, (V)sum[i][j], accumulate);
        }
    }
}

/// Which of a product's matrices lies in memory as bfloat16.
typedef enum rounded_matrix { NONE_ROUNDED, LEFT_ROUNDED, RIGHT_ROUNDED, RESULT_ROUNDED } rounded_matrix;

/// A matrix in memory.
typedef struct operand {
    const void *at;
    size_t stride;
    int transposed;
} operand;

/// B's block at (l, j) in strips.
CK_INLINE void pack_right_block(const rounded_matrix rounded, operand b, size_t l, size_t j, size_t depth,
                                size_t columns, uint32_t *packed) {
    const size_t pairs = (depth + 1) / 2;
    if (rounded == RIGHT_ROUNDED) {
        pack_right_rounded(PAIR_COLUMNS, (const uint16_t *)b.at + l * b.stride + j, b.stride, depth, columns, packed,
                           pairs);
    } else if (b.transposed) {
        pack_right_transposed_pairs(PAIR_COLUMNS, (const float *)b.at + j * b.stride + l, b.stride, depth, columns,
                                    packed, pairs);
    } else {
        pack_right_pairs(PAIR_COLUMNS, (const float *)b.at + l * b.stride + j, b.stride, depth, columns, packed, pairs);
    }
}

/// A tile's rows of A as the product reads them.
typedef struct left_tile {
    const uint32_t *at;
    size_t row, column;
} left_tile;

/// A's rows i … at column l: packed, or where they lie if they are bfloat16 already.
CK_INLINE left_tile left_tile_of(const rounded_matrix rounded, operand a, size_t i, size_t m, size_t l, size_t depth,
                                 uint32_t *packed) {
    const size_t rows = CK_MIN(m - i, (size_t)PAIR_ROWS);
    if (rounded == LEFT_ROUNDED) {
        const uint16_t *from = (const uint16_t *)a.at + i * a.stride + l;
        if (rows == PAIR_ROWS) {
            if (m - i >= 2 * PAIR_ROWS) prefetch_rounded_rows(from + PAIR_ROWS * a.stride, a.stride, PAIR_ROWS, depth);
            return (left_tile){(const uint32_t *)from, a.stride / 2, 1};
        }
        copy_rounded_rows(PAIR_ROWS, from, a.stride, rows, depth, packed, PAIR_DEPTH / 2);
    } else if (!a.transposed) {
        pack_left_rows_pairs(PAIR_ROWS, (const float *)a.at + i * a.stride + l, a.stride, rows, depth, packed,
                             PAIR_DEPTH / 2);
    } else {
        if (i % PAIR_GROUP == 0)
            pack_left_group_pairs((const float *)a.at + l * a.stride + i, a.stride, CK_MIN(m - i, PAIR_GROUP), depth,
                                  packed);
        return (left_tile){packed + i % PAIR_GROUP * (PAIR_DEPTH / 2), 1, PAIR_ROWS};
    }
    return (left_tile){packed, PAIR_DEPTH / 2, 1};
}

CK_INLINE void multiply_pairs_of(const rounded_matrix rounded, size_t m, size_t n, size_t k, double alpha, operand a,
                                 operand b, void *c, size_t c_stride, int accumulate) {
    uint32_t *packed_b = ck_scratch(PAIR_DEPTH / 2 * (PAIR_BLOCK + PAIR_GROUP) * 4);
    uint32_t *packed_a = packed_b + PAIR_DEPTH / 2 * PAIR_BLOCK;
    const int into_rounded = rounded == RESULT_ROUNDED;
    const size_t c_size = into_rounded ? sizeof(uint16_t) : sizeof(float);
    if (k == 0 && !accumulate) {
        for (size_t i = 0; i < m; i++) memset((char *)c + i * c_stride * c_size, 0, n * c_size);
    }
    for (size_t l = 0; l < k; l += PAIR_DEPTH) {
        size_t depth = CK_MIN(k - l, PAIR_DEPTH), pairs = (depth + 1) / 2;
        int add = accumulate || l > 0;
        for (size_t j = 0; j < n; j += PAIR_BLOCK) {
            size_t columns = CK_MIN(n - j, PAIR_BLOCK);
            pack_right_block(rounded, b, l, j, depth, columns, packed_b);
            for (size_t i = 0; i < m; i += PAIR_ROWS) {
                size_t rows = CK_MIN(m - i, (size_t)PAIR_ROWS);
                const left_tile left = left_tile_of(rounded, a, i, m, l, depth, packed_a);
                for (size_t jj = 0; jj < columns; jj += PAIR_COLUMNS) {
                    const size_t width = columns - jj, at = i * c_stride + j + jj;
                    const uint32_t *right = packed_b + jj * pairs;
                    const tile_target target = {(float *)c + at, (uint16_t *)c + at, c_stride};
#define TILE_OF(vectors)                                                                                             \
    tile_pairs(into_rounded, vectors, left.at, left.row, left.column, right, pairs, alpha, target, rows, width, add)
                    switch (CK_MIN((width + VL - 1) / VL, (size_t)PAIR_VECTORS)) {
                    case 1: TILE_OF(1); break;
                    case 2: TILE_OF(2); break;
                    default: TILE_OF(3);
                    }
#undef TILE_OF
                }
            }
        }
    }
}

static void multiply_pairs(size_t m, size_t n, size_t k, double alpha, const float *a, size_t a_stride,
                           int a_transposed, const float *b, size_t b_stride, int b_transposed, float *c,
                           size_t c_stride, int accumulate) {
    multiply_pairs_of(NONE_ROUNDED, m, n, k, alpha, (operand){a, a_stride, a_transposed},
                      (operand){b, b_stride, b_transposed}, c, c_stride, accumulate);
}

static void multiply_rounded_left(size_t m, size_t n, size_t k, const uint16_t *a, size_t a_stride, const float *b,
                                  size_t b_stride, int b_transposed, float *c, size_t c_stride, int accumulate) {
    multiply_pairs_of(LEFT_ROUNDED, m, n, k, 1, (operand){a, a_stride, 0}, (operand){b, b_stride, b_transposed}, c,
                      c_stride, accumulate);
}

static void multiply_rounded_right(size_t m, size_t n, size_t k, const float *a, size_t a_stride, int a_transposed,
                                   const uint16_t *b, size_t b_stride, float *c, size_t c_stride, int accumulate) {
    multiply_pairs_of(RIGHT_ROUNDED, m, n, k, 1, (operand){a, a_stride, a_transposed}, (operand){b, b_stride, 0}, c,
                      c_stride, accumulate);
}

static void multiply_into_rounded(size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *b,
                                  size_t b_stride, uint16_t *c, size_t c_stride) {
    multiply_pairs_of(RESULT_ROUNDED, m, n, k, 1, (operand){a, a_stride, 0}, (operand){b, b_stride, 0}, c, c_stride, 0);
}
