#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The inner loops of Numerics.
///
/// Each loop is written once, in `template/`, with vectors of a width that the including file chooses, and compiled for
/// every instruction set in `portable.c`, `avx2.c` and `avx512.c`; products of bfloat16 are in `avx512bf16.c` and
/// `amx.c`. One rule holds for all of them: an output element is computed by one fixed sequence of operations on its
/// own inputs, whatever its place in a vector, a tile or a panel.

/// The instruction sets, in the order of `KernelPath`. The last is that of CK_AMX with a model of the tile registers in
/// software, for tests; builds for release do not have it.
enum { CK_PORTABLE = 0, CK_AVX2 = 1, CK_AVX512 = 2, CK_AVX512_BF16 = 3, CK_AMX = 4, CK_AMX_MODEL = 5 };

/// The types of tokens, in the order of `TokenType`.
enum { CK_BFLOAT16 = 0, CK_FLOAT16 = 1, CK_FLOAT32 = 2, CK_FLOAT64 = 3 };

/// Queries in a panel; columns in a block of tokens.
#define CK_PANEL 16
#define CK_BLOCK 32
/// k of a block of a product of bfloat16.
#define CK_ROUNDED_DEPTH 384

/// Whether this processor and its operating system offer a path's instructions.
int ck_supports(int path);

/// Why a path is unavailable here although the processor supports it, or null.
const char *ck_obstacle(int path);

/// Makes the heap return freed blocks of at least this many bytes to the operating system at once.
void ck_return_large_blocks(size_t bytes);

/// Gives freed memory that the heap still holds back to the operating system.
void ck_return_freed(void);
/// Bytes of memory that belong to the process alone: resident pages that are neither shared nor mapped from a file.
size_t ck_anonymous_bytes(void);

/// The processors that the calling thread may run on, a bit each from the lowest of the first word; false where the system
/// does not say.
bool ck_get_affinity(uint64_t *words, size_t bytes);
/// Restricts the calling thread to these processors; false where that is not possible.
bool ck_set_affinity(const uint64_t *words, size_t bytes);

/// What softmax over tokens needs besides the scores; every pointer may be null.
typedef struct ck_softmax_terms {
    /// Scale r_t and mean μ_t of each token, [tokens]: s ← r_t (s − μ_t · sums[q]).
    const void *scale, *mean;
    /// Σ_d g_qd for each lane, [panels][16]; needed with `mean`.
    const void *sums;
    /// Additive scores for each query, a pointer to [tokens] a lane, [panels · 16].
    const void *const *additive;
} ck_softmax_terms;

/// Memory that will be needed soon.
typedef struct ck_region {
    const void *from;
    size_t bytes;
} ck_region;

/// The products of attention with tokens x in one form: blocks of numbers as `decode` makes them, or as they lie in the
/// file, numbers or bfloat16.
typedef struct ck_products {
    /// Packs rows (null: zeros) of numbers into panels of 16, in a form private to the products: at most [width][16]
    /// numbers a panel.
    void (*pack)(const void *const *rows, size_t panels, size_t width, void *packed);

    /// sums[p][q] = Σ_d g[p][q][d], d ascending.
    void (*panel_sums)(const void *packed, size_t panels, size_t width, void *sums);

    /// s[p][t][q] = Σ_d g[p][q][d] · x_t[d], d ascending. Meanwhile `regions` of memory are brought near.
    void (*scores)(const void *packed, size_t panels, size_t width, const void *x, size_t tokens, void *s,
                   const ck_region *ahead, size_t regions);

    /// y[q] ← (+) Σ_t w[p][t][q] · x_t, t ascending, for every lane whose target is not null. Meanwhile `regions` of
    /// memory are brought near.
    void (*aggregate)(const void *w, size_t panels, size_t tokens, const void *x, size_t width, void *const *targets,
                      int accumulate, const ck_region *ahead, size_t regions);
} ck_products;

