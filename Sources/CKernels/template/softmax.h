// Softmax over tokens, and its backward, for sixteen queries a panel row.

static void CK_NAME(softmax)(void *s_, size_t panels, size_t tokens, const ck_softmax_terms *terms) {
    const S *scale = terms->scale, *mean = terms->mean;
    for (size_t p = 0; p < panels; p++) {
        S *s = (S *)s_ + p * tokens * CK_PANEL;
        for (size_t q = 0; q < CK_PANEL; q++) {
            S *lane = s + q;
            const S *additive = terms->additive ? terms->additive[p * CK_PANEL + q] : 0;
            S largest = -INFINITY;
            for (size_t t = 0; t < tokens; t++) {
                S score = lane[t * CK_PANEL];
                if (mean) score = score - mean[t] * ((const S *)terms->sums)[p * CK_PANEL + q];
                if (scale) score *= scale[t];
                if (additive) score += additive[t];
                lane[t * CK_PANEL] = score;
                largest = score > largest ? score : largest;
            }
            S total = 0;
            for (size_t t = 0; t < tokens; t++) {
                S e = (S)exp((double)(lane[t * CK_PANEL] - largest));
                lane[t * CK_PANEL] = e;
                total += e;
            }
            for (size_t t = 0; t < tokens; t++) lane[t * CK_PANEL] /= total;
        }
    }
}

static void CK_NAME(softmax_backward)(const void *a_, void *alpha_, size_t panels, size_t tokens,
                                      const ck_softmax_terms *terms) {
    const S *scale = terms->scale, *mean = terms->mean;
    for (size_t p = 0; p < panels; p++) {
        const S *a = (const S *)a_ + p * tokens * CK_PANEL;
        S *alpha = (S *)alpha_ + p * tokens * CK_PANEL;
        const S *sums = (const S *)terms->sums + p * CK_PANEL;
        S total[CK_PANEL] = {};
        for (size_t t = 0; t < tokens; t++)
            for (size_t q = 0; q < CK_PANEL; q++) {
                S value = alpha[t * CK_PANEL + q];
                if (mean) value = value - mean[t] * sums[q];
                if (scale) value *= scale[t];
                alpha[t * CK_PANEL + q] = value;
                total[q] += a[t * CK_PANEL + q] * value;
            }
        for (size_t t = 0; t < tokens; t++)
            for (size_t q = 0; q < CK_PANEL; q++)
                alpha[t * CK_PANEL + q] = a[t * CK_PANEL + q] * (alpha[t * CK_PANEL + q] - total[q]);
    }
}

static void CK_NAME(panel_sums)(const void *packed_, size_t panels, size_t width, void *sums_) {
    for (size_t p = 0; p < panels; p++) {
        const S *packed = (const S *)packed_ + p * width * CK_PANEL;
        S *sums = (S *)sums_ + p * CK_PANEL;
        for (size_t q = 0; q < CK_PANEL; q++) sums[q] = 0;
        for (size_t d = 0; d < width; d++)
            for (size_t q = 0; q < CK_PANEL; q++) sums[q] += packed[d * CK_PANEL + q];
    }
}

static void CK_NAME(fold_weights)(const void *a_, size_t panels, size_t tokens, const void *scale_, const void *mean_,
                                  void *w_, void *shift_) {
    const S *scale = scale_, *mean = mean_;
    for (size_t p = 0; p < panels; p++) {
        const S *a = (const S *)a_ + p * tokens * CK_PANEL;
        S *w = (S *)w_ + p * tokens * CK_PANEL, *shift = (S *)shift_ + p * CK_PANEL;
        for (size_t q = 0; q < CK_PANEL; q++) shift[q] = 0;
        for (size_t t = 0; t < tokens; t++)
            for (size_t q = 0; q < CK_PANEL; q++) {
                S folded = a[t * CK_PANEL + q] * scale[t];
                w[t * CK_PANEL + q] = folded;
                shift[q] += folded * mean[t];
            }
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
