// Everything of one (element type, instruction set). The including file defines S, CK_VECTOR_BYTES, CK_FUSED,
// CK_ACCUMULATORS, CK_NAME and CK_TABLE.
#include "vectors.h"
#include "multiply.h"
#include "tokens.h"
#include "attention.h"
#include "softmax.h"

const ck_kernels CK_TABLE = {
    .multiply = CK_NAME(multiply),
    .decode = CK_NAME(decode),
    .pack = CK_NAME(pack),
    .scores = CK_NAME(scores),
    .softmax = CK_NAME(softmax),
    .softmax_backward = CK_NAME(softmax_backward),
    .aggregate = CK_NAME(aggregate),
    .unpack_weights = CK_NAME(unpack_weights),
    .token_gradient = CK_NAME(token_gradient),
    .add = CK_NAME(add),
    .panel_sums = CK_NAME(panel_sums),
    .fold_weights = CK_NAME(fold_weights),
    .subtract_shift = CK_NAME(subtract_shift),
    .pack_weights = CK_NAME(pack_weights),
};
