// C ← alpha · op(A) · op(B) (+ C).
//
// Each element of C is Σ over blocks of CK_K_BLOCK products, each block summed from zero with k ascending, the blocks
// added in order. Tiles at the edges run the same sequence on zeros, so no bit depends on m, n or position.

#ifndef CK_K_BLOCK
#define CK_K_BLOCK ((size_t)384)
/// Columns of a block of B: a multiple of every tile's width, and small enough for the second-level cache.
#define CK_COLUMN_BLOCK ((size_t)288)
/// Rows of A up to which B is read where it lies.
#define CK_IN_PLACE_ROWS ((size_t)64)
#endif

/// Register blocking: a tile's rows and vectors of columns fill the registers. Rows that are read in place are few,
/// since with a power-of-two stride they compete for one set of the L1 cache; packed ones may be more.
#define TILE_VECTORS (CK_ACCUMULATORS >= 24 ? 3 : 2)
#define TILE_ROWS (CK_ACCUMULATORS / TILE_VECTORS)
#define TALL_VECTORS (TILE_VECTORS - 1)
#define TALL_ROWS (CK_ACCUMULATORS / TALL_VECTORS)

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

/// A tile's rows of A as [k][height], zeros behind the rows.
CK_INLINE void CK_NAME(pack_left)(const S *a, size_t stride, int transposed, size_t rows, size_t height, size_t k,
                                  S *packed) {
    if (!transposed) {
        if (rows < height) memset(packed, 0, k * height * sizeof(S));
        for (size_t l = 0; l < k; l++)
            for (size_t i = 0; i < rows; i++) packed[l * height + i] = a[i * stride + l];
    } else if (rows == TILE_ROWS && height == TILE_ROWS) {
        for (size_t l = 0; l < k; l++) memcpy(packed + l * TILE_ROWS, a + l * stride, TILE_ROWS * sizeof(S));
    } else {
        for (size_t v = 0; v < height; v += VL) {
            const size_t room = CK_MIN(height - v, (size_t)VL), count = rows > v ? CK_MIN(rows - v, room) : 0;
            for (size_t l = 0; l < k; l++)
                CK_NAME(store_some)(packed + l * height + v, CK_NAME(load_some)(a + l * stride + v, count), room);
        }
    }
}

