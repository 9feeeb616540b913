// Which of many numbers are worth a closer look.

/// Places i, rising, where x[i] is not below `limit` or not below limits[i]; a NaN is below nothing.
static size_t CK_NAME(places_not_below)(const void *x, size_t count, double limit, const void *limits, uint32_t *places) {
    typedef _Bool choice __attribute__((ext_vector_type(VL)));
    const S *values = x, *others = limits;
    const V bound = CK_NAME(spread)((S)limit);
    size_t found = 0, i = 0;
    for (; i + VL <= count; i += VL) {
        const V value = CK_NAME(load)(values + i), other = CK_NAME(load)(others + i);
        choice below = __builtin_convertvector((value < bound) & (value < other), choice);
        uint32_t rest = 0;
        memcpy(&rest, &below, sizeof below);
        // A byte may hold more than the lanes.
        for (rest = ~rest & ((1u << VL) - 1); rest; rest &= rest - 1) places[found++] = (uint32_t)i + __builtin_ctz(rest);
    }
    for (; i < count; i++)
        if (!(values[i] < (S)limit && values[i] < others[i])) places[found++] = (uint32_t)i;
    return found;
}
