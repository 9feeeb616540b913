// Matrices that lie in memory as bfloat16: half the bytes of numbers, and no rounding when they are packed.

/// The first `count` of 16 numbers, rounded.
CK_INLINE void store_some_rounded(uint16_t *target, V numbers, size_t count) {
    const __mmask16 inside = count >= VL ? 0xffff : (__mmask16)((1u << count) - 1);
    _mm256_mask_storeu_epi16(target, inside, (__m256i)_mm512_cvtneps_pbh((__m512)numbers));
}

/// The next tile's rows, so that they come in while this one's are in the arithmetic units.
CK_INLINE void prefetch_rounded_rows(const uint16_t *rows, size_t stride, size_t count, size_t depth) {
    for (size_t i = 0; i < count; i++)
        for (size_t l = 0; l < depth; l += 32) __builtin_prefetch(rows + i * stride + l, 0, 3);
}

/// Rows of pairs beside each other, zeros behind the rows. `k` is even.
CK_INLINE void copy_rounded_rows(const size_t tile_rows, const uint16_t *a, size_t stride, size_t rows, size_t k,
                                 uint32_t *packed, size_t row) {
    for (size_t i = 0; i < tile_rows; i++) {
        if (i < rows) {
            memcpy(packed + i * row, a + i * stride, k * sizeof *a);
        } else {
            memset(packed + i * row, 0, k * sizeof *a);
        }
    }
}

/// `pack_right_pairs` of rows of bfloat16: two rows' columns as pairs.
CK_INLINE void pack_right_rounded(const size_t strip, const uint16_t *b, size_t stride, size_t k, size_t columns,
                                  uint32_t *packed, size_t pairs) {
    for (size_t l = 0; l < k; l += 2) {
        const uint16_t *low = b + l * stride, *high = low + stride;
        const __mmask16 has_high = l + 1 < k ? 0xffff : 0;
        for (size_t j = 0; j < columns; j += strip) {
            const size_t count = CK_MIN(columns - j, strip), width = (count + VL - 1) / VL * VL;
            uint32_t *target = packed + j * pairs + l / 2 * width;
            CK_UNROLL for (size_t v = 0; v < strip; v += VL) {
                if (v >= count) break;
                const __mmask16 inside = count - v >= VL ? 0xffff : (__mmask16)((1u << (count - v)) - 1);
                prefetch_row((const float *)(low + j + v + 4 * stride));
                prefetch_row((const float *)(high + j + v + 4 * stride));
                __m512i first = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(inside, low + j + v));
                __m512i second = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(inside & has_high, high + j + v));
                _mm512_storeu_si512(target + v, _mm512_or_si512(first, _mm512_slli_epi32(second, 16)));
            }
        }
    }
}

/// Rows of bfloat16 (null: zeros) to panels of pairs, as `pack_pairs` makes them of numbers. The width is even.
static void pack_rounded(const void *const *rows, size_t panels, size_t width, void *packed) {
    for (size_t p = 0; p < panels; p++) {
        uint32_t *panel = (uint32_t *)packed + p * (width / 2) * CK_PANEL;
        for (size_t d = 0; d < width / 2; d += VL) {
            const size_t pairs = CK_MIN(width / 2 - d, (size_t)VL);
            const __mmask16 inside = (__mmask16)((1u << pairs) - 1);
            V block[VL];
            CK_UNROLL for (int i = 0; i < VL; i++) {
                const uint32_t *row = rows[p * CK_PANEL + i];
                block[i] = row ? (V)_mm512_castsi512_ps(_mm512_maskz_loadu_epi32(inside, row + d)) : (V){};
            }
            transpose_pairs(block);
            CK_UNROLL for (int i = 0; i < VL; i++)
                if ((size_t)i < pairs) _mm512_storeu_si512(panel + (d + i) * CK_PANEL, (__m512i)block[i]);
        }
    }
}
