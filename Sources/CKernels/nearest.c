// Lists of the nearest.
#include "CKernels.h"

static inline void swap(uint64_t *keys, size_t i, size_t j) {
    uint64_t key = keys[i];
    keys[i] = keys[j];
    keys[j] = key;
}

/// Brings the middle one of three to the place `last`.
static inline void median_to_last(uint64_t *keys, size_t first, size_t last) {
    size_t middle = first + (last - first) / 2;
    if (keys[first] > keys[middle]) swap(keys, first, middle);
    if (keys[middle] > keys[last]) swap(keys, middle, last);
    if (keys[first] > keys[middle]) swap(keys, first, middle);
    swap(keys, middle, last);
}

void ck_least_first(uint64_t *keys, size_t count, size_t least) {
    size_t first = 0, last = count - 1;
    while (first < last) {
        median_to_last(keys, first, last);
        uint64_t pivot = keys[last];
        size_t below = first;
        // Without a branch, which nothing could predict.
        for (size_t i = first; i < last; i++) {
            uint64_t key = keys[i];
            keys[i] = keys[below];
            keys[below] = key;
            below += key < pivot;
        }
        swap(keys, below, last);
        if (below == least - 1) return;
        if (below > least - 1) {
            last = below - 1;
        } else {
            first = below + 1;
        }
    }
}
