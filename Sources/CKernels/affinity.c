// The processors that a thread may run on. The GNU extensions are not in the C library's Swift module.
#define _GNU_SOURCE
#include "CKernels.h"

#ifdef __linux__
#include <sched.h>

bool ck_get_affinity(uint64_t *words, size_t bytes) {
    // Fails where the kernel's sets are larger.
    return sched_getaffinity(0, bytes, (cpu_set_t *)words) == 0;
}

bool ck_set_affinity(const uint64_t *words, size_t bytes) {
    return sched_setaffinity(0, bytes, (const cpu_set_t *)words) == 0;
}
#else
bool ck_get_affinity(uint64_t *words, size_t bytes) {
    (void)words, (void)bytes;
    return false;
}

bool ck_set_affinity(const uint64_t *words, size_t bytes) {
    (void)words, (void)bytes;
    return false;
}
#endif
