// The blocks of a product of matrices, rounded to bfloat16 and packed two k at a time.

/// Rows of A and B lie far apart where they are columns of a wide matrix, and nothing but this asks for them in time.
CK_INLINE void prefetch_row(const float *row) { __builtin_prefetch(row, 0, 3); }

/// B's [k, columns] block as strips of columns, each [pairs][vectors · 16] pairs, of which the first ⌈k / 2⌉ are
/// written; zeros behind the columns. B as it stands is walked row by row; `stride` is between its rows.
CK_INLINE void pack_right_pairs(const size_t strip, const float *b, size_t stride, size_t k, size_t columns,
                                uint32_t *packed, size_t pairs) {
    for (size_t l = 0; l < k; l += 2) {
        const float *low = b + l * stride, *high = low + stride;
        for (size_t j = 0; j < columns; j += strip) {
            const size_t count = CK_MIN(columns - j, strip), width = (count + VL - 1) / VL * VL;
            uint32_t *target = packed + j * pairs + l / 2 * width;
            CK_UNROLL for (size_t v = 0; v < strip; v += VL) {
                if (v >= count) break;
                prefetch_row(low + j + v + 2 * stride);
                prefetch_row(high + j + v + 2 * stride);
                _mm512_storeu_si512(target + v, to_pairs(load_some_pairs(low + j + v, count - v),
                                                         l + 1 < k ? load_some_pairs(high + j + v, count - v) : (V){}));
            }
        }
    }
}

/// The same of B transposed: its columns are rows in memory.
CK_INLINE void pack_right_transposed_pairs(const size_t strip, const float *b, size_t stride, size_t k, size_t columns,
                                           uint32_t *packed, size_t pairs) {
    for (size_t j = 0; j < columns; j += strip) {
        const size_t count = CK_MIN(columns - j, strip), width = (count + VL - 1) / VL * VL;
        for (size_t v = 0; v < count; v += VL) {
            const float *rows[VL];
            for (size_t i = 0; i < VL; i++) rows[i] = v + i < count ? b + (j + v + i) * stride : 0;
            rows_to_pairs(rows, k, packed + j * pairs + v, width);
        }
    }
}

/// A tile's rows of A as it stands as [tile_rows][row] pairs, zeros behind the rows, and behind k to a multiple of 32.
CK_INLINE void pack_left_rows_pairs(const size_t tile_rows, const float *a, size_t stride, size_t rows, size_t k,
                                    uint32_t *packed, size_t row) {
    for (size_t i = 0; i < tile_rows; i++, a += stride, packed += row) {
        if (i >= rows) {
            memset(packed, 0, (k + 2 * VL - 1) / (2 * VL) * VL * sizeof *packed);
            continue;
        }
        size_t l = 0;
        for (; l + 2 * VL <= k; l += 2 * VL) {
            prefetch_row(a + l + tile_rows * stride);
            prefetch_row(a + l + tile_rows * stride + VL);
            _mm512_storeu_si512(packed + l / 2, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(a + l + VL),
                                                                             _mm512_loadu_ps(a + l)));
        }
        if (l < k) {
            size_t count = k - l;
            V low = load_some_pairs(a + l, count), high = count > VL ? load_some_pairs(a + l + VL, count - VL) : (V){};
            _mm512_storeu_si512(packed + l / 2, (__m512i)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low));
        }
    }
}
