#pragma once
// Average pooling of NHWC pictures to a given size (PyTorch's adaptive_avg_pool2d): windows may overlap or repeat pixels.
//
//   y[n,p,q,c] = mean of x[n, a(p,h) .. b(p,h)-1, a(q,w) .. b(q,w)-1, c],  a(i,h) = floor(i h / P),  b(i,h) = ceil((i+1) h / P)
//   dx[n,h,w,c] = sum of dy / count over the windows that contain (h, w), in their order
//
// An empty batch does nothing. Throws Error(kUsage) on a size below 1.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct AdaptivePool2dShape {
  int64_t n, h, w, c;  // pictures
  int64_t p, q;        // output height and width

  void check() const {
    TL_CHECK(n >= 0 && h >= 1 && w >= 1 && c >= 1 && p >= 1 && q >= 1,
             "[adaptive_avg_pool2d] sizes must be at least 1: pictures [{}, {}, {}, {}] to {} x {}", n, h, w, c, p, q);
  }
};

TL_TWINS(adaptive_avg_pool2d_forward, Queue& q, const AdaptivePool2dShape& shape, const Real* x, Real* y)
TL_TWINS(adaptive_avg_pool2d_forward, Queue& q, const AdaptivePool2dShape& shape, const Bf16* x, Bf16* y)
TL_TWINS(adaptive_avg_pool2d_backward, Queue& q, const AdaptivePool2dShape& shape, const Real* dy, Real* dx, Into into)
TL_TWINS(adaptive_avg_pool2d_backward, Queue& q, const AdaptivePool2dShape& shape, const Bf16* dy, Bf16* dx, Into into)

}  // namespace tagloom::kernels
