// Products of bfloat16 pairs summed in F32 (vdpbf16ps), for tokens that lie in memory as bfloat16.
//
// Queries, weights and gradients are rounded to bfloat16 once, when they are packed; sums, softmax and everything else
// stay in F32. Scores read the tokens in place, two columns at a time. Sums over tokens need two tokens at a time,
// which are interleaved for 32 columns just before use, and stay in the first-level cache meanwhile.
#include "template/common.h"
#include "template/halves.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c"))), apply_to = function)

#include "template/pairs.h"

CK_INLINE int pair_at(const char *x) {
    int pair;
    memcpy(&pair, x, sizeof pair);
    return pair;
}

/// Tokens of a tile whose sums, with two panels of queries, fill the registers.
#define WIDEST_TILE 14

/// `stride` is the bytes between tokens.
CK_INLINE void scores_tile_pairs(const int panels, const int tokens, const uint32_t *g, size_t pairs, const char *x,
                                 size_t stride, size_t total, float *s, ck_walk *ahead) {
    __m512 sum[2 * WIDEST_TILE];
    CK_UNROLL for (int i = 0; i < panels * tokens; i++) sum[i] = _mm512_setzero_ps();
    // Three tokens to a pointer: the addresses of a tile's tokens must not use up the integer registers.
    const char *token[(WIDEST_TILE + 2) / 3];
    CK_UNROLL for (int i = 0; i < (tokens + 2) / 3; i++) token[i] = x + 3 * i * stride;
    for (size_t from = 0; from < pairs; from += 8) {
        size_t end = CK_MIN(pairs, from + 8);
        ck_step(ahead);
        for (size_t d = from; d < end; d++) {
            __m512bh query[2];
            CK_UNROLL for (int p = 0; p < panels; p++)
                query[p] = (__m512bh)_mm512_loadu_si512(g + (p * pairs + d) * CK_PANEL);
            CK_UNROLL for (int t = 0; t < tokens; t++) {
                __m512bh pair = (__m512bh)_mm512_set1_epi32(pair_at(token[t / 3] + t % 3 * stride));
                CK_UNROLL for (int p = 0; p < panels; p++)
                    sum[t * panels + p] = _mm512_dpbf16_ps(sum[t * panels + p], pair, query[p]);
            }
            CK_UNROLL for (int i = 0; i < (tokens + 2) / 3; i++) token[i] += 4;
        }
    }
    CK_UNROLL for (int t = 0; t < tokens; t++)
        CK_UNROLL for (int p = 0; p < panels; p++)
            _mm512_storeu_ps(s + (p * total + t) * CK_PANEL, sum[t * panels + p]);
}

CK_INLINE void scores_panels_pairs(const int panels, const uint32_t *g, size_t pairs, const char *x, size_t tokens,
                                   float *s, ck_walk *ahead) {
    size_t stride = pairs * 4, t = 0;
    // Tokens that lie a multiple of 4096 bytes apart share one set of the first-level cache, too small for a wide tile.
    const size_t widest = stride % 4096 ? WIDEST_TILE : 8;
#define SCORES_OF(count)                                                                                             \
    for (; t + count <= tokens && count <= widest; t += count)                                                       \
        scores_tile_pairs(panels, count, g, pairs, x + t * stride, stride, tokens, s + t * CK_PANEL, ahead)
    SCORES_OF(WIDEST_TILE);
    SCORES_OF(8);
    SCORES_OF(4);
    SCORES_OF(2);
    SCORES_OF(1);
#undef SCORES_OF
}

static void scores_pairs(const void *packed, size_t panels, size_t width, const void *x, size_t tokens, void *s,
                         const ck_region *ahead, size_t regions) {
    size_t pairs = width / 2, p = 0;
    ck_walk walk = ck_walk_of(ahead, regions, (panels + 1) / 2 * (tokens / WIDEST_TILE + 1) * (pairs / 8 + 1));
    for (; p + 2 <= panels; p += 2)
        scores_panels_pairs(2, (const uint32_t *)packed + p * pairs * CK_PANEL, pairs, x, tokens,
                            (float *)s + p * tokens * CK_PANEL, &walk);
    if (p < panels)
        scores_panels_pairs(1, (const uint32_t *)packed + p * pairs * CK_PANEL, pairs, x, tokens,
                            (float *)s + p * tokens * CK_PANEL, &walk);
}

/// Weights [panels][tokens][16] as pairs of tokens, [panels][⌈tokens / 2⌉][16].
CK_INLINE void weight_pairs(const float *w, size_t panels, size_t tokens, uint32_t *pairs) {
    for (size_t p = 0; p < panels; p++, w += tokens * CK_PANEL)
        for (size_t t = 0; t < tokens; t += 2, pairs += CK_PANEL)
            _mm512_storeu_si512(pairs, to_pairs(load_pairs(w + t * CK_PANEL),
                                                t + 1 < tokens ? load_pairs(w + (t + 1) * CK_PANEL) : (V){}));
}

