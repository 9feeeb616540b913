// Softmax over tokens, and its backward, for sixteen queries a panel row; sums in the order of tokens.

/// s ← r_t (s − μ_t Σ_d g_d) where there is a norm.
CK_INLINE V CK_NAME(apply_norm)(V s, const S *scale, const S *mean, V sums, size_t t) {
    if (mean) s = CK_NAME(fma)(CK_NAME(spread)(-mean[t]), sums, s);
    return scale ? s * CK_NAME(spread)(scale[t]) : s;
}

CK_INLINE void CK_NAME(softmax_lanes)(S *s, size_t tokens, const S *scale, const S *mean, V sums) {
    V largest = CK_NAME(spread)(-INFINITY), total = {};
    for (size_t t = 0; t < tokens; t++) {
        V score = CK_NAME(load)(s + t * CK_PANEL);
        if (scale || mean) {
            score = CK_NAME(apply_norm)(score, scale, mean, sums, t);
            CK_NAME(store)(s + t * CK_PANEL, score);
        }
        largest = __builtin_elementwise_max(score, largest);
    }
    for (size_t t = 0; t < tokens; t++) {
        V e = CK_NAME(exp)(CK_NAME(load)(s + t * CK_PANEL) - largest);
        CK_NAME(store)(s + t * CK_PANEL, e);
        total += e;
    }
    V inverse = CK_NAME(spread)(1) / total;
    for (size_t t = 0; t < tokens; t++)
        CK_NAME(store)(s + t * CK_PANEL, CK_NAME(load)(s + t * CK_PANEL) * inverse);
}

static void CK_NAME(softmax)(void *s_, size_t panels, size_t tokens, const ck_softmax_terms *terms) {
    const S *scale = terms->scale, *mean = terms->mean;
    for (size_t lane = 0; lane < panels * CK_PANEL; lane += VL) {
        S *s = (S *)s_ + lane / CK_PANEL * tokens * CK_PANEL + lane % CK_PANEL;
        V sums = mean ? CK_NAME(load)((const S *)terms->sums + lane) : (V){};
        if (!terms->additive) {
            CK_NAME(softmax_lanes)(s, tokens, scale, mean, sums);
            continue;
        }
        for (size_t t = 0; t < tokens; t++) {
            V score = CK_NAME(apply_norm)(CK_NAME(load)(s + t * CK_PANEL), scale, mean, sums, t);
            for (size_t i = 0; i < VL; i++) {
                const S *additive = terms->additive[lane + i];
                if (additive) score[i] += additive[t];
            }
            CK_NAME(store)(s + t * CK_PANEL, score);
        }
        CK_NAME(softmax_lanes)(s, tokens, 0, 0, sums);
    }
}

static void CK_NAME(softmax_backward)(const void *a_, void *alpha_, size_t panels, size_t tokens,
                                      const ck_softmax_terms *terms) {
    const S *scale = terms->scale, *mean = terms->mean;
    for (size_t lane = 0; lane < panels * CK_PANEL; lane += VL) {
        size_t at = lane / CK_PANEL * tokens * CK_PANEL + lane % CK_PANEL;
        const S *a = (const S *)a_ + at;
        S *alpha = (S *)alpha_ + at;
        V sums = mean ? CK_NAME(load)((const S *)terms->sums + lane) : (V){}, total = {};
        for (size_t t = 0; t < tokens; t++) {
            V value = CK_NAME(apply_norm)(CK_NAME(load)(alpha + t * CK_PANEL), scale, mean, sums, t);
            CK_NAME(store)(alpha + t * CK_PANEL, value);
            total = CK_NAME(fma)(CK_NAME(load)(a + t * CK_PANEL), value, total);
        }
        for (size_t t = 0; t < tokens; t++)
            CK_NAME(store)(alpha + t * CK_PANEL,
                           CK_NAME(load)(a + t * CK_PANEL) * (CK_NAME(load)(alpha + t * CK_PANEL) - total));
    }
}

static void CK_NAME(panel_sums)(const void *packed, size_t panels, size_t width, void *sums) {
    for (size_t lane = 0; lane < panels * CK_PANEL; lane += VL) {
        const S *g = (const S *)packed + lane / CK_PANEL * width * CK_PANEL + lane % CK_PANEL;
        V sum = {};
        for (size_t d = 0; d < width; d++) sum += CK_NAME(load)(g + d * CK_PANEL);
        CK_NAME(store)((S *)sums + lane, sum);
    }
}

static void CK_NAME(fold_weights)(const void *a_, size_t panels, size_t tokens, const void *scale, const void *mean,
                                  void *w_, void *shifts) {
    for (size_t lane = 0; lane < panels * CK_PANEL; lane += VL) {
        size_t at = lane / CK_PANEL * tokens * CK_PANEL + lane % CK_PANEL;
        V shift = {};
        for (size_t t = 0; t < tokens; t++) {
            V folded = CK_NAME(load)((const S *)a_ + at + t * CK_PANEL) * CK_NAME(spread)(((const S *)scale)[t]);
            CK_NAME(store)((S *)w_ + at + t * CK_PANEL, folded);
            shift = CK_NAME(fma)(folded, CK_NAME(spread)(((const S *)mean)[t]), shift);
        }
        CK_NAME(store)((S *)shifts + lane, shift);
    }
}

static void CK_NAME(subtract_shift)(const void *shift, size_t panels, size_t width, void *const *rows) {
    for (size_t lane = 0; lane < panels * CK_PANEL; lane++) {
        S *row = rows[lane];
        if (!row) continue;
        S value = ((const S *)shift)[lane];
        for (size_t d = 0; d < width; d++) row[d] -= value;
    }
}
