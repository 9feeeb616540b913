#include "CKernels.h"
#include "template/halves.h"

void ck_add_tokens(int type, const void *source, size_t tokens, size_t width, float *sum) {
    for (size_t t = 0; t < tokens; t++) {
        switch (type) {
        case CK_BFLOAT16: {
            const uint16_t *x = (const uint16_t *)source + t * width;
            for (size_t d = 0; d < width; d++) sum[d] += ck_bfloat16_to_float(x[d]);
            break;
        }
        case CK_FLOAT16: {
            const uint16_t *x = (const uint16_t *)source + t * width;
            for (size_t d = 0; d < width; d++) sum[d] += ck_float16_to_float(x[d]);
            break;
        }
        case CK_FLOAT32: {
            const float *x = (const float *)source + t * width;
            for (size_t d = 0; d < width; d++) sum[d] += x[d];
            break;
        }
        default: {
            const double *x = (const double *)source + t * width;
            for (size_t d = 0; d < width; d++) sum[d] += (float)x[d];
        }
        }
    }
}
