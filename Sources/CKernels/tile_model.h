#pragma once
// Tile registers in software, as the architecture describes LDTILECFG, TILERELEASE, TILEZERO, TILELOADD, TILESTORED
// and TDPBF16PS (Intel Software Developer's Manual, volumes 1 and 2, "Intel AMX"). What would fault stops the program.
#include "amx_tiles.h"
#include "template/common.h"

typedef struct model_tile {
    uint8_t bytes[CK_TILE_ROWS][CK_TILE_ROW_BYTES];
} model_tile;

/// Palette 0 is the state without tiles.
static _Thread_local struct {
    ck_tile_shapes shapes;
    model_tile tile[8];
} model;

#define MODEL_FAULT_IF(condition) \
    if (condition) abort()

static void model_release(void) { memset(&model, 0, sizeof model); }

static void model_configure(const ck_tile_shapes *shapes) {
    static const uint8_t zeros[16];
    model_release();
    if (shapes->palette == 0) return;
    MODEL_FAULT_IF(shapes->palette != 1 || shapes->start_row != 0);
    MODEL_FAULT_IF(memcmp(shapes->reserved, zeros, sizeof shapes->reserved));
    for (int i = 0; i < 16; i++) {
        MODEL_FAULT_IF(i >= 8 && (shapes->rows[i] || shapes->row_bytes[i]));
        MODEL_FAULT_IF(shapes->rows[i] > CK_TILE_ROWS || shapes->row_bytes[i] > CK_TILE_ROW_BYTES);
        MODEL_FAULT_IF(!shapes->rows[i] != !shapes->row_bytes[i]);
    }
    model.shapes = *shapes;
}

static void model_check(int tile) {
    MODEL_FAULT_IF(model.shapes.palette != 1 || tile < 0 || tile >= 8 || model.shapes.rows[tile] == 0);
}

static void model_zero(int tile) {
    model_check(tile);
    memset(&model.tile[tile], 0, sizeof model.tile[tile]);
}

/// What the tile's shape leaves out is cleared.
static void model_load(int tile, const void *from, size_t stride) {
    model_zero(tile);
    for (int row = 0; row < model.shapes.rows[tile]; row++)
        memcpy(model.tile[tile].bytes[row], (const char *)from + row * stride, model.shapes.row_bytes[tile]);
}

static void model_store(int tile, void *to, size_t stride) {
    model_check(tile);
    for (int row = 0; row < model.shapes.rows[tile]; row++)
        memcpy((char *)to + row * stride, model.tile[tile].bytes[row], model.shapes.row_bytes[tile]);
}

typedef float model_row __attribute__((vector_size(CK_TILE_ROW_BYTES)));
typedef int32_t model_bits __attribute__((vector_size(CK_TILE_ROW_BYTES)));

/// Denormal numbers become zeros of their sign.
CK_INLINE model_row model_flush(model_row x) {
    model_bits tiny = ((model_bits)x & 0x7f800000) == 0;
    return (model_row)((model_bits)x & ~(tiny & 0x7fffffff));
}

CK_INLINE model_row model_spread(uint32_t bits) {
    model_bits all = (model_bits){} + (int32_t)bits;
    return model_flush((model_row)all);
}

/// The first and the second numbers of pairs are summed apart over k, from zero; then both sums are added, and that to
/// the sum that was there. Each step rounds to nearest even and flushes denormals.
static void model_multiply(int sum, int a, int b) {
    const ck_tile_shapes *shapes = &model.shapes;
    model_check(sum), model_check(a), model_check(b);
    MODEL_FAULT_IF(sum == a || sum == b || a == b);
    MODEL_FAULT_IF(shapes->row_bytes[sum] % 4 || shapes->row_bytes[a] % 4 || shapes->row_bytes[b] % 4);
    MODEL_FAULT_IF(shapes->rows[sum] != shapes->rows[a] || shapes->row_bytes[sum] != shapes->row_bytes[b]);
    MODEL_FAULT_IF(shapes->row_bytes[a] / 4 != shapes->rows[b]);
    for (int m = 0; m < shapes->rows[sum]; m++) {
        model_row first = {}, second = {}, total;
        for (int k = 0; k < shapes->rows[b]; k++) {
            uint32_t left;
            model_bits right;
            memcpy(&left, model.tile[a].bytes[m] + 4 * k, sizeof left);
            memcpy(&right, model.tile[b].bytes[k], sizeof right);
            model_row low = model_flush((model_row)(right << 16));
            model_row high = model_flush((model_row)(right & (int32_t)0xffff0000));
            first = model_flush(__builtin_elementwise_fma(model_spread(left << 16), low, first));
            second = model_flush(__builtin_elementwise_fma(model_spread(left & 0xffff0000), high, second));
        }
        memcpy(&total, model.tile[sum].bytes[m], sizeof total);
        total = model_flush(model_flush(total) + model_flush(first + second));
        memcpy(model.tile[sum].bytes[m], &total, shapes->row_bytes[sum]);
    }
}
