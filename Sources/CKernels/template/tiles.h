// The attention core's products on tiles. All tiles are full: what is ragged is copied beside zeros first, so that each
// sum is made by one sequence of tile products, thirty-two k at a time, wherever it stands.
//
// Tiles 0 to 3 are sums, 4 and 5 rows of the left operand, 6 and 7 of the right: two by two sums need one load for each
// product. Four by one and one by four keep as many sums at work, which hides a product's latency, where there is but
// one tile of the other operand.
#include "pairs.h"

/// Neighbouring tiles in memory: bytes between a tile's rows, from one tile to the next 32 of k, and to the neighbour.
typedef struct tile_operand {
    const char *at;
    size_t row, step, next;
} tile_operand;

CK_INLINE void clear_sums(void) {
    tile_zero(0);
    tile_zero(1);
    tile_zero(2);
    tile_zero(3);
}

/// Adds the products of `rows` left and `columns` right tiles at step k: up to two by two, four by one, or one by four.
/// Sum (i, j) is in tile 2 i + j, but (2, 0) in tile 1.
CK_INLINE void add_products(const int rows, const int columns, const tile_operand *left, const tile_operand *right,
                            size_t k) {
    const char *a = left->at + k * left->step, *b = right->at + k * right->step;
    const size_t a_row = left->row, a_next = left->next, b_row = right->row, b_next = right->next;
    tile_load(4, a, a_row);
    tile_load(6, b, b_row);
    tile_multiply(0, 4, 6);
    if (columns > 1) {
        tile_load(7, b + b_next, b_row);
        tile_multiply(1, 4, 7);
    }
    if (columns > 2) {
        tile_load(6, b + 2 * b_next, b_row);
        tile_multiply(2, 4, 6);
    }
    if (columns > 3) {
        tile_load(7, b + 3 * b_next, b_row);
        tile_multiply(3, 4, 7);
    }
    if (rows > 1) {
        tile_load(5, a + a_next, a_row);
        tile_multiply(2, 5, 6);
        if (columns > 1) tile_multiply(3, 5, 7);
    }
    if (rows > 2) {
        tile_load(4, a + 2 * a_next, a_row);
        tile_multiply(1, 4, 6);
    }
    if (rows > 3) {
        tile_load(5, a + 3 * a_next, a_row);
        tile_multiply(3, 5, 6);
    }
}

/// Stores the sums; neighbours down lie `down` bytes apart, neighbours to the right `right` bytes.
CK_INLINE void store_sums(const int rows, const int columns, char *to, size_t row, size_t down, size_t right) {
    tile_store(0, to, row);
    if (columns > 1) tile_store(1, to + right, row);
    if (columns > 2) tile_store(2, to + 2 * right, row);
    if (columns > 3) tile_store(3, to + 3 * right, row);
    if (rows > 1) {
        tile_store(2, to + down, row);
        if (columns > 1) tile_store(3, to + down + right, row);
    }
    if (rows > 2) tile_store(1, to + 2 * down, row);
    if (rows > 3) tile_store(3, to + 3 * down, row);
}

/// Columns of numbers as rows of bfloat16: target[lane][k] = source[k][lane], zeros behind the lanes, and behind k to a
/// multiple of 32. `row` and `step` are those of `tile_operand`.
CK_INLINE void columns_to_tiles(const float *source, size_t stride, size_t lanes, size_t count, char *target,
                                size_t row, size_t step) {
    for (size_t k = 0; k < count; k += CK_TILE_DEPTH) {
        for (size_t half = 0; half < CK_TILE_DEPTH; half += VL) {
            V block[VL];
            CK_UNROLL for (int i = 0; i < VL; i++)
                block[i] = k + half + i < count ? load_some_pairs(source + (k + half + i) * stride, lanes) : (V){};
            transpose_pairs(block);
            CK_UNROLL for (int i = 0; i < VL; i++)
                _mm256_storeu_si256((__m256i *)(target + i * row + k / CK_TILE_DEPTH * step + half * 2),
                                    (__m256i)_mm512_cvtneps_pbh((__m512)block[i]));
        }
    }
}

