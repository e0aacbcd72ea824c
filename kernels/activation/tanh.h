#pragma once
// The hyperbolic tangent, elementwise over n values.
//
//   y = tanh(x)          dx = dy (1 - y^2)
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

TL_TWINS(tanh_forward, Queue& q, int64_t n, const Real* x, Real* y)
TL_TWINS(tanh_backward, Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into)

}  // namespace tagloom::kernels
