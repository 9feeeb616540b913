#include "CKernels.h"

extern const ck_kernels ck_portable_f32, ck_portable_f64;

int ck_supports(int path) {
    switch (path) {
    case CK_PORTABLE: return 1;
    default: return 0;
    }
}

const ck_kernels *ck_kernels_for(int path, size_t element_size) {
    int single = element_size == 4;
    switch (path) {
    default: return single ? &ck_portable_f32 : &ck_portable_f64;
    }
}