// MARK: Scores

/// Everything that a call's blocks of scores share. The tokens are the left operand as they lie in memory, the packed
/// queries the right one; the last columns of both, short of 32, are copied beside zeros.
typedef struct tile_scores {
    tile_operand query, query_tail;
    size_t steps, panels, tokens;
    int has_tail;
    float *s;
} tile_scores;

CK_INLINE void scores_block(const int rows, const int columns, const tile_scores *call, tile_operand token,
                            tile_operand token_tail, size_t panel, char *to, size_t right, ck_walk *ahead) {
    tile_operand query = call->query, query_tail = call->query_tail;
    query.at += panel * query.next;
    query_tail.at += panel * query_tail.next;
    clear_sums();
    for (size_t k = 0; k < call->steps; k++) {
        add_products(rows, columns, &token, &query, k);
        ck_step(ahead);
    }
    if (call->has_tail) add_products(rows, columns, &token_tail, &query_tail, 0);
    store_sums(rows, columns, to, CK_TILE_ROW_BYTES, CK_TILE_BYTES, right);
}

/// Scores of whole tiles of tokens, two or four at a time, straight to where they belong.
CK_INLINE void scores_of_whole(const tile_scores *call, tile_operand token, tile_operand token_tail, size_t tiles,
                               ck_walk *ahead) {
    const size_t right = call->tokens * CK_TILE_ROW_BYTES;
    for (size_t p = 0; p < call->panels;) {
        const int columns = call->panels - p >= 2 ? 2 : 1;
        tile_operand x = token, tail = token_tail;
        char *to = (char *)call->s + p * right;
        for (size_t t = 0; t < tiles;) {
            const size_t rows = columns == 1 && tiles - t >= 4 ? 4 : 2;
            if (columns == 2) {
                scores_block(2, 2, call, x, tail, p, to, right, ahead);
            } else if (rows == 4) {
                scores_block(4, 1, call, x, tail, p, to, right, ahead);
            } else {
                scores_block(2, 1, call, x, tail, p, to, right, ahead);
            }
            t += rows, x.at += rows * x.next, tail.at += rows * tail.next, to += rows * CK_TILE_BYTES;
        }
        p += columns;
    }
}

/// Scores of the last tokens, fewer than 32, which lie in `tiles` tiles beside zeros, by way of `sums`, one tile after
/// the other for each panel.
CK_INLINE void scores_of_rest(const tile_scores *call, tile_operand token, tile_operand token_tail, int tiles,
                              size_t from, char *sums, ck_walk *ahead) {
    const size_t right = 2 * CK_TILE_BYTES, bytes = (call->tokens - from) * CK_TILE_ROW_BYTES;
    for (size_t p = 0; p < call->panels;) {
        const size_t left = call->panels - p;
        const size_t columns = tiles == 1 && left >= 4 ? 4 : left >= 2 ? 2 : 1;
        if (columns == 4) {
            scores_block(1, 4, call, token, token_tail, p, sums, right, ahead);
        } else if (columns == 2 && tiles == 2) {
            scores_block(2, 2, call, token, token_tail, p, sums, right, ahead);
        } else if (columns == 2) {
            scores_block(1, 2, call, token, token_tail, p, sums, right, ahead);
        } else if (tiles == 2) {
            scores_block(2, 1, call, token, token_tail, p, sums, right, ahead);
        } else {
            scores_block(1, 1, call, token, token_tail, p, sums, right, ahead);
        }
        for (size_t i = 0; i < columns; i++)
            memcpy(call->s + ((p + i) * call->tokens + from) * CK_PANEL, sums + i * right, bytes);
        p += columns;
    }
}

