#pragma once
// Whether tiles may be used: the processor must have them, the operating system must save them, and Linux must have
// been asked, since a thread that uses them costs it eight kilobytes more.
#include <cpuid.h>
#include <stdint.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

/// AMX-TILE and AMX-BF16 of leaf 7, and a palette 1 of eight tiles of 16 × 64 bytes.
static int has_tiles(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    const unsigned bfloat16 = 1u << 22, tile = 1u << 24;
    if (!(d & bfloat16) || !(d & tile)) return 0;
    if (!__get_cpuid_count(0x1d, 1, &a, &b, &c, &d)) return 0;
    return (b >> 16) >= 8 && (b & 0xffff) >= 64 && (c & 0xffff) >= 16;
}

/// Null if tiles may be used from now on, by every thread of this process.
static const char *tiles_obstacle(void) {
    static const char *const unsaved = "the operating system does not save tile registers";
    unsigned a, b, c, d;
    const unsigned has_xgetbv = 1u << 27, tile_state = 3u << 17;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & has_xgetbv)) return unsaved;
    uint32_t enabled, upper;
    __asm__ volatile("xgetbv" : "=a"(enabled), "=d"(upper) : "c"(0));
    if ((enabled & tile_state) != tile_state) return unsaved;
#if defined(__linux__)
    const long request_permission = 0x1023, tile_data = 18;
    if (syscall(SYS_arch_prctl, request_permission, tile_data) != 0)
        return "Linux refuses tile registers (arch_prctl ARCH_REQ_XCOMP_PERM)";
#endif
    return 0;
}
