#include "../include/CKernels.h"
#include "common.h"

#define V CK_NAME(vector)
#define VL CK_LANES
/// Vectors in a panel row of 16 lanes, and in a block of 32 columns.
#define NV (CK_PANEL / VL)
#define BV (CK_BLOCK / VL)

typedef S V __attribute__((vector_size(VL * sizeof(S))));
typedef S CK_NAME(loose) __attribute__((vector_size(VL * sizeof(S)), aligned(sizeof(S))));

CK_INLINE V CK_NAME(load)(const S *p) { return *(const CK_NAME(loose) *)p; }
CK_INLINE void CK_NAME(store)(S *p, V v) { *(CK_NAME(loose) *)p = v; }

CK_INLINE V CK_NAME(spread)(S x) {
    V v;
    CK_UNROLL for (int i = 0; i < VL; i++) v[i] = x;
    return v;
}

CK_INLINE V CK_NAME(fma)(V a, V b, V c) {
#if CK_FUSED
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;
#endif
}

// Vectors of 64 bytes have instructions for a part of their lanes, which cost a fifth of a call of memcpy.
#if CK_SINGLE && CK_LANES == 16
#define LOAD_LANES(p, count) ((V)_mm512_maskz_loadu_ps((__mmask16)((1u << (count)) - 1), p))
#define STORE_LANES(p, v, count) _mm512_mask_storeu_ps(p, (__mmask16)((1u << (count)) - 1), (__m512)(v))
#elif !CK_SINGLE && CK_LANES == 8
#define LOAD_LANES(p, count) ((V)_mm512_maskz_loadu_pd((__mmask8)((1u << (count)) - 1), p))
#define STORE_LANES(p, v, count) _mm512_mask_storeu_pd(p, (__mmask8)((1u << (count)) - 1), (__m512d)(v))
#else
#define STORE_LANES(p, v, count) memcpy(p, &(v), (count) * sizeof(S))
#endif

/// The first `count` lanes, zeros behind; and the store of them.
CK_INLINE V CK_NAME(load_some)(const S *p, size_t count) {
    if (count >= VL) return CK_NAME(load)(p);
#ifdef LOAD_LANES
    return LOAD_LANES(p, count);
#else
    V v = {};
    memcpy(&v, p, count * sizeof(S));
    return v;
#endif
}

CK_INLINE void CK_NAME(store_some)(S *p, V v, size_t count) {
    if (count >= VL) {
        CK_NAME(store)(p, v);
    } else {
        STORE_LANES(p, v, count);
    }
}
#undef LOAD_LANES
#undef STORE_LANES

#if CK_LANES == 16
#define CK_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define CK_HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif CK_LANES == 8
#define CK_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define CK_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#elif CK_LANES == 4
#define CK_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define CK_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#else
#define CK_LOW(a, b) __builtin_shufflevector(a, b, 0, 2)
#define CK_HIGH(a, b) __builtin_shufflevector(a, b, 1, 3)
#endif

/// Transposes VL vectors of VL lanes: log2(VL) perfect shuffles of the rows.
CK_INLINE void CK_NAME(transpose)(V rows[VL]) {
    CK_UNROLL for (int width = 1; width < VL; width *= 2) {
        V next[VL];
        CK_UNROLL for (int i = 0; i < VL / 2; i++) {
            next[2 * i] = CK_LOW(rows[i], rows[i + VL / 2]);
            next[2 * i + 1] = CK_HIGH(rows[i], rows[i + VL / 2]);
        }
        CK_UNROLL for (int i = 0; i < VL; i++) rows[i] = next[i];
    }
}

/// Writes VL rows of `count` elements (null: zeros) as columns: target[d · stride + row].
CK_INLINE void CK_NAME(rows_to_columns)(const S *const *rows, size_t count, S *target, size_t stride) {
    for (size_t d = 0; d < count; d += VL) {
        size_t columns = CK_MIN(count - d, (size_t)VL);
        V block[VL];
        CK_UNROLL for (int i = 0; i < VL; i++) block[i] = rows[i] ? CK_NAME(load_some)(rows[i] + d, columns) : (V){};
        CK_NAME(transpose)(block);
        if (columns == VL) {
            CK_UNROLL for (int i = 0; i < VL; i++) CK_NAME(store)(target + (d + i) * stride, block[i]);
        } else {
            for (size_t i = 0; i < columns; i++) CK_NAME(store)(target + (d + i) * stride, block[i]);
        }
    }
}
