#pragma once
// The gradient of a bias that was added to every row: the column sums of dy, optionally through a ReLU that follows the bias.
//
//   bias_backward         dbias[c] = sum over rows r of dy[r, c]
//   relu_bias_backward    dz = dy where y > 0, else 0; dbias[c] = sum over rows r of dz[r, c]
//
// The order of a sum depends on the shape alone, and on CUDA also on the device's number of multiprocessors. Without rows, dbias
// is 0.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

// dy [rows, cols]; dbias [cols].
TL_TWINS(bias_backward, Queue& q, int64_t rows, int64_t cols, const Real* dy, Real* dbias, Into into)
TL_TWINS(bias_backward, Queue& q, int64_t rows, int64_t cols, const Bf16* dy, Real* dbias, Into into)

// y, dy, dz [rows, cols]; dz may be dy itself.
TL_TWINS(relu_bias_backward, Queue& q, int64_t rows, int64_t cols, const Real* y, const Real* dy, Real* dz, Real* dbias,
         Into into)
TL_TWINS(relu_bias_backward, Queue& q, int64_t rows, int64_t cols, const Bf16* y, const Bf16* dy, Bf16* dz, Real* dbias,
         Into into)

}  // namespace tagloom::kernels
