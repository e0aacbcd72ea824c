#pragma once
// Convolution (cross-correlation) of NHWC pictures with KRSC filters.
//
//   y[n,p,q,k] = act( sum_{r,s,c} x[n, p*stride - padding + r*dilation, q*stride - padding + s*dilation, c] f[k,r,s,c]
//                     + residual[n,p,q,k] + bias[k] )                 (x is 0 outside of the picture)
//   dx[n,h,w,c] = sum of dy[n,p,q,k] f[k,r,s,c] over the terms above that read x[n,h,w,c]
//   df[k,r,s,c] = sum of dy[n,p,q,k] x[...] over n, p, q
//
// The backward pair is that of the sum alone: the caller takes dy through the activation first; the bias' gradient is
// bias_backward (bias.h), the residual's is dy itself. residual and y may not overlap.
// An empty batch (n = 0) does nothing, except that backward_filter writes zeros. A shape that is not a picture
// convolution (a size below 1, an output below 1 pixel) throws Error(kUsage).
//
// Bf16 is storage: sums are float. The filter's gradient is always Real (on CUDA, unless is_product(), rounded to Bf16 once, before it
// is widened or added; a product may be, too, where set_rules() asks for the fastest way). A CPU without bfloat16 instructions runs the
// same maths on widened copies, so the rounding is the same.
// CPU: oneDNN; the same bits from run to run for one number of OpenMP threads.
// CUDA: cuDNN's graph API; tensors are 16-byte aligned. set_rules() lets float products run as TF32, and other engines than
// deterministic ones be taken, and the fastest instead of the first that cuDNN offers. Pictures of 8 channels (the first three meant,
// the rest zero) spare the first layer 50 MB of workspace.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct Conv2dShape {
  int64_t n, h, w, c;  // pictures
  int64_t k, r, s;     // filters
  int64_t stride = 1, padding = 0, dilation = 1;

  int64_t p() const { return (h + 2 * padding - dilation * (r - 1) - 1) / stride + 1; }  // output height
  int64_t q() const { return (w + 2 * padding - dilation * (s - 1) - 1) / stride + 1; }  // output width
  bool is_product() const { return r * s == 1 && stride == 1 && padding == 0; }          // of pixels with a matrix
  void check() const;                                                                    // throws, see above
};

enum class Activation { kNone, kRelu };

TL_TWINS(conv2d_forward, Queue& q, const Conv2dShape& shape, const Real* x, const Real* filter, const Real* bias,
         const Real* residual, Activation activation, Real* y)
TL_TWINS(conv2d_forward, Queue& q, const Conv2dShape& shape, const Bf16* x, const Bf16* filter, const Bf16* bias,
         const Bf16* residual, Activation activation, Bf16* y)
TL_TWINS(conv2d_backward_data, Queue& q, const Conv2dShape& shape, const Real* filter, const Real* dy, Real* dx, Into into)
TL_TWINS(conv2d_backward_data, Queue& q, const Conv2dShape& shape, const Bf16* filter, const Bf16* dy, Bf16* dx, Into into)
TL_TWINS(conv2d_backward_filter, Queue& q, const Conv2dShape& shape, const Real* x, const Real* dy, Real* dfilter, Into into)
TL_TWINS(conv2d_backward_filter, Queue& q, const Conv2dShape& shape, const Bf16* x, const Bf16* dy, Real* dfilter, Into into)

}  // namespace tagloom::kernels
