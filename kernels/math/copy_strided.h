#pragma once
// Copies a matrix between arrays with different row strides: concat, stack, slice and their gradients.
//
//   y[r * y_stride + c] = x[r * x_stride + c]          (kAdd: +=)
//
// for 0 <= r < rows, 0 <= c < cols. Strides count values. x_stride may be 0 (one row for all); y's rows do not overlap.
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

TL_TWINS(copy_strided, Queue& q, int64_t rows, int64_t cols, int64_t x_stride, int64_t y_stride, const Real* x, Real* y,
         Into into)

}  // namespace tagloom::kernels
