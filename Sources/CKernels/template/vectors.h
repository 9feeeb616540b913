#include "../include/CKernels.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifndef CK_INLINE
#define CK_INLINE static inline __attribute__((always_inline))
#define CK_UNROLL _Pragma("clang loop unroll(full)")
#define CK_MIN(a, b) ((a) < (b) ? (a) : (b))
#endif

#define V CK_NAME(vector)
#define VL ((size_t)(CK_VECTOR_BYTES / sizeof(S)))
/// Vectors in a panel row of 16 lanes.
#define NV ((int)(CK_PANEL / VL))

typedef S V __attribute__((vector_size(CK_VECTOR_BYTES)));
typedef S CK_NAME(loose) __attribute__((vector_size(CK_VECTOR_BYTES), aligned(sizeof(S))));

CK_INLINE V CK_NAME(load)(const S *p) { return *(const CK_NAME(loose) *)p; }
CK_INLINE void CK_NAME(store)(S *p, V v) { *(CK_NAME(loose) *)p = v; }
CK_INLINE V CK_NAME(spread)(S x) { return (V){} + x; }

CK_INLINE V CK_NAME(fma)(V a, V b, V c) {
#if CK_FUSED
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;
#endif
}

/// Stores the first `count` lanes.
CK_INLINE void CK_NAME(store_some)(S *p, V v, size_t count) {
    if (count >= VL) {
        CK_NAME(store)(p, v);
    } else {
        memcpy(p, &v, count * sizeof(S));
    }
}
