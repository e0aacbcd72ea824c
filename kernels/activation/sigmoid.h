#pragma once
// The logistic function, elementwise over n values.
//
//   y = 1 / (1 + exp(-x))          dx = dy y (1 - y)
//
// No x overflows: exp(-x) may become infinite, and y is then 0.
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

TL_TWINS(sigmoid_forward, Queue& q, int64_t n, const Real* x, Real* y)
TL_TWINS(sigmoid_backward, Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into)

}  // namespace tagloom::kernels
