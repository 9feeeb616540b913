#pragma once
// The eight tile registers: sixteen rows of 64 bytes each, of numbers or of pairs of bfloat16.
//
// Kernels name them by the functions below, which are the processor's instructions, or with CK_TILE_MODEL those of a
// model in software, so that indexing, packing and edges can be tested on processors without tiles. A tile is named by
// a constant.
#include <stddef.h>
#include <stdint.h>

#define CK_TILE_ROWS 16
#define CK_TILE_ROW_BYTES 64
#define CK_TILE_BYTES (CK_TILE_ROWS * CK_TILE_ROW_BYTES)
/// k of one product of tiles: the bfloat16 numbers of a row.
#define CK_TILE_DEPTH 32

/// The operand of LDTILECFG, palette 1.
typedef struct ck_tile_shapes {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} ck_tile_shapes;

_Static_assert(sizeof(ck_tile_shapes) == 64, "LDTILECFG reads 64 bytes");

static const ck_tile_shapes ck_full_tiles = {
    .palette = 1,
    .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
    .rows = {16, 16, 16, 16, 16, 16, 16, 16},
};

#if CK_TILE_MODEL
#include "tile_model.h"
#define tile_configure(shapes) model_configure(shapes)
#define tile_release() model_release()
#define tile_zero(tile) model_zero(tile)
#define tile_load(tile, from, stride) model_load(tile, from, stride)
#define tile_store(tile, to, stride) model_store(tile, to, stride)
#define tile_multiply(sum, a, b) model_multiply(sum, a, b)
#else
#include <immintrin.h>
/// Gives all tiles their shapes, and clears them.
#define tile_configure(shapes) _tile_loadconfig(shapes)
/// Gives the registers back, so that a change of threads need not save them.
#define tile_release() _tile_release()
#define tile_zero(tile) _tile_zero(tile)
/// Rows in memory lie `stride` bytes apart.
#define tile_load(tile, from, stride) _tile_loadd(tile, from, stride)
#define tile_store(tile, to, stride) _tile_stored(tile, to, stride)
/// sum[m][n] += Σ_k a[m][k] · b[k][n] in F32: a has rows of k, b rows of pairs of k for sixteen n.
#define tile_multiply(sum, a, b) _tile_dpbf16ps(sum, a, b)
#endif
