// Philox4x32-10 (Salmon et al., 2011) for many counters at once. Integers alone: the same bits on every machine.
#include "template/common.h"

/// Two vectors of the widest kind, so that one's products run while the other's are waited for.
#define WORDS 16
typedef uint64_t words __attribute__((vector_size(WORDS * sizeof(uint64_t))));

/// Ten rounds for as many counters. Upper halves of words hold anything: products take the lower ones alone.
CK_INLINE void philox(words counter[4], uint64_t key) {
    uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
    CK_UNROLL for (int round = 0; round < 10; round++) {
        words first = (counter[0] & 0xffffffff) * 0xd2511f53u, second = (counter[2] & 0xffffffff) * 0xcd9e8d57u;
        counter[0] = second >> 32 ^ counter[1] ^ low;
        counter[1] = second;
        counter[2] = first >> 32 ^ counter[3] ^ high;
        counter[3] = first;
        low += 0x9e3779b9, high += 0xbb67ae85;
    }
}

/// A block of Philox holds two draws.
CK_INLINE void draw(uint64_t key, uint64_t stream, uint64_t block, size_t blocks, uint64_t *bits) {
    for (size_t from = 0; from < blocks; from += WORDS) {
        words index, counter[4];
        CK_UNROLL for (int i = 0; i < WORDS; i++) index[i] = block + from + i;
        counter[0] = index;
        counter[1] = index >> 32;
        counter[2] = (words){} + (uint32_t)stream;
        counter[3] = (words){} + (stream >> 32);
        philox(counter, key);
        words even = (counter[0] & 0xffffffff) | counter[1] << 32, odd = (counter[2] & 0xffffffff) | counter[3] << 32;
        words pairs[2] = {
            __builtin_shufflevector(even, odd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
            __builtin_shufflevector(even, odd, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
        };
        memcpy(bits + 2 * from, pairs, CK_MIN(blocks - from, (size_t)WORDS) * 2 * sizeof(uint64_t));
    }
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512dq"))) static void draw_avx512(uint64_t key, uint64_t stream, uint64_t block,
                                                                    size_t blocks, uint64_t *bits) {
    draw(key, stream, block, blocks, bits);
}

__attribute__((target("avx2"))) static void draw_avx2(uint64_t key, uint64_t stream, uint64_t block, size_t blocks,
                                                      uint64_t *bits) {
    draw(key, stream, block, blocks, bits);
}
#endif

void ck_random_bits(uint64_t key, uint64_t stream, uint64_t block, size_t blocks, uint64_t *bits) {
#if defined(__x86_64__)
    if (ck_supports(CK_AVX512)) return draw_avx512(key, stream, block, blocks, bits);
    if (ck_supports(CK_AVX2)) return draw_avx2(key, stream, block, blocks, bits);
#endif
    draw(key, stream, block, blocks, bits);
}
