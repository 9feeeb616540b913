#pragma once
#include <stdint.h>
#include <string.h>

static inline __attribute__((always_inline)) float ck_bfloat16_to_float(uint16_t h) {
    uint32_t bits = (uint32_t)h << 16;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

/// Exact for every half, with integers and one multiplication by a power of two, which also makes subnormals normal.
static inline __attribute__((always_inline)) float ck_float16_to_float(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = (uint32_t)(h & 0x7fff) << 13;
    float f;
    memcpy(&f, &rest, 4);
    f *= 0x1p112f;
    uint32_t bits;
    memcpy(&bits, &f, 4);
    bits = (h & 0x7c00) == 0x7c00 ? rest | 0x7f800000 : bits;
    bits |= sign;
    memcpy(&f, &bits, 4);
    return f;
}
