#pragma once
// What the templates share for every element type.
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../include/CKernels.h"

#define CK_INLINE static inline __attribute__((always_inline))
#define CK_UNROLL _Pragma("clang loop unroll(full)")
#define CK_MIN(a, b) ((a) < (b) ? (a) : (b))

/// Thread-local scratch memory that grows on demand and is kept, so that kernels called in a loop allocate nothing. Its
/// content is valid only during the call that asked for it.
void *ck_scratch(size_t bytes);

/// Software prefetch: each step requests the next few lines of memory that will be needed soon, so that they arrive
/// while the arithmetic units are busy.
typedef struct ck_walk {
    const char *next, *end;
    size_t bytes_a_step;
    const ck_region *region, *behind;
} ck_walk;

CK_INLINE void ck_enter_region(ck_walk *walk) {
    if (walk->region == walk->behind) return;
    walk->next = walk->region->from;
    walk->end = walk->next + walk->region->bytes;
    walk->region++;
}

CK_INLINE ck_walk ck_walk_of(const ck_region *regions, size_t count, size_t steps) {
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) bytes += regions[i].bytes;
    ck_walk walk = {0, 0, (bytes / steps / 64 + 1) * 64, regions, regions + count};
    ck_enter_region(&walk);
    return walk;
}

CK_INLINE void ck_step(ck_walk *walk) {
    if (walk->next >= walk->end) return;
    const char *stop = walk->next + walk->bytes_a_step;
    for (; walk->next < stop; walk->next += 64) __builtin_prefetch(walk->next, 0, 2);
    if (walk->next >= walk->end) ck_enter_region(walk);
}

/// Prefetches the 128 bytes of each row that the next tile will write: those of the next `rows` lanes, or of the first
/// ones 128 bytes further on. Without it a tile begins by waiting for them.
CK_INLINE void ck_prefetch_tile(void *const *targets, size_t lane, size_t rows, size_t lanes, size_t offset,
                                size_t width) {
    size_t next = lane + rows < lanes ? lane + rows : 0;
    if (next == 0) offset += 128;
    if (offset >= width) return;
    for (size_t i = next; i < next + rows; i++) {
        if (!targets[i]) continue;
        __builtin_prefetch((const char *)targets[i] + offset, 1, 3);
        __builtin_prefetch((const char *)targets[i] + offset + 64, 1, 3);
    }
}
