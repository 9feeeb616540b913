// Everything of one (element type, instruction set). The including file defines
//   S, CK_SINGLE      the element type, and whether it is float
//   CK_LANES          elements of a vector
//   CK_FUSED          whether products and sums are fused
//   CK_ACCUMULATORS   vectors of running sums that fit in the registers beside the operands
//   CK_NAME(x)        x with a suffix of its own, and CK_TABLE, the name of the table of kernels
#include "vectors.h"
#include "multiply.h"
#include "tokens.h"
#include "attention.h"
#include "exponential.h"
#include "softmax.h"
#include "training.h"
#include "search.h"

const ck_kernels CK_TABLE = {
    .multiply = CK_NAME(multiply),
    .products = {
        .pack = CK_NAME(pack),
        .panel_sums = CK_NAME(panel_sums),
        .scores = CK_NAME(scores),
        .aggregate = CK_NAME(aggregate),
    },
    .products_in_place = {
        .pack = CK_NAME(pack),
        .panel_sums = CK_NAME(panel_sums),
        .scores = CK_NAME(scores_in_place),
        .aggregate = CK_NAME(aggregate_in_place),
    },
    .decode = CK_NAME(decode),
    .put_token = CK_NAME(put_token),
    .add_tokens = CK_NAME(add_tokens),
    .softmax = CK_NAME(softmax),
    .softmax_backward = CK_NAME(softmax_backward),
    .fold_weights = CK_NAME(fold_weights),
    .subtract_shift = CK_NAME(subtract_shift),
    .put_lanes = CK_NAME(put_lanes),
    .take_lanes = CK_NAME(take_lanes),
    .token_gradient = CK_NAME(token_gradient),
    .add = CK_NAME(add),
    .column_sums = CK_NAME(column_sums),
    .column_statistics = CK_NAME(column_statistics),
    .normalise = CK_NAME(normalise),
    .normalise_backward = CK_NAME(normalise_backward),
    .add_row = CK_NAME(add_row),
    .cross_entropy = CK_NAME(cross_entropy),
    .squares = CK_NAME(squares),
    .momentum_step = CK_NAME(momentum_step),
    .adam_step = CK_NAME(adam_step),
    .gelu = CK_NAME(gelu),
    .gelu_backward = CK_NAME(gelu_backward),
    .places_not_below = CK_NAME(places_not_below),
};

#undef S
#undef CK_SINGLE
#undef CK_LANES
#undef CK_NAME
#undef CK_TABLE
#undef V
#undef CK_LOW
#undef CK_HIGH
#undef DECODE
#undef ADD_TOKENS
