// What training does to small matrices between the products: row-major, rows in order, lanes across columns.

/// The vector at column `d` of a row, and its store; the last one may be short.
#define ROW_LOAD(p, d) CK_NAME(load_some)((const S *)(p) + (d), columns - (d))
#define ROW_STORE(p, d, v) CK_NAME(store_some)((S *)(p) + (d), v, columns - (d))
#define ROW_OF(x, i) ((S *)(x) + (i) * x##_stride)
#define FOR_COLUMNS(d) for (size_t d = 0; d < columns; d += VL)

/// Columns that walks down rows take at once: their sums stay in registers.
#define COLUMN_VECTORS 4

static void CK_NAME(column_sums)(const void *x, size_t x_stride, size_t rows, size_t columns, void *sums,
                                 int accumulate) {
    for (size_t c = 0; c < columns; c += COLUMN_VECTORS * VL) {
        V sum[COLUMN_VECTORS];
#define AT(v) CK_MIN(c + (v) * VL, columns)
        CK_UNROLL for (int v = 0; v < COLUMN_VECTORS; v++) sum[v] = accumulate ? ROW_LOAD(sums, AT(v)) : (V){};
        for (size_t i = 0; i < rows; i++)
            CK_UNROLL for (int v = 0; v < COLUMN_VECTORS; v++) sum[v] += ROW_LOAD(ROW_OF(x, i), AT(v));
        CK_UNROLL for (int v = 0; v < COLUMN_VECTORS; v++) ROW_STORE(sums, AT(v), sum[v]);
    }
}

static void CK_NAME(column_statistics)(const void *x, size_t x_stride, size_t rows, size_t columns, void *mean,
                                       void *variance) {
    V inverse = CK_NAME(spread)((S)(1.0 / (rows ? rows : 1)));
    CK_NAME(column_sums)(x, x_stride, rows, columns, mean, 0);
    FOR_COLUMNS(d) ROW_STORE(mean, d, ROW_LOAD(mean, d) * inverse);
    for (size_t c = 0; c < columns; c += COLUMN_VECTORS * VL) {
        V centre[COLUMN_VECTORS], sum[COLUMN_VECTORS] = {};
        CK_UNROLL for (int v = 0; v < COLUMN_VECTORS; v++) centre[v] = ROW_LOAD(mean, AT(v));
        for (size_t i = 0; i < rows; i++)
            CK_UNROLL for (int v = 0; v < COLUMN_VECTORS; v++) {
                V off = ROW_LOAD(ROW_OF(x, i), AT(v)) - centre[v];
                sum[v] = CK_NAME(fma)(off, off, sum[v]);
            }
        CK_UNROLL for (int v = 0; v < COLUMN_VECTORS; v++) ROW_STORE(variance, AT(v), sum[v] * inverse);
    }
}

CK_INLINE V CK_NAME(inverse_root)(V variance, double epsilon) {
    return CK_NAME(spread)(1) / __builtin_elementwise_sqrt(variance + CK_NAME(spread)((S)epsilon));
}

static void CK_NAME(normalise)(const void *x, size_t x_stride, size_t rows, size_t columns, const void *mean,
                               const void *variance, double epsilon, void *y, size_t y_stride) {
    S *scale = ck_scratch((columns + VL) * sizeof(S));
    FOR_COLUMNS(d) CK_NAME(store)(scale + d, CK_NAME(inverse_root)(ROW_LOAD(variance, d), epsilon));
    for (size_t i = 0; i < rows; i++)
        FOR_COLUMNS(d)
            ROW_STORE(ROW_OF(y, i), d, (ROW_LOAD(ROW_OF(x, i), d) - ROW_LOAD(mean, d)) * CK_NAME(load)(scale + d));
}

static void CK_NAME(normalise_backward)(const void *g, size_t g_stride, const void *y, size_t y_stride, size_t rows,
                                        size_t columns, const void *variance, double epsilon, void *x,
                                        size_t x_stride) {
    S *scale = ck_scratch(3 * (columns + VL) * sizeof(S)), *sum = scale + columns + VL, *product = sum + columns + VL;
    V inverse = CK_NAME(spread)((S)(1.0 / (rows ? rows : 1)));
    CK_NAME(column_sums)(g, g_stride, rows, columns, sum, 0);
    for (size_t c = 0; c < columns; c += COLUMN_VECTORS * VL) {
        V total[COLUMN_VECTORS] = {};
        for (size_t i = 0; i < rows; i++)
            CK_UNROLL for (int v = 0; v < COLUMN_VECTORS; v++)
                total[v] = CK_NAME(fma)(ROW_LOAD(ROW_OF(g, i), AT(v)), ROW_LOAD(ROW_OF(y, i), AT(v)), total[v]);
        CK_UNROLL for (int v = 0; v < COLUMN_VECTORS; v++) ROW_STORE(product, AT(v), total[v]);
    }
#undef AT
    FOR_COLUMNS(d) {
        CK_NAME(store)(scale + d, CK_NAME(inverse_root)(ROW_LOAD(variance, d), epsilon));
        ROW_STORE(sum, d, ROW_LOAD(sum, d) * inverse);
        ROW_STORE(product, d, ROW_LOAD(product, d) * inverse);
    }
    for (size_t i = 0; i < rows; i++)
        FOR_COLUMNS(d) {
            V centred = ROW_LOAD(ROW_OF(g, i), d) - ROW_LOAD(sum, d);
            V rest = CK_NAME(fma)(-ROW_LOAD(ROW_OF(y, i), d), ROW_LOAD(product, d), centred);
            ROW_STORE(ROW_OF(x, i), d, rest * CK_NAME(load)(scale + d));
        }
}

