// The attention core's products: scores with lanes across queries, sums over tokens with lanes across the width.
// Tokens lie in blocks of 32 columns, [width / 32][tokens][32].

static void CK_NAME(pack)(const void *const *rows, size_t panels, size_t width, void *packed) {
    for (size_t lane = 0; lane < panels * CK_PANEL; lane += VL)
        CK_NAME(rows_to_columns)((const S *const *)rows + lane, width,
                                 (S *)packed + lane / CK_PANEL * width * CK_PANEL + lane % CK_PANEL, CK_PANEL);
}

/// Panels that one walk over the tokens serves, where the registers hold enough tokens beside them.
#define SCORE_PANELS (2 * NV * 4 <= CK_ACCUMULATORS ? 2 : 1)
#define SCORE_TOKENS (CK_ACCUMULATORS / (NV * SCORE_PANELS))

/// Where the tokens are: elements between two tokens, and between two blocks of 32 columns.
typedef struct CK_NAME(layout) {
    size_t token, block;
} CK_NAME(layout);

CK_INLINE void CK_NAME(scores_tile)(const int panels, const int tokens, const S *g, size_t width, const S *x,
                                    CK_NAME(layout) layout, size_t total, S *s, ck_walk *ahead) {
    V sum[CK_ACCUMULATORS] = {};
    const int vectors = panels * NV, pointers = (tokens + 2) / 3;
    // Three tokens to a pointer: the addresses of a tile's tokens must not use up the integer registers.
    const S *token[(SCORE_TOKENS + 2) / 3];
    CK_UNROLL for (int i = 0; i < pointers; i++) token[i] = x + 3 * i * layout.token;
    for (size_t from = 0; from < width; from += CK_BLOCK) {
        size_t columns = CK_MIN(width - from, (size_t)CK_BLOCK);
        ck_step(ahead);
        for (size_t d = 0; d < columns; d++, g += CK_PANEL) {
            V query[SCORE_PANELS * NV];
            CK_UNROLL for (int v = 0; v < vectors; v++)
                query[v] = CK_NAME(load)(g + v / NV * width * CK_PANEL + v % NV * VL);
            CK_UNROLL for (int t = 0; t < tokens; t++) {
                V value = CK_NAME(spread)(token[t / 3][t % 3 * layout.token]);
                CK_UNROLL for (int v = 0; v < vectors; v++)
                    sum[t * vectors + v] = CK_NAME(fma)(value, query[v], sum[t * vectors + v]);
            }
            CK_UNROLL for (int i = 0; i < pointers; i++) token[i]++;
        }
        CK_UNROLL for (int i = 0; i < pointers; i++) token[i] += layout.block - CK_BLOCK;
    }
    CK_UNROLL for (int t = 0; t < tokens; t++)
        CK_UNROLL for (int v = 0; v < vectors; v++)
            CK_NAME(store)(s + (v / NV * total + t) * CK_PANEL + v % NV * VL, sum[t * vectors + v]);
}

CK_INLINE void CK_NAME(scores_panels)(const int panels, const S *g, size_t width, const S *x, CK_NAME(layout) layout,
                                      size_t tokens, S *s, ck_walk *ahead) {
    const int wide = SCORE_TOKENS, middle = wide >= 12 ? 8 : 1;
    size_t t = 0;
    // Tokens that lie a multiple of 4096 bytes apart share one set of the first-level cache, too small for a wide tile.
    if (layout.token * sizeof(S) % 4096)
        for (; t + wide <= tokens; t += wide)
            CK_NAME(scores_tile)(panels, wide, g, width, x + t * layout.token, layout, tokens, s + t * CK_PANEL, ahead);
    for (; t + middle <= tokens; t += middle)
        CK_NAME(scores_tile)(panels, middle, g, width, x + t * layout.token, layout, tokens, s + t * CK_PANEL, ahead);
    for (; t < tokens; t++)
        CK_NAME(scores_tile)(panels, 1, g, width, x + t * layout.token, layout, tokens, s + t * CK_PANEL, ahead);
}