/// `rows` may be fewer than a tile has: A then still has all of a tile's rows, and only those are stored.
CK_INLINE void CK_NAME(tile)(const int height, const int vectors, const S *a, size_t a_row, size_t a_column,
                             const S *b, size_t b_row, size_t k, V alpha, S *c, size_t stride, size_t rows,
                             size_t columns, int accumulate) {
    V sum[TALL_ROWS][TILE_VECTORS] = {};
    // Three rows to a pointer: the addresses of a tile's rows must not use up the integer registers.
    const S *left[(TALL_ROWS + 2) / 3];
    CK_UNROLL for (int i = 0; i < (height + 2) / 3; i++) left[i] = a + 3 * i * a_row;
    for (size_t l = 0; l < k; l++) {
        V right[TILE_VECTORS];
        CK_UNROLL for (int j = 0; j < vectors; j++) right[j] = CK_NAME(load)(b + j * VL);
        b += b_row;
        CK_UNROLL for (int i = 0; i < height; i++) {
            V value = CK_NAME(spread)(left[i / 3][i % 3 * a_row]);
            CK_UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = CK_NAME(fma)(value, right[j], sum[i][j]);
        }
        CK_UNROLL for (int i = 0; i < (height + 2) / 3; i++) left[i] += a_column;
    }
    CK_UNROLL for (int i = 0; i < height; i++) {
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

/// Columns of B that tiles of one shape cover: `b_row` from one k to the next, `b_next` from tile to tile.
typedef struct CK_NAME(strip) {
    const S *b;
    size_t b_row, b_next;
    size_t height, vectors, columns;
} CK_NAME(strip);

/// Rows of A in the order of `multiply`, from the k that the strip begins at.
typedef struct CK_NAME(left) {
    const S *a;
    size_t stride;
    int transposed;
    size_t rows;
    S *packed;
} CK_NAME(left);

CK_INLINE void CK_NAME(multiply_strip)(CK_NAME(left) left, CK_NAME(strip) strip, size_t k, V alpha, S *c,
                                       size_t stride, int accumulate) {
    const size_t height = strip.height, width = strip.vectors * VL;
    for (size_t i = 0; i < left.rows; i += height) {
        size_t rows = CK_MIN(left.rows - i, height), row = left.stride, column = 1;
        const S *a = left.a + i * (left.transposed ? 1 : left.stride);
        if (left.transposed || rows < height) {
            // A column of A is far apart in memory, and the last rows are fewer than a tile's.
            CK_NAME(pack_left)(a, left.stride, left.transposed, rows, height, k, left.packed);
            a = left.packed, row = 1, column = height;
        }
        const S *b = strip.b;
        for (size_t j = 0; j < strip.columns; j += width, b += strip.b_next) {
            const size_t some = strip.columns - j;
            S *target = c + i * stride + j;
#define TILE(height, vectors)                                                                                     \
    CK_NAME(tile)(height, vectors, a, row, column, b, strip.b_row, k, alpha, target, stride, rows, some, accumulate)
            if (height == TALL_ROWS && strip.vectors == TALL_VECTORS) TILE(TALL_ROWS, TALL_VECTORS);
            else if (height == TALL_ROWS) TILE(TALL_ROWS, 1);
            else if (strip.vectors == 1) TILE(TILE_ROWS, 1);
            else if (strip.vectors == 2) TILE(TILE_ROWS, 2);
            else TILE(TILE_ROWS, TILE_VECTORS);
#undef TILE
        }
    }
}

static void CK_NAME(multiply)(size_t m, size_t n, size_t k, double alpha, const void *a_, size_t a_stride,
                              int a_transposed, const void *b_, size_t b_stride, int b_transposed, void *c_,
                              size_t c_stride, int accumulate) {
    const S *a = a_, *b = b_;
    S *c = c_;
    size_t b_row = b_transposed ? 1 : b_stride, b_column = b_transposed ? b_stride : 1;
    S *packed_b = ck_scratch(CK_K_BLOCK * (CK_COLUMN_BLOCK + TALL_ROWS) * sizeof(S));
    S *packed_a = packed_b + CK_K_BLOCK * CK_COLUMN_BLOCK;
    V scale = CK_NAME(spread)((S)alpha);
    // Few rows are best in one tile, and too few to make the packing of B worth it.
    const int is_tall = a_transposed && m > TILE_ROWS && m <= TALL_ROWS;
    const size_t height = is_tall ? TALL_ROWS : TILE_ROWS, vectors = is_tall ? TALL_VECTORS : TILE_VECTORS;
    const size_t width = vectors * VL;
    const int is_in_place = !b_transposed && m <= CK_IN_PLACE_ROWS;
    if (k == 0 && !accumulate) {
        for (size_t i = 0; i < m; i++) memset(c + i * c_stride, 0, n * sizeof(S));
    }
    for (size_t l = 0; l < k; l += CK_K_BLOCK) {
        const size_t depth = CK_MIN(k - l, CK_K_BLOCK);
        const CK_NAME(left) left = {a + l * (a_transposed ? a_stride : 1), a_stride, a_transposed, m, packed_a};
        for (size_t j = 0; j < n; j += CK_COLUMN_BLOCK) {
            const size_t columns = CK_MIN(n - j, CK_COLUMN_BLOCK), whole = columns / width * width;
            const S *right = b + l * b_row + j * b_column;
            CK_NAME(strip) strip = {right, b_row, width, height, vectors, whole};
            if (!is_in_place) {
                for (size_t i = 0; i < whole; i += width)
                    CK_NAME(pack_right)(right + i * b_column, b_row, b_column, depth, width, packed_b + i * depth);
                strip.b = packed_b, strip.b_row = width, strip.b_next = width * depth;
            }
            CK_NAME(multiply_strip)(left, strip, depth, scale, c + j, c_stride, accumulate || l > 0);
            if (whole == columns) continue;
            CK_NAME(pack_right)(right + whole * b_column, b_row, b_column, depth, columns - whole, packed_b);
            strip.vectors = (columns - whole + VL - 1) / VL;
            strip.b = packed_b, strip.b_row = strip.vectors * VL, strip.columns = columns - whole;
            CK_NAME(multiply_strip)(left, strip, depth, scale, c + j + whole, c_stride, accumulate || l > 0);
        }
    }
}
