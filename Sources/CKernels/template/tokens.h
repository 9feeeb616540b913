// Tokens as they lie in the file → blocks of 32 columns, [width / 32][tokens][32], zeros behind the width.
//
// A block of all tokens fits in the first-level cache, which rows of a whole token, often a power of two of bytes
// apart, do not.

#include "halves.h"

CK_INLINE S CK_NAME(bfloat16)(uint16_t x) { return ck_bfloat16_to_float(x); }
CK_INLINE S CK_NAME(float16)(uint16_t x) { return ck_float16_to_float(x); }
CK_INLINE S CK_NAME(float32)(float x) { return x; }
CK_INLINE S CK_NAME(float64)(double x) { return x; }

#define DECODE(TYPE, CONVERT)                                                                        \
    for (size_t t = 0; t < tokens; t++) {                                                            \
        const TYPE *x = (const TYPE *)source + t * width;                                            \
        S *y = (S *)target + t * CK_BLOCK;                                                           \
        size_t d = 0;                                                                                \
        for (; d + CK_BLOCK <= width; d += CK_BLOCK, y += capacity * CK_BLOCK)                       \
            CK_UNROLL for (int i = 0; i < CK_BLOCK; i++) y[i] = CK_NAME(CONVERT)(x[d + i]);          \
        if (d < width)                                                                               \
            for (size_t i = 0; i < CK_BLOCK; i++) y[i] = d + i < width ? CK_NAME(CONVERT)(x[d + i]) : 0; \
    }

static void CK_NAME(decode)(int type, const void *source, size_t tokens, size_t width, void *target,
                            size_t capacity) {
    switch (type) {
    case CK_BFLOAT16: DECODE(uint16_t, bfloat16) break;
    case CK_FLOAT16: DECODE(uint16_t, float16) break;
    case CK_FLOAT32: DECODE(float, float32) break;
    default: DECODE(double, float64)
    }
}

static void CK_NAME(put_token)(const void *row, size_t width, void *x, size_t token, size_t capacity, int add) {
    for (size_t d = 0; d < width; d++) {
        S *y = (S *)x + (d / CK_BLOCK * capacity + token) * CK_BLOCK + d % CK_BLOCK;
        *y = ((const S *)row)[d] + (add ? *y : 0);
    }
    if (!add) {
        for (size_t d = width; d % CK_BLOCK; d++)
            ((S *)x)[(d / CK_BLOCK * capacity + token) * CK_BLOCK + d % CK_BLOCK] = 0;
    }
}