/// The kernels for one element type (float or double; `void *` points to elements of it) on one path.
typedef struct ck_kernels {
    /// C[m,n] ← alpha · op(A)[m,k] · op(B)[k,n] (+ C if accumulate). Strides are in elements between stored rows.
    void (*multiply)(size_t m, size_t n, size_t k, double alpha, const void *a, size_t a_stride, int a_transposed,
                     const void *b, size_t b_stride, int b_transposed, void *c, size_t c_stride, int accumulate);

    /// Products with tokens in blocks of numbers, and with tokens as rows of numbers in the file.
    ck_products products, products_in_place;

    /// Converts [tokens, width] elements of a token type to blocks x[⌈width / 32⌉][capacity][32], zeros after the
    /// width.
    void (*decode)(int type, const void *source, size_t tokens, size_t width, void *x, size_t capacity);

    /// Writes one token's row into such blocks, or adds it.
    void (*put_token)(const void *row, size_t width, void *x, size_t token, size_t capacity, int add);

    /// sum[d] += x[t][d] for t ascending, of tokens as they lie in the file. The same bits on every path.
    void (*add_tokens)(int type, const void *source, size_t tokens, size_t width, void *sum);

    /// Softmax over tokens, in place, of every lane of [panels][tokens][16].
    void (*softmax)(void *s, size_t panels, size_t tokens, const ck_softmax_terms *terms);

    /// ψ = a (α − Σ_t a α), in place of α, for every lane of [panels][tokens][16]; α is first scaled and shifted by the
    /// terms as scores are.
    void (*softmax_backward)(const void *a, void *alpha, size_t panels, size_t tokens, const ck_softmax_terms *terms);

    /// w = a · r_t, and shift[p][q] = Σ_t w μ_t.
    void (*fold_weights)(const void *a, size_t panels, size_t tokens, const void *scale, const void *mean, void *w,
                         void *shift);

    /// y[q][d] ← y[q][d] − shift[q] for every lane whose row is not null.
    void (*subtract_shift)(const void *shift, size_t panels, size_t width, void *const *rows);

    /// Copies the `count` lanes from `first` on of [panels][tokens][16] to rows [tokens][count], or back.
    void (*put_lanes)(const void *w, size_t tokens, size_t first, size_t count, void *rows);
    void (*take_lanes)(const void *rows, size_t tokens, size_t first, size_t count, void *w);

    /// For the first `tokens` of [.][total][16] weights: y[t] ← (+) Σ_q a[t][q] · ζ[q] + ψ[t][q] · g[q] over `lanes`.
    void (*token_gradient)(const void *a, const void *psi, size_t total, size_t lanes, size_t tokens,
                           const void *const *zeta, const void *const *g, size_t width, void *y, size_t y_stride,
                           int accumulate);

    /// y ← y + x.
    void (*add)(const void *x, size_t count, void *y);

    // Row-major matrices of `rows` × `columns`; a stride is the distance between rows in elements.

    /// sums[d] ← (+) Σ_i x[i][d].
    void (*column_sums)(const void *x, size_t x_stride, size_t rows, size_t columns, void *sums, int accumulate);

    /// Mean and biased variance of every column.
    void (*column_statistics)(const void *x, size_t x_stride, size_t rows, size_t columns, void *mean, void *variance);

    /// y = (x − mean) / √(variance + ε).
    void (*normalise)(const void *x, size_t x_stride, size_t rows, size_t columns, const void *mean,
                      const void *variance, double epsilon, void *y, size_t y_stride);

    /// x = (g − mean_i(g) − y · mean_i(g · y)) / √(variance + ε), where y is what `normalise` gave.
    void (*normalise_backward)(const void *g, size_t g_stride, const void *y, size_t y_stride, size_t rows,
                               size_t columns, const void *variance, double epsilon, void *x, size_t x_stride);

    /// x[i] ← x[i] + row.
    void (*add_row)(const void *row, size_t rows, size_t columns, void *x, size_t x_stride);

    /// The mean cross-entropy of softmax(x) with labels; g (or null) ← (softmax − onehot) / rows.
    double (*cross_entropy)(const void *x, size_t x_stride, size_t rows, size_t columns, const int32_t *labels,
                            void *g, size_t g_stride);

    /// Σ x².
    double (*squares)(const void *x, size_t count);

    /// g' = λ (g + decay · p), m ← momentum · m + g', p ← p − rate · m; λ = trust · ‖p‖ / ‖g + decay · p‖ if `adapt`
    /// and both norms are positive, else 1.
    void (*momentum_step)(void *p, const void *g, void *m, size_t count, double rate, double decay, double momentum,
                          double trust, int adapt);

    /// AdamW; `step` counts from 1.
    void (*adam_step)(void *p, const void *g, void *m, void *v, size_t count, double rate, double decay, double first,
                      double second, double epsilon, double step);

    /// y = x Φ(x), and y = g (Φ(x) + x φ(x)).
    void (*gelu)(const void *x, size_t count, void *y);
    void (*gelu_backward)(const void *x, const void *g, size_t count, void *y);

    /// Places i, rising, where x[i] is not below `limit` or not below limits[i], and how many they are; a NaN is below
    /// nothing.
    size_t (*places_not_below)(const void *x, size_t count, double limit, const void *limits, uint32_t *places);
} ck_kernels;

