// C ← alpha · op(A) · op(B) (+ C) with A and B rounded to bfloat16, on tiles: blocks of k as long as those of
// `multiply`, each summed thirty-two k at a time.
#include "pack_pairs.h"

#define BLOCK_DEPTH ((size_t)384)
#define BLOCK_COLUMNS ((size_t)576)
#define BLOCK_ROWS ((size_t)64)
/// Columns of two tiles side by side.
#define STRIP ((size_t)32)

/// Clears the pairs of B's strips behind k, up to a multiple of 32.
CK_INLINE void clear_pairs_behind(size_t k, size_t columns, uint32_t *packed, size_t pairs) {
    const size_t used = (k + 1) / 2;
    for (size_t j = 0; j < columns && used < pairs; j += STRIP) {
        const size_t width = columns - j > VL ? STRIP : VL;
        memset(packed + j * pairs + used * width, 0, (pairs - used) * width * sizeof(uint32_t));
    }
}

/// C's rows ← alpha · sums, or C's rows + alpha · sums; rows of sums are STRIP numbers long.
CK_INLINE void scale_sums(const float *sums, float alpha, float *c, size_t stride, size_t rows, size_t columns,
                          int accumulate) {
    for (size_t i = 0; i < rows; i++, sums += STRIP, c += stride)
        CK_UNROLL for (size_t v = 0; v < STRIP; v += VL) {
            if (columns <= v) break;
            V old = accumulate ? load_some_pairs(c + v, columns - v) : (V){};
            store_some_pairs(c + v, fma_pairs(spread_pairs(alpha), load_pairs(sums + v), old), columns - v);
        }
}

/// The sums of up to four tiles of rows by one, or two by two.
CK_INLINE void sums_of_strip(const int rows, const int columns, tile_operand left, tile_operand right, size_t steps,
                             char *sums) {
    clear_sums();
    for (size_t k = 0; k < steps; k++) add_products(rows, columns, &left, &right, k);
    store_sums(rows, columns, sums, STRIP * 4, CK_TILE_ROWS * STRIP * 4, CK_TILE_ROW_BYTES);
}

/// A strip of up to 32 columns of up to 64 rows, or 32 rows where it has more than 16 columns.
CK_INLINE void strip_of_tiles(size_t row_tiles, size_t columns, tile_operand left, tile_operand right, size_t steps,
                              char *sums) {
    if (columns > VL) {
        if (row_tiles > 1) {
            sums_of_strip(2, 2, left, right, steps, sums);
        } else {
            sums_of_strip(1, 2, left, right, steps, sums);
        }
        return;
    }
    switch (row_tiles) {
    case 1: sums_of_strip(1, 1, left, right, steps, sums); break;
    case 2: sums_of_strip(2, 1, left, right, steps, sums); break;
    case 3: sums_of_strip(3, 1, left, right, steps, sums); break;
    default: sums_of_strip(4, 1, left, right, steps, sums);
    }
}

/// C's `columns` ← what A's block gives with B's packed one, for every block of rows.
CK_INLINE void rows_of_tiles(size_t m, size_t columns, size_t depth, float alpha, const float *a, size_t a_stride,
                             int a_transposed, const uint32_t *packed_b, char *packed_a, char *sums, float *c,
                             size_t c_stride, int accumulate) {
    const size_t steps = (depth + CK_TILE_DEPTH - 1) / CK_TILE_DEPTH, row = BLOCK_DEPTH * 2;
    const size_t height = columns > VL ? BLOCK_ROWS / 2 : BLOCK_ROWS;
    const tile_operand left = {packed_a, row, CK_TILE_ROW_BYTES, CK_TILE_ROWS * row};
    for (size_t i = 0; i < m; i += height) {
        const size_t rows = CK_MIN(m - i, height), tiles = (rows + CK_TILE_ROWS - 1) / CK_TILE_ROWS;
        for (size_t r = 0; r < rows; r += CK_TILE_ROWS) {
            const size_t some = CK_MIN(rows - r, (size_t)CK_TILE_ROWS);
            if (a_transposed) {
                columns_to_tiles(a + i + r, a_stride, some, depth, packed_a + r * row, row, CK_TILE_ROW_BYTES);
            } else {
                pack_left_rows_pairs(CK_TILE_ROWS, a + (i + r) * a_stride, a_stride, some, depth,
                                     (uint32_t *)(packed_a + r * row), row / 4);
            }
        }
        for (size_t j = 0; j < columns; j += STRIP) {
            const size_t some = CK_MIN(columns - j, STRIP), b_row = (some > VL ? 2 : 1) * CK_TILE_ROW_BYTES;
            const tile_operand right = {(const char *)(packed_b + j * steps * CK_TILE_ROWS), b_row,
                                        CK_TILE_ROWS * b_row, CK_TILE_ROW_BYTES};
            strip_of_tiles(tiles, some, left, right, steps, sums);
            scale_sums((const float *)sums, alpha, c + i * c_stride + j, c_stride, rows, some, accumulate);
        }
    }
}

static void multiply_tiles(size_t m, size_t n, size_t k, double alpha, const float *a, size_t a_stride,
                           int a_transposed, const float *b, size_t b_stride, int b_transposed, float *c,
                           size_t c_stride, int accumulate) {
    const size_t sums_bytes = BLOCK_ROWS * STRIP * 4, left_bytes = BLOCK_ROWS * BLOCK_DEPTH * 2;
    char *sums = ck_scratch(sums_bytes + left_bytes + BLOCK_DEPTH * BLOCK_COLUMNS * 2);
    char *packed_a = sums + sums_bytes;
    uint32_t *packed_b = (uint32_t *)(packed_a + left_bytes);
    if (k == 0 && !accumulate) {
        for (size_t i = 0; i < m; i++) memset(c + i * c_stride, 0, n * sizeof(float));
    }
    tile_configure(&ck_full_tiles);
    for (size_t l = 0; l < k; l += BLOCK_DEPTH) {
        const size_t depth = CK_MIN(k - l, BLOCK_DEPTH);
        const size_t pairs = (depth + CK_TILE_DEPTH - 1) / CK_TILE_DEPTH * CK_TILE_ROWS;
        for (size_t j = 0; j < n; j += BLOCK_COLUMNS) {
            const size_t columns = CK_MIN(n - j, BLOCK_COLUMNS);
            if (b_transposed) {
                pack_right_transposed_pairs(STRIP, b + j * b_stride + l, b_stride, depth, columns, packed_b, pairs);
            } else {
                pack_right_pairs(STRIP, b + l * b_stride + j, b_stride, depth, columns, packed_b, pairs);
            }
            clear_pairs_behind(depth, columns, packed_b, pairs);
            rows_of_tiles(m, columns, depth, (float)alpha, a + (a_transposed ? l * a_stride : l), a_stride,
                          a_transposed, packed_b, packed_a, sums, c + j, c_stride, accumulate || l > 0);
        }
    }
    tile_release();
}

#define TILE_KERNELS                                                                                                   \
    {                                                                                                                  \
        .products = {pack_pairs, panel_sums_pairs, scores_tiles, aggregate_tiles}, .multiply = multiply_tiles          \
    }