/// Where the sums of a tile's lanes go: rows of numbers or, to be replaced, of bfloat16; null rows are left out.
typedef struct sum_rows {
    void *const *lane;
    size_t from, columns;
    int accumulate;
} sum_rows;

/// Stores one lane's 32 sums.
CK_INLINE void store_sums_of_lane(const int rounded, void *row, __m512 low, __m512 high, const sum_rows *to,
                                  __mmask32 inside) {
    straighten(&low, &high);
    if (rounded) {
        _mm512_mask_storeu_epi16((uint16_t *)row + to->from, inside, (__m512i)_mm512_cvtne2ps_pbh(high, low));
        return;
    }
    const V sums[2] = {(V)low, (V)high};
    CK_UNROLL for (int v = 0; v < 2; v++) {
        if (to->columns <= (size_t)(v * VL)) continue;
        float *target = (float *)row + to->from + v * VL;
        V old = to->accumulate ? load_some_pairs(target, to->columns - v * VL) : (V){};
        store_some_pairs(target, old + sums[v], to->columns - v * VL);
    }
}

/// Sums of eight neighbouring lanes over 32 columns, of which `to->columns` exist. `x` is at the first of them.
CK_INLINE void aggregate_tile_pairs(const int rounded, const uint32_t *w, const uint16_t *x, size_t width,
                                    size_t tokens, const sum_rows *to) {
    __m512 sum[8][2];
    CK_UNROLL for (int q = 0; q < 8; q++)
        CK_UNROLL for (int v = 0; v < 2; v++) sum[q][v] = _mm512_setzero_ps();
    const __mmask32 inside = to->columns >= SUM_COLUMNS ? ~(__mmask32)0 : ((__mmask32)1 << to->columns) - 1;
    for (size_t t = 0; t < tokens; t += 2, w += CK_PANEL) {
        __m512bh left, right;
        interleave(x + t * width, x + (t + 1) * width, inside, t + 1 < tokens ? inside : 0, &left, &right);
        CK_UNROLL for (int q = 0; q < 8; q++) {
            __m512bh weight = (__m512bh)_mm512_set1_epi32((int)w[q]);
            sum[q][0] = _mm512_dpbf16_ps(sum[q][0], weight, left);
            sum[q][1] = _mm512_dpbf16_ps(sum[q][1], weight, right);
        }
    }
    CK_UNROLL for (int q = 0; q < 8; q++)
        if (to->lane[q]) store_sums_of_lane(rounded, to->lane[q], sum[q][0], sum[q][1], to, inside);
}

CK_INLINE void aggregate_pairs_of(const int rounded, const float *w, size_t panels, size_t tokens, const uint16_t *x,
                                  size_t width, void *const *targets, int accumulate, const ck_region *ahead,
                                  size_t regions) {
    const size_t pairs = (tokens + 1) / 2, size = rounded ? sizeof(uint16_t) : sizeof(float);
    ck_walk walk = ck_walk_of(ahead, regions, (width / SUM_COLUMNS + 1) * panels * (CK_PANEL / 8));
    uint32_t *weights = ck_scratch(panels * pairs * CK_PANEL * 4);
    weight_pairs(w, panels, tokens, weights);
    for (size_t d = 0; d < width; d += SUM_COLUMNS) {
        for (size_t lane = 0; lane < panels * CK_PANEL; lane += 8) {
            const sum_rows to = {targets + lane, d, width - d, accumulate};
            ck_prefetch_tile(targets, lane, 8, panels * CK_PANEL, d * size, width * size);
            ck_step(&walk);
            int wanted = 0;
            for (int i = 0; i < 8; i++) wanted |= to.lane[i] != 0;
            if (wanted)
                aggregate_tile_pairs(rounded, weights + lane / CK_PANEL * pairs * CK_PANEL + lane % CK_PANEL, x + d,
                                     width, tokens, &to);
        }
    }
}

static void aggregate_pairs(const void *w, size_t panels, size_t tokens, const void *x, size_t width,
                            void *const *targets, int accumulate, const ck_region *ahead, size_t regions) {
    aggregate_pairs_of(0, w, panels, tokens, x, width, targets, accumulate, ahead, regions);
}

static void aggregate_into_rounded(const void *w, size_t panels, size_t tokens, const void *x, size_t width,
                                   void *const *targets, const ck_region *ahead, size_t regions) {
    aggregate_pairs_of(1, w, panels, tokens, x, width, targets, 0, ahead, regions);
}

#include "template/multiply_pairs.h"

#pragma clang attribute pop

const ck_rounded_kernels ck_rounded_avx512 = {
    .pack = pack_rounded,
    .aggregate = aggregate_into_rounded,
    .multiply_left = multiply_rounded_left,
    .multiply_right = multiply_rounded_right,
    .multiply_into = multiply_into_rounded,
};

const ck_bfloat16_kernels ck_bfloat16_avx512 = {
    .products = {
        .pack = pack_pairs,
        .panel_sums = panel_sums_pairs,
        .scores = scores_pairs,
        .aggregate = aggregate_pairs,
    },
    .multiply = multiply_pairs,
};
#endif
