// The attention core's products: scores with lanes across queries, sums over tokens with lanes across the width.

static void CK_NAME(pack)(const void *const *rows, size_t panels, size_t width, void *packed_) {
    S *packed = packed_;
    for (size_t p = 0; p < panels; p++, packed += width * CK_PANEL) {
        for (size_t q = 0; q < CK_PANEL; q++) {
            const S *row = rows[p * CK_PANEL + q];
            for (size_t d = 0; d < width; d++) packed[d * CK_PANEL + q] = row ? row[d] : 0;
        }
    }
}

#define SCORE_TOKENS (CK_ACCUMULATORS / NV > 0 ? CK_ACCUMULATORS / NV : 1)

CK_INLINE void CK_NAME(scores_tile)(const int tokens, const S *g, size_t width, const S *x, size_t x_stride, S *s) {
    V sum[SCORE_TOKENS][NV] = {};
    for (size_t d = 0; d < width; d++) {
        V query[NV];
        CK_UNROLL for (int v = 0; v < NV; v++) query[v] = CK_NAME(load)(g + d * CK_PANEL + v * VL);
        CK_UNROLL for (int t = 0; t < tokens; t++) {
            V token = CK_NAME(spread)(x[t * x_stride + d]);
            CK_UNROLL for (int v = 0; v < NV; v++) sum[t][v] = CK_NAME(fma)(token, query[v], sum[t][v]);
        }
    }
    CK_UNROLL for (int t = 0; t < tokens; t++)
        CK_UNROLL for (int v = 0; v < NV; v++) CK_NAME(store)(s + t * CK_PANEL + v * VL, sum[t][v]);
}

static void CK_NAME(scores)(const void *packed, size_t panels, size_t width, const void *x_, size_t x_stride,
                            size_t tokens, void *s_) {
    const S *x = x_;
    for (size_t p = 0; p < panels; p++) {
        const S *g = (const S *)packed + p * width * CK_PANEL;
        S *s = (S *)s_ + p * tokens * CK_PANEL;
        size_t t = 0;
        for (; t + SCORE_TOKENS <= tokens; t += SCORE_TOKENS)
            CK_NAME(scores_tile)(SCORE_TOKENS, g, width, x + t * x_stride, x_stride, s + t * CK_PANEL);
        for (; t < tokens; t++) CK_NAME(scores_tile)(1, g, width, x + t * x_stride, x_stride, s + t * CK_PANEL);
    }
}

#define SUM_VECTORS 2
#define SUM_QUERIES (CK_ACCUMULATORS / SUM_VECTORS)

/// Sums for `SUM_QUERIES` neighbouring lanes and some vectors of the width.
CK_INLINE void CK_NAME(aggregate_tile)(const int vectors, const S *w, size_t tokens, const S *x, size_t x_stride,
                                       size_t columns, S *const *targets, size_t from, int accumulate) {
    V sum[SUM_QUERIES][SUM_VECTORS] = {};
    if (accumulate) {
        CK_UNROLL for (int q = 0; q < SUM_QUERIES; q++) {
            if (!targets[q]) continue;
            CK_UNROLL for (int v = 0; v < vectors; v++) {
                if (columns <= v * VL) continue;
                memcpy(&sum[q][v], targets[q] + from + v * VL, CK_MIN(columns - v * VL, VL) * sizeof(S));
            }
        }
    }
    for (size_t t = 0; t < tokens; t++) {
        V token[SUM_VECTORS];
        CK_UNROLL for (int v = 0; v < vectors; v++) token[v] = CK_NAME(load)(x + t * x_stride + from + v * VL);
        CK_UNROLL for (int q = 0; q < SUM_QUERIES; q++) {
            V weight = CK_NAME(spread)(w[t * CK_PANEL + q]);
            CK_UNROLL for (int v = 0; v < vectors; v++) sum[q][v] = CK_NAME(fma)(weight, token[v], sum[q][v]);
        }
    }
    CK_UNROLL for (int q = 0; q < SUM_QUERIES; q++) {
        if (!targets[q]) continue;
        CK_UNROLL for (int v = 0; v < vectors; v++) {
            if (columns <= v * VL) continue;
            CK_NAME(store_some)(targets[q] + from + v * VL, sum[q][v], columns - v * VL);
        }
    }
}

static void CK_NAME(aggregate)(const void *w_, size_t panels, size_t tokens, const void *x_, size_t x_stride,
                               size_t width, void *const *targets, int accumulate) {
    const S *x = x_;
    for (size_t p = 0; p < panels; p++) {
        const S *w = (const S *)w_ + p * tokens * CK_PANEL;
        for (size_t q = 0; q < CK_PANEL; q += SUM_QUERIES) {
            S *const *rows = (S *const *)targets + p * CK_PANEL + q;
            int wanted = 0;
            for (int i = 0; i < SUM_QUERIES; i++) wanted |= rows[i] != 0;
            if (!wanted) continue;
            size_t d = 0;
            for (; d + VL < width; d += SUM_VECTORS * VL)
                CK_NAME(aggregate_tile)(SUM_VECTORS, w + q, tokens, x, x_stride, width - d, rows, d, accumulate);
            if (d < width)
                CK_NAME(aggregate_tile)(1, w + q, tokens, x, x_stride, width - d, rows, d, accumulate);
        }
    }
}

static void CK_NAME(unpack_weights)(const void *w_, size_t panels, size_t tokens, void *const *rows) {
    for (size_t lane = 0; lane < panels * CK_PANEL; lane++) {
        const S *w = (const S *)w_ + lane / CK_PANEL * tokens * CK_PANEL + lane % CK_PANEL;
        S *row = rows[lane];
        if (!row) continue;
        for (size_t t = 0; t < tokens; t++) row[t] = w[t * CK_PANEL];
    }
}

static void CK_NAME(pack_weights)(const void *const *rows, size_t panels, size_t tokens, void *w_) {
    for (size_t lane = 0; lane < panels * CK_PANEL; lane++) {
        S *w = (S *)w_ + lane / CK_PANEL * tokens * CK_PANEL + lane % CK_PANEL;
        const S *row = rows[lane];
        for (size_t t = 0; t < tokens; t++) w[t * CK_PANEL] = row ? row[t] : 0;
    }
}

static void CK_NAME(token_gradient)(const void *a_, const void *psi_, size_t total, size_t first, size_t lanes,
                                    size_t tokens, const void *const *zeta, const void *const *g, size_t width,
                                    void *y_, size_t y_stride, int accumulate) {
    for (size_t t = 0; t < tokens; t++) {
        S *y = (S *)y_ + t * y_stride;
        if (!accumulate) memset(y, 0, width * sizeof(S));
        for (size_t lane = first; lane < first + lanes; lane++) {
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