CK_INLINE void CK_NAME(scores_of)(const S *packed, size_t panels, size_t width, const S *x, CK_NAME(layout) layout,
                                  size_t tokens, S *s, const ck_region *ahead, size_t regions) {
    size_t steps = (panels + SCORE_PANELS - 1) / SCORE_PANELS * (tokens / SCORE_TOKENS + 1) * (width / CK_BLOCK + 1);
    ck_walk walk = ck_walk_of(ahead, regions, steps);
    size_t p = 0;
    for (; p + SCORE_PANELS <= panels; p += SCORE_PANELS)
        CK_NAME(scores_panels)(SCORE_PANELS, packed + p * width * CK_PANEL, width, x, layout, tokens,
                               s + p * tokens * CK_PANEL, &walk);
    for (; p < panels; p++)
        CK_NAME(scores_panels)(1, packed + p * width * CK_PANEL, width, x, layout, tokens, s + p * tokens * CK_PANEL,
                               &walk);
}

static void CK_NAME(scores)(const void *packed, size_t panels, size_t width, const void *x, size_t tokens, void *s,
                            const ck_region *ahead, size_t regions) {
    CK_NAME(layout) layout = {CK_BLOCK, tokens * CK_BLOCK};
    CK_NAME(scores_of)(packed, panels, width, x, layout, tokens, s, ahead, regions);
}

static void CK_NAME(scores_in_place)(const void *packed, size_t panels, size_t width, const void *x, size_t tokens,
                                     void *s, const ck_region *ahead, size_t regions) {
    CK_NAME(layout) layout = {width, CK_BLOCK};
    CK_NAME(scores_of)(packed, panels, width, x, layout, tokens, s, ahead, regions);
}

/// Lanes and vectors of columns of a tile of sums.
#define SUM_VECTORS 2
#define SUM_QUERIES (CK_ACCUMULATORS >= 24 ? 8 : 4)

/// Sums for neighbouring lanes over two vectors of one block. `columns` counts from the tile's first column.
CK_INLINE void CK_NAME(aggregate_tile)(const S *w, size_t tokens, const S *x, size_t columns, S *const *targets,
                                       size_t from, int accumulate) {
    V sum[SUM_QUERIES][SUM_VECTORS] = {};
    if (accumulate) {
        CK_UNROLL for (int q = 0; q < SUM_QUERIES; q++)
            CK_UNROLL for (int v = 0; v < SUM_VECTORS; v++)
                if (targets[q] && columns > (size_t)(v * VL))
                    sum[q][v] = CK_NAME(load_some)(targets[q] + from + v * VL, columns - v * VL);
    }
    for (size_t t = 0; t < tokens; t++) {
        V token[SUM_VECTORS];
        CK_UNROLL for (int v = 0; v < SUM_VECTORS; v++) token[v] = CK_NAME(load)(x + t * CK_BLOCK + v * VL);
        CK_UNROLL for (int q = 0; q < SUM_QUERIES; q++) {
            V weight = CK_NAME(spread)(w[t * CK_PANEL + q]);
            CK_UNROLL for (int v = 0; v < SUM_VECTORS; v++) sum[q][v] = CK_NAME(fma)(weight, token[v], sum[q][v]);
        }
    }
    CK_UNROLL for (int q = 0; q < SUM_QUERIES; q++)
        CK_UNROLL for (int v = 0; v < SUM_VECTORS; v++)
            if (targets[q] && columns > (size_t)(v * VL))
                CK_NAME(store_some)(targets[q] + from + v * VL, sum[q][v], columns - v * VL);
}

/// One block of 32 columns of all tokens, [tokens][32], for every lane. `columns` are left from the block on.
CK_INLINE void CK_NAME(aggregate_block)(const S *w, size_t panels, size_t tokens, const S *block, size_t columns,
                                        S *const *targets, size_t from, int accumulate, ck_walk *ahead) {
    for (size_t d = 0; d < CK_MIN(columns, (size_t)CK_BLOCK); d += SUM_VECTORS * VL) {
        for (size_t lane = 0; lane < panels * CK_PANEL; lane += SUM_QUERIES) {
            ck_step(ahead);
            int wanted = 0;
            for (int i = 0; i < SUM_QUERIES; i++) wanted |= targets[lane + i] != 0;
            if (d % (128 / sizeof(S)) == 0)
                ck_prefetch_tile((void *const *)targets, lane, SUM_QUERIES, panels * CK_PANEL, (from + d) * sizeof(S),
                                 (from + columns) * sizeof(S));
            if (wanted)
                CK_NAME(aggregate_tile)(w + lane / CK_PANEL * tokens * CK_PANEL + lane % CK_PANEL, tokens, block + d,
                                        columns - d, targets + lane, from + d, accumulate);
        }
    }
}

/// Steps of a walk along all blocks.
CK_INLINE size_t CK_NAME(aggregate_steps)(size_t panels, size_t width) {
    return (width / CK_BLOCK + 1) * (CK_BLOCK / (SUM_VECTORS * VL)) * (panels * CK_PANEL / SUM_QUERIES);
}

