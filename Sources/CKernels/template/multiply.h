// C ← alpha · op(A) · op(B) (+ C).
//
// Each element of C is Σ over blocks of at most CK_K_BLOCK products, each block summed from zero with k ascending, the
// blocks added in order. Tiles at the edges run the same sequence on zeros, so no bit depends on m, n or position.

#ifndef CK_K_BLOCK
#define CK_K_BLOCK 384
#define CK_ROW_BLOCK 96
#define CK_COLUMN_BLOCK 480

/// Memory of this thread that grows to what was asked for and stays.
static void *ck_scratch(size_t bytes) {
    static _Thread_local struct { void *memory; size_t bytes; } scratch;
    if (scratch.bytes < bytes) {
        free(scratch.memory);
        scratch.bytes = (bytes + 4095) & ~(size_t)4095;
        scratch.memory = aligned_alloc(64, scratch.bytes);
        if (!scratch.memory) abort();
    }
    return scratch.memory;
}
#endif

/// Rows and vectors of columns of a tile: together they fill the registers that CK_ACCUMULATORS counts.
#define TILE_VECTORS (CK_ACCUMULATORS >= 24 ? 3 : 2)
#define TILE_ROWS (CK_ACCUMULATORS / TILE_VECTORS)
#define TILE_COLUMNS (TILE_VECTORS * VL)

/// Packs a [rows, k] block of op(A) into [k][width], zeros behind `rows`; element (i, l) lies at i·row + l·column.
CK_INLINE void CK_NAME(pack_block)(const S *a, size_t row, size_t column, size_t rows, size_t k, size_t width,
                                   S *packed) {
    for (size_t l = 0; l < k; l++) {
        for (size_t i = 0; i < rows; i++) packed[l * width + i] = a[i * row + l * column];
        for (size_t i = rows; i < width; i++) packed[l * width + i] = 0;
    }
}

CK_INLINE void CK_NAME(tile)(const int vectors, const S *a, const S *b, size_t k, V alpha, S *c, size_t stride,
                             size_t rows, size_t columns, int accumulate) {
    V sum[TILE_ROWS][TILE_VECTORS] = {};
    for (size_t l = 0; l < k; l++) {
        V right[TILE_VECTORS];
        CK_UNROLL for (int j = 0; j < vectors; j++) right[j] = CK_NAME(load)(b + (l * vectors + j) * VL);
        CK_UNROLL for (int i = 0; i < TILE_ROWS; i++) {
            V left = CK_NAME(spread)(a[l * TILE_ROWS + i]);
            CK_UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = CK_NAME(fma)(left, right[j], sum[i][j]);
        }
    }
    CK_UNROLL for (int i = 0; i < TILE_ROWS; i++) {
        if ((size_t)i >= rows) continue;
        CK_UNROLL for (int j = 0; j < vectors; j++) {
            size_t from = j * VL;
            if (from >= columns) continue;
            size_t count = CK_MIN(columns - from, VL);
            V old = {};
            if (accumulate) memcpy(&old, c + i * stride + from, count * sizeof(S));
            CK_NAME(store_some)(c + i * stride + from, CK_NAME(fma)(alpha, sum[i][j], old), count);
        }
    }
}

static void CK_NAME(multiply)(size_t m, size_t n, size_t k, double alpha, const void *a_, size_t a_stride,
                              int a_transposed, const void *b_, size_t b_stride, int b_transposed, void *c_,
                              size_t c_stride, int accumulate) {
    const S *a = a_, *b = b_;
    S *c = c_;
    size_t a_row = a_transposed ? 1 : a_stride, a_column = a_transposed ? a_stride : 1;
    size_t b_row = b_transposed ? 1 : b_stride, b_column = b_transposed ? b_stride : 1;
    S *packed_b = ck_scratch((CK_K_BLOCK * (CK_COLUMN_BLOCK + CK_ROW_BLOCK + 64)) * sizeof(S));
    S *packed_a = packed_b + CK_K_BLOCK * (CK_COLUMN_BLOCK + 32);
    V scale = CK_NAME(spread)((S)alpha);
    if (k == 0 && !accumulate) {
        for (size_t i = 0; i < m; i++) memset(c + i * c_stride, 0, n * sizeof(S));
    }
    for (size_t l = 0; l < k; l += CK_K_BLOCK) {
        size_t depth = CK_MIN(k - l, (size_t)CK_K_BLOCK);
        int add = accumulate || l > 0;
        for (size_t j = 0; j < n; j += CK_COLUMN_BLOCK) {
            size_t columns = CK_MIN(n - j, (size_t)CK_COLUMN_BLOCK);
            for (size_t jj = 0; jj < columns; jj += TILE_COLUMNS) {
                size_t vectors = CK_MIN((columns - jj + VL - 1) / VL, (size_t)TILE_VECTORS);
                CK_NAME(pack_block)(b + l * b_row + (j + jj) * b_column, b_column, b_row,
                                    CK_MIN(columns - jj, (size_t)TILE_COLUMNS), depth, vectors * VL,
                                    packed_b + jj * depth);
            }
            for (size_t i = 0; i < m; i += TILE_ROWS) {
                size_t rows = CK_MIN(m - i, (size_t)TILE_ROWS);
                CK_NAME(pack_block)(a + i * a_row + l * a_column, a_row, a_column, rows, depth, TILE_ROWS, packed_a);
                for (size_t jj = 0; jj < columns; jj += TILE_COLUMNS) {
                    size_t left = columns - jj;
                    size_t vectors = CK_MIN((left + VL - 1) / VL, (size_t)TILE_VECTORS);
                    S *target = c + i * c_stride + j + jj;
                    const S *right = packed_b + jj * depth;
                    switch (vectors) {
                    case 1: CK_NAME(tile)(1, packed_a, right, depth, scale, target, c_stride, rows, left, add); break;
                    case 2: CK_NAME(tile)(2, packed_a, right, depth, scale, target, c_stride, rows, left, add); break;
                    default:
                        CK_NAME(tile)(TILE_VECTORS, packed_a, right, depth, scale, target, c_stride, rows, left, add);
                    }
                }
            }
        }
    }
}
