// Tokens as they lie in the file → blocks of 32 columns, [width / 32][tokens][32], zeros behind the width.
//
// A block of all tokens fits in the first-level cache, which rows of a whole token, often a power of two of bytes
// apart, do not.

#include "halves.h"

// Each converts one element; exactly, but for float64 to float.
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

/// Conversions are exact and sums are rounded one by one in token order, so every instruction set gives the same bits.
#define ADD_TOKENS(TYPE, CONVERT)                                                              \
    for (size_t t = first; t < tokens; t++) {                                                  \
        const TYPE *restrict x = (const TYPE *)source + t * width;                             \
        for (size_t d = 0; d < width; d++) sum[d] = sum[d] + CK_NAME(CONVERT)(x[d]);           \
    }

/// Four tokens to each visit to the sums. Elements of two bytes, which are converted meanwhile, gain nothing by it.
#define ADD_FOUR_TOKENS(TYPE, CONVERT)                                                                              \
    for (; first + 4 <= tokens; first += 4) {                                                                      \
        const TYPE *restrict x = (const TYPE *)source + first * width;                                             \
        for (size_t d = 0; d < width; d++) {                                                                       \
            S value = sum[d];                                                                                      \
            CK_UNROLL for (int t = 0; t < 4; t++) value = value + CK_NAME(CONVERT)(x[t * width + d]);              \
            sum[d] = value;                                                                                        \
        }                                                                                                          \
    }                                                                                                              \
    ADD_TOKENS(TYPE, CONVERT)

static void CK_NAME(add_tokens)(int type, const void *source, size_t tokens, size_t width, void *sum_) {
    S *restrict sum = sum_;
    size_t first = 0;
    switch (type) {
    case CK_BFLOAT16: ADD_TOKENS(uint16_t, bfloat16) break;
    case CK_FLOAT16: ADD_TOKENS(uint16_t, float16) break;
    case CK_FLOAT32: ADD_FOUR_TOKENS(float, float32) break;
    default: ADD_FOUR_TOKENS(double, float64)
    }
}