static void scores_tiles(const void *packed, size_t panels, size_t width, const void *x, size_t tokens, void *s,
                         const ck_region *ahead, size_t regions) {
    const size_t steps = width / CK_TILE_DEPTH, tail_bytes = width % CK_TILE_DEPTH * 2, row = width * 2;
    const size_t whole = tokens / 32 * 2, rest = tokens % 32, rest_row = (steps + 1) * CK_TILE_ROW_BYTES;
    char *sums = ck_scratch(8 * CK_TILE_BYTES + whole * CK_TILE_BYTES + panels * CK_TILE_BYTES + 32 * rest_row);
    char *tails = sums + 8 * CK_TILE_BYTES, *query_tails = tails + whole * CK_TILE_BYTES;
    char *last = query_tails + panels * CK_TILE_BYTES;
    const size_t panel_bytes = width / 2 * CK_TILE_ROW_BYTES;
    const tile_scores call = {
        .query = {packed, CK_TILE_ROW_BYTES, CK_TILE_BYTES, panel_bytes},
        .query_tail = {query_tails, CK_TILE_ROW_BYTES, CK_TILE_BYTES, CK_TILE_BYTES},
        .steps = steps, .panels = panels, .tokens = tokens, .has_tail = tail_bytes > 0, .s = s,
    };
    if (tail_bytes) {
        memset(tails, 0, (whole + panels) * CK_TILE_BYTES);
        for (size_t t = 0; t < whole * CK_TILE_ROWS; t++)
            memcpy(tails + t * CK_TILE_ROW_BYTES, (const char *)x + t * row + row - tail_bytes, tail_bytes);
        for (size_t p = 0; p < panels; p++)
            memcpy(query_tails + p * CK_TILE_BYTES, (const char *)packed + p * panel_bytes + steps * CK_TILE_BYTES,
                   panel_bytes - steps * CK_TILE_BYTES);
    }
    if (rest) {
        memset(last, 0, 32 * rest_row);
        for (size_t t = 0; t < rest; t++)
            memcpy(last + t * rest_row, (const char *)x + (tokens - rest + t) * row, row);
    }
    ck_walk walk = ck_walk_of(ahead, regions, (panels + 1) / 2 * (tokens / 32 + 1) * (steps + 1));
    tile_configure(&ck_full_tiles);
    scores_of_whole(&call, (tile_operand){x, row, CK_TILE_ROW_BYTES, CK_TILE_ROWS * row},
                    (tile_operand){tails, CK_TILE_ROW_BYTES, CK_TILE_BYTES, CK_TILE_BYTES}, whole, &walk);
    if (rest)
        scores_of_rest(&call, (tile_operand){last, rest_row, CK_TILE_ROW_BYTES, CK_TILE_ROWS * rest_row},
                       (tile_operand){last + steps * CK_TILE_ROW_BYTES, rest_row, 0, CK_TILE_ROWS * rest_row},
                       rest > 16 ? 2 : 1, tokens - rest, sums, &walk);
    tile_release();
}

// MARK: Sums over tokens

/// Tokens whose columns are brought into pairs, 32 of them at a time, while tiles are being multiplied.
typedef struct token_pairs {
    const uint16_t *x;
    size_t width, tokens;
} token_pairs;

/// Thirty-two tokens' 32 columns from `from` on as sixteen rows of pairs, in the order of `interleave`: the left half
/// of a row is one tile's, the right half the next one's. Zeros behind the tokens and the width.
CK_INLINE void pair_tokens(token_pairs tokens, size_t step, size_t from, char *target) {
    const size_t columns = tokens.width - from, first = step * CK_TILE_DEPTH;
    const __mmask32 inside = columns >= SUM_COLUMNS ? ~(__mmask32)0 : ((__mmask32)1 << columns) - 1;
    for (size_t t = first; t < first + CK_TILE_DEPTH; t += 2, target += 2 * CK_TILE_ROW_BYTES) {
        const uint16_t *x = tokens.x + t * tokens.width + from;
        __m512bh left, right;
        interleave(x, x + tokens.width, t < tokens.tokens ? inside : 0, t + 1 < tokens.tokens ? inside : 0, &left,
                   &right);
        _mm512_store_si512(target, (__m512i)left);
        _mm512_store_si512(target + CK_TILE_ROW_BYTES, (__m512i)right);
    }
}

