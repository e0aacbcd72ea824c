#pragma once
// Elementwise activations over n values: y from x, and dx from y and dy.
//
//   relu          y = max(x, 0)               dx = dy where y > 0, else 0
//   tanh          y = tanh(x)                 dx = dy (1 - y^2)
//   sigmoid       y = 1 / (1 + exp(-x))       dx = dy y (1 - y)
//   signed_root   y = sign(x) sqrt|x|         dx = dy / (2 |y|), or 0 where y = 0
//
// sigmoid is safe for all x: if exp(-x) overflows to infinity, y is 0. signed_root is the power normalisation of features
// [Perronnin et al. 2010, section 3.2, alpha = 1/2].
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

TL_TWINS(relu_forward, Queue& q, int64_t n, const Real* x, Real* y)
TL_TWINS(relu_forward, Queue& q, int64_t n, const Bf16* x, Bf16* y)
TL_TWINS(relu_backward, Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into)
TL_TWINS(relu_backward, Queue& q, int64_t n, const Bf16* y, const Bf16* dy, Bf16* dx, Into into)

TL_TWINS(tanh_forward, Queue& q, int64_t n, const Real* x, Real* y)
TL_TWINS(tanh_backward, Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into)

TL_TWINS(sigmoid_forward, Queue& q, int64_t n, const Real* x, Real* y)
TL_TWINS(sigmoid_backward, Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into)

TL_TWINS(signed_root_forward, Queue& q, int64_t n, const Real* x, Real* y)
TL_TWINS(signed_root_backward, Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into)

}  // namespace tagloom::kernels