static void CK_NAME(add_row)(const void *row, size_t rows, size_t columns, void *x, size_t x_stride) {
    for (size_t i = 0; i < rows; i++)
        FOR_COLUMNS(d) ROW_STORE(ROW_OF(x, i), d, ROW_LOAD(ROW_OF(x, i), d) + ROW_LOAD(row, d));
}

/// The sum of a vector's lanes in double precision, halves upon each other.
CK_INLINE double CK_NAME(lane_sum)(V v) {
    double sum[VL];
    CK_UNROLL for (int i = 0; i < VL; i++) sum[i] = v[i];
    CK_UNROLL for (int half = VL / 2; half; half /= 2)
        CK_UNROLL for (int i = 0; i < half; i++) sum[i] += sum[i + half];
    return sum[0];
}

/// The first `count` lanes of a vector, `rest` behind.
CK_INLINE V CK_NAME(first_lanes)(V v, size_t count, V rest) {
    CK_NAME(bits) lane;
    CK_UNROLL for (int i = 0; i < VL; i++) lane[i] = i;
    CK_NAME(bits) inside = lane < ((CK_NAME(bits)){} + (int)CK_MIN(count, (size_t)VL));
    return (V)((inside & (CK_NAME(bits))v) | (~inside & (CK_NAME(bits))rest));
}

static double CK_NAME(cross_entropy)(const void *x, size_t x_stride, size_t rows, size_t columns,
                                     const int32_t *labels, void *g, size_t g_stride) {
    double loss = 0, totals = 1, share = rows ? 1.0 / rows : 0;
    const V lowest = CK_NAME(spread)(-INFINITY);
    S *e = ck_scratch((columns + VL) * sizeof(S));
    for (size_t i = 0; i < rows; i++) {
        const S *logits = ROW_OF(x, i);
        V top = lowest, sum = {};
        FOR_COLUMNS(d)
            top = __builtin_elementwise_max(top, CK_NAME(first_lanes)(ROW_LOAD(logits, d), columns - d, lowest));
        S largest = __builtin_reduce_max(top);
        FOR_COLUMNS(d) {
            V value = CK_NAME(exp)(ROW_LOAD(logits, d) - CK_NAME(spread)(largest));
            CK_NAME(store)(e + d, value);
            sum += CK_NAME(first_lanes)(value, columns - d, (V){});
        }
        double total = CK_NAME(lane_sum)(sum);
        size_t label = (size_t)labels[i];
        loss -= (double)logits[label] - (double)largest;
        // One logarithm for sixteen rows: each total is between 1 and the number of columns.
        totals *= total;
        if (i % 16 == 15 || i + 1 == rows) {
            loss += log(totals);
            totals = 1;
        }
        if (!g) continue;
        V scale = CK_NAME(spread)((S)(share / total));
        FOR_COLUMNS(c) ROW_STORE(ROW_OF(g, i), c, CK_NAME(load)(e + c) * scale);
        ROW_OF(g, i)[label] -= (S)share;
    }
    return loss * share;
}

/// Σ x², vectors of running sums over at most 4096 elements, then in double precision.
static double CK_NAME(squares)(const void *x_, size_t count) {
    const S *x = x_;
    double total = 0;
    for (size_t from = 0; from < count; from += 4096) {
        size_t end = CK_MIN(count, from + 4096), columns = count;
        V sum[4] = {};
        size_t i = from;
        for (; i + 4 * VL <= end; i += 4 * VL)
            CK_UNROLL for (int v = 0; v < 4; v++) {
                V value = CK_NAME(load)(x + i + v * VL);
                sum[v] = CK_NAME(fma)(value, value, sum[v]);
            }
        for (; i < end; i += VL) {
            V value = ROW_LOAD(x, i);
            sum[0] = CK_NAME(fma)(value, value, sum[0]);
        }
        total += CK_NAME(lane_sum)((sum[0] + sum[1]) + (sum[2] + sum[3]));
    }
    return total;
}