/// Adds sums of `lanes` lanes over 32 columns, as tiles have stored them side by side, to their targets.
CK_INLINE void put_sums(const float *sums, size_t lanes, size_t columns, float *const *targets, size_t from,
                        int accumulate) {
    for (size_t q = 0; q < lanes; q++, sums += SUM_COLUMNS) {
        if (!targets[q]) continue;
        __m512 half[2] = {_mm512_load_ps(sums), _mm512_load_ps(sums + VL)};
        straighten(&half[0], &half[1]);
        CK_UNROLL for (int v = 0; v < 2; v++) {
            if (columns <= (size_t)(v * VL)) continue;
            float *target = targets[q] + from + v * VL;
            V old = accumulate ? load_some_pairs(target, columns - v * VL) : (V){};
            store_some_pairs(target, old + (V)half[v], columns - v * VL);
        }
    }
}

/// Sums of one or two panels over 32 columns, while the next 32 columns are paired if there are any.
CK_INLINE void sums_block(const int panels, tile_operand weight, tile_operand paired, size_t steps, token_pairs tokens,
                          size_t next, char *next_pairs, char *sums, ck_walk *ahead) {
    clear_sums();
    for (size_t k = 0; k < steps; k++) {
        add_products(panels, 2, &weight, &paired, k);
        ck_step(ahead);
        if (next < tokens.width) pair_tokens(tokens, k, next, next_pairs + k * 2 * CK_TILE_BYTES);
    }
    store_sums(panels, 2, sums, 2 * CK_TILE_ROW_BYTES, 2 * CK_TILE_BYTES, CK_TILE_ROW_BYTES);
}

static void aggregate_tiles(const void *w, size_t panels, size_t tokens, const void *x, size_t width,
                            void *const *targets, int accumulate, const ck_region *ahead, size_t regions) {
    const size_t steps = (tokens + CK_TILE_DEPTH - 1) / CK_TILE_DEPTH, pairs_bytes = steps * 2 * CK_TILE_BYTES;
    const size_t panel_bytes = steps * CK_TILE_BYTES;
    char *sums = ck_scratch(4 * CK_TILE_BYTES + panels * panel_bytes + 2 * pairs_bytes);
    char *weights = sums + 4 * CK_TILE_BYTES, *pairs = weights + panels * panel_bytes, *other = pairs + pairs_bytes;
    const token_pairs source = {x, width, tokens};
    ck_walk walk = ck_walk_of(ahead, regions, (width / SUM_COLUMNS + 1) * ((panels + 1) / 2) * (steps + 1));
    for (size_t p = 0; p < panels; p++)
        columns_to_tiles((const float *)w + p * tokens * CK_PANEL, CK_PANEL, CK_PANEL, tokens,
                         weights + p * panel_bytes, CK_TILE_ROW_BYTES, CK_TILE_BYTES);
    for (size_t k = 0; k < steps; k++) pair_tokens(source, k, 0, pairs + k * 2 * CK_TILE_BYTES);
    tile_configure(&ck_full_tiles);
    for (size_t d = 0; d < width; d += SUM_COLUMNS) {
        const tile_operand paired = {pairs, 2 * CK_TILE_ROW_BYTES, 2 * CK_TILE_BYTES, CK_TILE_ROW_BYTES};
        size_t next = d + SUM_COLUMNS;
        for (size_t p = 0; p < panels; p += 2) {
            const tile_operand weight = {weights + p * panel_bytes, CK_TILE_ROW_BYTES, CK_TILE_BYTES, panel_bytes};
            const size_t lanes = CK_MIN(panels - p, (size_t)2) * CK_PANEL;
            ck_prefetch_tile(targets, p * CK_PANEL, lanes, panels * CK_PANEL, d * sizeof(float), width * sizeof(float));
            if (lanes > CK_PANEL) {
                sums_block(2, weight, paired, steps, source, next, other, sums, &walk);
            } else {
                sums_block(1, weight, paired, steps, source, next, other, sums, &walk);
            }
            put_sums((const float *)sums, lanes, width - d, (float *const *)targets + p * CK_PANEL, d, accumulate);
            next = width;
        }
        char *done = pairs;
        pairs = other, other = done;
    }
    tile_release();
}
