// C ← alpha · op(A) · op(B) (+ C).
//
// Each element of C is Σ over blocks of CK_K_BLOCK products, each block summed from zero with k ascending, the blocks
// added in order. Tiles at the edges run the same sequence on zeros, so no bit depends on m, n or position.

#ifndef CK_K_BLOCK
#define CK_K_BLOCK ((size_t)384)
/// Columns of a block of B: a multiple of every tile's width, and small enough for the second-level cache.
#define CK_COLUMN_BLOCK ((size_t)288)
#endif

/// A tile's rows and vectors of columns fill the registers.
#define TILE_VECTORS (CK_ACCUMULATORS >= 24 ? 3 : 2)
#define TILE_ROWS (CK_ACCUMULATORS / TILE_VECTORS)
#define TILE_COLUMNS (TILE_VECTORS * VL)

/// B's [k, columns] block as [k][vectors · VL], zeros behind the columns. `row` and `column` are B's strides.
CK_INLINE void CK_NAME(pack_right)(const S *b, size_t row, size_t column, size_t k, size_t columns, S *packed) {
    size_t vectors = (columns + VL - 1) / VL, width = vectors * VL;
    for (size_t v = 0; v < vectors; v++) {
        size_t count = CK_MIN(columns - v * VL, (size_t)VL);
        if (column == 1) {
            for (size_t l = 0; l < k; l++)
                CK_NAME(store)(packed + l * width + v * VL, CK_NAME(load_some)(b + l * row + v * VL, count));
        } else {
            const S *rows[VL];
            for (size_t i = 0; i < VL; i++) rows[i] = i < count ? b + (v * VL + i) * column : 0;
            CK_NAME(rows_to_columns)(rows, k, packed + v * VL, width);
        }
    }
}

/// A tile's rows of A as [k][rows of a tile], zeros behind the rows.
CK_INLINE void CK_NAME(pack_left)(const S *a, size_t stride, int transposed, size_t rows, size_t k, S *packed) {
    if (rows < TILE_ROWS) memset(packed, 0, k * TILE_ROWS * sizeof(S));
    for (size_t l = 0; l < k; l++) {
        if (transposed && rows == TILE_ROWS) {
            memcpy(packed + l * TILE_ROWS, a + l * stride, TILE_ROWS * sizeof(S));
        } else {
            for (size_t i = 0; i < rows; i++)
                packed[l * TILE_ROWS + i] = transposed ? a[l * stride + i] : a[i * stride + l];
        }
    }
}

/// `rows` may be fewer than a tile has: A then still has all of a tile's rows, and only those are stored.
CK_INLINE void CK_NAME(tile)(const int vectors, const S *a, size_t a_row, size_t a_column, const S *b, size_t k,
                             V alpha, S *c, size_t stride, size_t rows, size_t columns, int accumulate) {
    V sum[TILE_ROWS][TILE_VECTORS] = {};
    // Three rows to a pointer: the addresses of a tile's rows must not use up the integer registers.
    const S *left[(TILE_ROWS + 2) / 3];
    CK_UNROLL for (int i = 0; i < (TILE_ROWS + 2) / 3; i++) left[i] = a + 3 * i * a_row;
    for (size_t l = 0; l < k; l++) {
        V right[TILE_VECTORS];
        CK_UNROLL for (int j = 0; j < vectors; j++) right[j] = CK_NAME(load)(b + j * VL);
        b += vectors * VL;
        CK_UNROLL for (int i = 0; i < TILE_ROWS; i++) {
            V value = CK_NAME(spread)(left[i / 3][i % 3 * a_row]);
            CK_UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = CK_NAME(fma)(value, right[j], sum[i][j]);
        }
        CK_UNROLL for (int i = 0; i < (TILE_ROWS + 2) / 3; i++) left[i] += a_column;
    }
    CK_UNROLL for (int i = 0; i < TILE_ROWS; i++) {
        if ((size_t)i >= rows) continue;
        CK_UNROLL for (int j = 0; j < vectors; j++) {
            if (columns <= (size_t)(j * VL)) continue;
            size_t count = columns - j * VL;
            S *target = c + i * stride + j * VL;
            V old = accumulate ? CK_NAME(load_some)(target, count) : (V){};
            CK_NAME(store_some)(target, CK_NAME(fma)(alpha, sum[i][j], old), count);
        }
    }
}

CK_INLINE void CK_NAME(row_of_tiles)(const S *a, size_t a_row, size_t a_column, const S *packed, size_t k, V alpha,
                                     S *c, size_t stride, size_t rows, size_t columns, int accumulate) {
    for (size_t j = 0; j < columns; j += TILE_COLUMNS) {
        size_t left = columns - j;
        const S *b = packed + j * k;
        switch (CK_MIN((left + VL - 1) / VL, (size_t)TILE_VECTORS)) {
        case 1: CK_NAME(tile)(1, a, a_row, a_column, b, k, alpha, c + j, stride, rows, left, accumulate); break;
        case 2: CK_NAME(tile)(2, a, a_row, a_column, b, k, alpha, c + j, stride, rows, left, accumulate); break;
        default:
            CK_NAME(tile)(TILE_VECTORS, a, a_row, a_column, b, k, alpha, c + j, stride, rows, left, accumulate);
        }
    }
}

static void CK_NAME(multiply)(size_t m, size_t n, size_t k, double alpha, const void *a_, size_t a_stride,
                              int a_transposed, const void *b_, size_t b_stride, int b_transposed, void *c_,
                              size_t c_stride, int accumulate) {
    const S *a = a_, *b = b_;
    S *c = c_;
    size_t b_row = b_transposed ? 1 : b_stride, b_column = b_transposed ? b_stride : 1;
    S *packed_b = ck_scratch(CK_K_BLOCK * (CK_COLUMN_BLOCK + TILE_ROWS) * sizeof(S));
    S *packed_a = packed_b + CK_K_BLOCK * CK_COLUMN_BLOCK;
    V scale = CK_NAME(spread)((S)alpha);
    if (k == 0 && !accumulate) {
        for (size_t i = 0; i < m; i++) memset(c + i * c_stride, 0, n * sizeof(S));
    }
    for (size_t l = 0; l < k; l += CK_K_BLOCK) {
        size_t depth = CK_MIN(k - l, CK_K_BLOCK);
        for (size_t j = 0; j < n; j += CK_COLUMN_BLOCK) {
            size_t columns = CK_MIN(n - j, CK_COLUMN_BLOCK);
            for (size_t jj = 0; jj < columns; jj += TILE_COLUMNS)
                CK_NAME(pack_right)(b + l * b_row + (j + jj) * b_column, b_row, b_column, depth,
                                    CK_MIN(columns - jj, (size_t)TILE_COLUMNS), packed_b + jj * depth);
            for (size_t i = 0; i < m; i += TILE_ROWS) {
                size_t rows = CK_MIN(m - i, (size_t)TILE_ROWS), row = a_stride, column = 1;
                const S *left = a + i * a_stride + l;
                if (a_transposed || rows < TILE_ROWS) {
                    // A column of A is far apart in memory, and the last rows are fewer than a tile's.
                    CK_NAME(pack_left)(a + (a_transposed ? l * a_stride + i : i * a_stride + l), a_stride,
                                       a_transposed, rows, depth, packed_a);
                    left = packed_a, row = 1, column = TILE_ROWS;
                }
                CK_NAME(row_of_tiles)(left, row, column, packed_b, depth, scale, c + i * c_stride + j, c_stride, rows,
                                      columns, accumulate || l > 0);
            }
        }
    }
}