/// The kernels of a path for elements of 4 bytes (float) or 8 bytes (double).
const ck_kernels *ck_kernels_for(int path, size_t element_size);

/// Products with matrices that are stored as bfloat16 where `multiply` and `ck_products` would round them anyway. The
/// bits are the same; the memory is half.
typedef struct ck_rounded_kernels {
    /// `ck_products.pack` of rows of bfloat16, for an even width.
    void (*pack)(const void *const *rows, size_t panels, size_t width, void *packed);

    /// `ck_products.aggregate` into rows of bfloat16, which it replaces.
    void (*aggregate)(const void *w, size_t panels, size_t tokens, const void *x, size_t width, void *const *targets,
                      const ck_region *ahead, size_t regions);

    /// C[m,n] ← A[m,k] · op(B)[k,n] (+ C if accumulate), A in bfloat16, k even.
    void (*multiply_left)(size_t m, size_t n, size_t k, const uint16_t *a, size_t a_stride, const float *b,
                          size_t b_stride, int b_transposed, float *c, size_t c_stride, int accumulate);

    /// C[m,n] ← op(A)[m,k] · B[k,n] (+ C if accumulate), B in bfloat16.
    void (*multiply_right)(size_t m, size_t n, size_t k, const float *a, size_t a_stride, int a_transposed,
                           const uint16_t *b, size_t b_stride, float *c, size_t c_stride, int accumulate);

    /// C[m,n] ← A[m,k] · B[k,n], C in bfloat16, k at most CK_ROUNDED_DEPTH: C holds no sums between blocks of k.
    void (*multiply_into)(size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *b,
                          size_t b_stride, uint16_t *c, size_t c_stride);
} ck_rounded_kernels;

/// What a path does with numbers rounded to bfloat16 and sums in F32.
typedef struct ck_bfloat16_kernels {
    /// Products with tokens in bfloat16 in place, for an even width.
    ck_products products;

    /// `ck_kernels.multiply` with A and B rounded to bfloat16.
    void (*multiply)(size_t m, size_t n, size_t k, double alpha, const float *a, size_t a_stride, int a_transposed,
                     const float *b, size_t b_stride, int b_transposed, float *c, size_t c_stride, int accumulate);
} ck_bfloat16_kernels;

/// Those of a path, or null if it has none.
const ck_bfloat16_kernels *ck_bfloat16_kernels_for(int path);
const ck_rounded_kernels *ck_rounded_kernels_for(int path);

/// Partial selection: brings the `least` smallest of some distinct keys to the front, the largest of them last; 1 ≤
/// least ≤ count.
void ck_least_first(uint64_t *keys, size_t count, size_t least);

/// Draws of a counter-based generator (Philox4x32-10), two for each of the blocks from `block` on.
void ck_random_bits(uint64_t key, uint64_t stream, uint64_t block, size_t blocks, uint64_t *bits);

/// Does arithmetic from registers for a number of rounds, and gives the floating-point operations done.
double ck_peak(int path, size_t rounds, float *result);

/// The sum of F32 numbers, in whatever order is fastest.
float ck_plain_sum(const float *x, size_t count);
