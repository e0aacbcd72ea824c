#pragma once
// The gradient of a bias that was added to every row: the column sums of dy.
//
//   dbias[c] = sum over rows r of dy[r, c]
//
// Summed in an order that depends on the shape alone. No rows give zeros.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

// dy [rows, cols]; dbias [cols].
TL_TWINS(bias_backward, Queue& q, int64_t rows, int64_t cols, const Real* dy, Real* dbias, Into into)
TL_TWINS(bias_backward, Queue& q, int64_t rows, int64_t cols, const Bf16* dy, Real* dbias, Into into)

}  // namespace tagloom::kernels
