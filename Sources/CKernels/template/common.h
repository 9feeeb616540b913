#pragma once
// What the templates share whatever the element type.
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CK_INLINE static inline __attribute__((always_inline))
#define CK_UNROLL _Pragma("clang loop unroll(full)")
#define CK_MIN(a, b) ((a) < (b) ? (a) : (b))

/// Memory of the calling thread that grows to what was asked for and stays, so that kernels called in a loop allocate
/// nothing. Its content does not outlive the call that asked for it.
void *ck_scratch(size_t bytes);

/// A walk over memory that will be needed soon: each step asks for the next few lines, so that they come in while the
/// arithmetic units are busy.
typedef struct ck_walk {
    const char *next, *end;
    size_t bytes_a_step;
} ck_walk;

CK_INLINE ck_walk ck_walk_of(const void *from, size_t bytes, size_t steps) {
    const char *first = from;
    return (ck_walk){first, first + bytes, (bytes / steps / 64 + 1) * 64};
}

CK_INLINE void ck_step(ck_walk *walk) {
    if (walk->next >= walk->end) return;
    const char *stop = walk->next + walk->bytes_a_step;
    for (; walk->next < stop; walk->next += 64) __builtin_prefetch(walk->next, 0, 2);
}
