#pragma once
// ReLU, elementwise over n values.
//
//   y = max(x, 0)          dx = dy where y > 0, else 0
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

TL_TWINS(relu_forward, Queue& q, int64_t n, const Real* x, Real* y)
TL_TWINS(relu_forward, Queue& q, int64_t n, const Bf16* x, Bf16* y)
TL_TWINS(relu_backward, Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into)
TL_TWINS(relu_backward, Queue& q, int64_t n, const Bf16* y, const Bf16* dy, Bf16* dx, Into into)

}  // namespace tagloom::kernels