static void CK_NAME(aggregate)(const void *w, size_t panels, size_t tokens, const void *x, size_t width,
                               void *const *targets, int accumulate, const ck_region *ahead, size_t regions) {
    ck_walk walk = ck_walk_of(ahead, regions, CK_NAME(aggregate_steps)(panels, width));
    for (size_t d = 0; d < width; d += CK_BLOCK)
        CK_NAME(aggregate_block)(w, panels, tokens, (const S *)x + d * tokens, width - d, (S *const *)targets, d,
                                 accumulate, &walk);
}

/// Brings each block of columns together just before its use; it stays in the first-level cache meanwhile.
static void CK_NAME(aggregate_in_place)(const void *w, size_t panels, size_t tokens, const void *x, size_t width,
                                        void *const *targets, int accumulate, const ck_region *ahead, size_t regions) {
    ck_walk walk = ck_walk_of(ahead, regions, CK_NAME(aggregate_steps)(panels, width));
    S *block = ck_scratch(tokens * CK_BLOCK * sizeof(S));
    for (size_t d = 0; d < width; d += CK_BLOCK) {
        for (size_t t = 0; t < tokens; t++) {
            const S *row = (const S *)x + t * width + d;
            CK_UNROLL for (int v = 0; v < BV; v++)
                CK_NAME(store)(block + t * CK_BLOCK + v * VL,
                               width - d > (size_t)(v * VL) ? CK_NAME(load_some)(row + v * VL, width - d - v * VL) : (V){});
        }
        CK_NAME(aggregate_block)(w, panels, tokens, block, width - d, (S *const *)targets, d, accumulate, &walk);
    }
}

/// Copies the part of some lanes that lies in one panel between panels and rows of `count` elements.
CK_INLINE void CK_NAME(copy_lanes)(S *panels, size_t tokens, size_t lane, size_t lanes, S *rows, size_t count,
                                   int from_panels) {
    S *panel = panels + lane / CK_PANEL * tokens * CK_PANEL + lane % CK_PANEL;
    for (size_t t = 0; t < tokens; t++, panel += CK_PANEL, rows += count)
        memcpy(from_panels ? rows : panel, from_panels ? panel : rows, lanes * sizeof(S));
}

CK_INLINE void CK_NAME(move_lanes)(S *panels, size_t tokens, size_t first, size_t count, S *rows, int from_panels) {
    for (size_t i = 0; i < count;) {
        const size_t lane = first + i, lanes = CK_MIN(CK_PANEL - lane % CK_PANEL, count - i);
        // A whole panel is what matters, and copies of a fixed length are a few vectors.
        if (lanes == CK_PANEL) {
            CK_NAME(copy_lanes)(panels, tokens, lane, CK_PANEL, rows + i, count, from_panels);
        } else {
            CK_NAME(copy_lanes)(panels, tokens, lane, lanes, rows + i, count, from_panels);
        }
        i += lanes;
    }
}

static void CK_NAME(put_lanes)(const void *w, size_t tokens, size_t first, size_t count, void *rows) {
    CK_NAME(move_lanes)((S *)w, tokens, first, count, rows, 1);
}

static void CK_NAME(take_lanes)(const void *rows, size_t tokens, size_t first, size_t count, void *w) {
    CK_NAME(move_lanes)(w, tokens, first, count, (S *)rows, 0);
}

static void CK_NAME(token_gradient)(const void *a_, const void *psi_, size_t total, size_t lanes, size_t tokens,
                                    const void *const *zeta, const void *const *g, size_t width, void *y_,
                                    size_t y_stride, int accumulate) {
    for (size_t t = 0; t < tokens; t++) {
        S *y = (S *)y_ + t * y_stride;
        if (!accumulate) memset(y, 0, width * sizeof(S));
        for (size_t lane = 0; lane < lanes; lane++) {
            size_t at = (lane / CK_PANEL * total + t) * CK_PANEL + lane % CK_PANEL;
            S a = ((const S *)a_)[at], psi = ((const S *)psi_)[at];
            const S *value = zeta[lane], *query = g[lane];
            for (size_t d = 0; d < width; d++) y[d] = y[d] + (a * value[d] + psi * query[d]);
        }
    }
}

static void CK_NAME(add)(const void *x, size_t count, void *y) {
    for (size_t i = 0; i < count; i++) ((S *)y)[i] += ((const S *)x)[i];
}
