// Tokens as they lie in the file → rows of S.

#include "halves.h"

static void CK_NAME(decode)(int type, const void *source, size_t tokens, size_t width, void *target, size_t stride) {
    for (size_t t = 0; t < tokens; t++) {
        S *y = (S *)target + t * stride;
        switch (type) {
        case CK_BFLOAT16: {
            const uint16_t *x = (const uint16_t *)source + t * width;
            for (size_t d = 0; d < width; d++) y[d] = ck_bfloat16_to_float(x[d]);
            break;
        }
        case CK_FLOAT16: {
            const uint16_t *x = (const uint16_t *)source + t * width;
            for (size_t d = 0; d < width; d++) y[d] = ck_float16_to_float(x[d]);
            break;
        }
        case CK_FLOAT32: {
            const float *x = (const float *)source + t * width;
            for (size_t d = 0; d < width; d++) y[d] = x[d];
            break;
        }
        default: {
            const double *x = (const double *)source + t * width;
            for (size_t d = 0; d < width; d++) y[d] = x[d];
        }
        }
        for (size_t d = width; d < stride; d++) y[d] = 0;
    }
}