static void CK_NAME(momentum_step)(void *p, const void *g, void *m, size_t columns, double rate, double decay,
                                   double momentum, double trust, int adapt) {
    V wd = CK_NAME(spread)((S)decay), mu = CK_NAME(spread)((S)momentum), lr = CK_NAME(spread)((S)-rate);
    V local = CK_NAME(spread)(1);
    if (adapt) {
        S *sum = ck_scratch((columns + VL) * sizeof(S));
        FOR_COLUMNS(d) CK_NAME(store)(sum + d, CK_NAME(fma)(wd, ROW_LOAD(p, d), ROW_LOAD(g, d)));
        double weights = sqrt(CK_NAME(squares)(p, columns)), gradient = sqrt(CK_NAME(squares)(sum, columns));
        if (weights > 0 && gradient > 0) local = CK_NAME(spread)((S)(trust * weights / gradient));
    }
    FOR_COLUMNS(d) {
        V gradient = CK_NAME(fma)(wd, ROW_LOAD(p, d), ROW_LOAD(g, d)) * local;
        V moment = CK_NAME(fma)(mu, ROW_LOAD(m, d), gradient);
        ROW_STORE(m, d, moment);
        ROW_STORE(p, d, CK_NAME(fma)(lr, moment, ROW_LOAD(p, d)));
    }
}

static void CK_NAME(adam_step)(void *p, const void *g, void *m, void *v, size_t columns, double rate, double decay,
                               double first, double second, double epsilon, double step) {
    V b1 = CK_NAME(spread)((S)first), c1 = CK_NAME(spread)((S)(1 - first));
    V b2 = CK_NAME(spread)((S)second), c2 = CK_NAME(spread)((S)(1 - second));
    V shrink = CK_NAME(spread)((S)(1 - rate * decay)), size = CK_NAME(spread)((S)(-rate / (1 - pow(first, step))));
    V root = CK_NAME(spread)((S)(1 / sqrt(1 - pow(second, step)))), eps = CK_NAME(spread)((S)epsilon);
    FOR_COLUMNS(d) {
        V gradient = ROW_LOAD(g, d);
        V mean = CK_NAME(fma)(b1, ROW_LOAD(m, d), c1 * gradient);
        V square = CK_NAME(fma)(b2, ROW_LOAD(v, d), c2 * gradient * gradient);
        ROW_STORE(m, d, mean);
        ROW_STORE(v, d, square);
        V divisor = CK_NAME(fma)(__builtin_elementwise_sqrt(square), root, eps);
        ROW_STORE(p, d, CK_NAME(fma)(size, mean / divisor, ROW_LOAD(p, d) * shrink));
    }
}

/// Φ(x) = (1 + erf(x / √2)) / 2 of the normal distribution.
CK_INLINE V CK_NAME(normal_cdf)(V x) {
#if CK_SINGLE
    // Abramowitz and Stegun 7.1.26: |error| ≤ 1.5e-7.
    V u = x * CK_NAME(spread)(0x1.6a09e6p-1f), one = CK_NAME(spread)(1);
    V size = __builtin_elementwise_abs(u);
    V t = one / CK_NAME(fma)(CK_NAME(spread)(0.3275911f), size, one);
    V p = CK_NAME(spread)(1.061405429f);
    p = CK_NAME(fma)(p, t, CK_NAME(spread)(-1.453152027f));
    p = CK_NAME(fma)(p, t, CK_NAME(spread)(1.421413741f));
    p = CK_NAME(fma)(p, t, CK_NAME(spread)(-0.284496736f));
    p = CK_NAME(fma)(p, t, CK_NAME(spread)(0.254829592f));
    V tail = CK_NAME(spread)(0.5f) * p * t * CK_NAME(exp)(-(u * u));
    CK_NAME(bits) negative = x < CK_NAME(spread)(0);
    return (V)((negative & (CK_NAME(bits))tail) | (~negative & (CK_NAME(bits))(one - tail)));
#else
    for (int i = 0; i < VL; i++) x[i] = 0.5 * erfc(-x[i] * 0x1.6a09e667f3bcdp-1);
    return x;
#endif
}

static void CK_NAME(gelu)(const void *x, size_t columns, void *y) {
    FOR_COLUMNS(d) {
        V value = ROW_LOAD(x, d);
        ROW_STORE(y, d, value * CK_NAME(normal_cdf)(value));
    }
}

static void CK_NAME(gelu_backward)(const void *x, const void *g, size_t columns, void *y) {
    FOR_COLUMNS(d) {
        V value = ROW_LOAD(x, d);
        V density = CK_NAME(spread)((S)0.39894228040143267794) * CK_NAME(exp)(CK_NAME(spread)((S)-0.5) * value * value);
        V slope = CK_NAME(fma)(value, density, CK_NAME(normal_cdf)(value));
        ROW_STORE(y, d, ROW_LOAD(g, d) * slope);
    }
}
