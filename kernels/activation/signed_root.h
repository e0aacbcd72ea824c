#pragma once
// The signed square root, elementwise over n values: power normalisation of features. [Perronnin et al. 2010, section 3.2, alpha = 1/2.]
//
//   y = sign(x) sqrt|x|          dx = dy / (2 |y|), and 0 where y is 0
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

TL_TWINS(signed_root_forward, Queue& q, int64_t n, const Real* x, Real* y)
TL_TWINS(signed_root_backward, Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into)

}  // namespace tagloom::kernels
