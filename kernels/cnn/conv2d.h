#pragma once
// Convolution (cross-correlation) of NHWC pictures with KRSC filters, in groups of channels.
//
//   y[n,p,q,k] = act( sum_{r,s,c} x[n, p*stride - padding + r*dilation, q*stride - padding + s*dilation, c] f[k,r,s,c]
//                     + residual[n,p,q,k] + bias[k] )                 (x is 0 outside of the picture)
//   dx[n,h,w,c] = sum of dy[n,p,q,k] f[k,r,s,c] over the terms above that read x[n,h,w,c]
//   df[k,r,s,c] = sum of dy[n,p,q,k] x[...] over n, p, q
//
// With `groups` G, a filter has C / G channels: filter k reads channels g C/G + c of the picture, where g = k / (K/G) is its group.
//
// The backward functions cover the sum alone: the caller first applies the activation's gradient to dy. The bias' gradient is
// bias_backward (bias.h), the residual's is dy itself. residual and y may not overlap.
// An empty batch (n = 0) does nothing, except that backward_filter writes zeros. Sizes below 1 and outputs below 1 pixel throw
// Error(kUsage).
//
// Bf16 is storage: sums are float. The filter's gradient is always Real. On CUDA it is rounded to Bf16 once before it is widened
// or added, unless is_product(); with QueueRules::benchmark a product may be rounded too. A CPU without bfloat16 instructions
// runs the same maths on widened copies, so the rounding is the same.
// CPU: oneDNN; the same bits from run to run for a fixed number of OpenMP threads.
// CUDA: cuDNN's graph API; tensors are 16-byte aligned. set_rules() permits TF32 for float products and nondeterministic engines,
// and selects the fastest engine instead of cuDNN's first. Pictures padded with zeros to 8 channels spare the first layer 50 MB
// of workspace.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct Conv2dShape {
  int64_t n, h, w, c;  // pictures
  int64_t k, r, s;     // filters
  int64_t stride = 1, padding = 0, dilation = 1, groups = 1;

  int64_t p() const { return (h + 2 * padding - dilation * (r - 1) - 1) / stride + 1; }   // output height
  int64_t q() const { return (w + 2 * padding - dilation * (s - 1) - 1) / stride + 1; }   // output width
  int64_t filter_c() const { return c / groups; }                                         // channels of a filter
  bool is_product() const { return r * s * groups == 1 && stride == 1 && padding == 0; }  // of the pixels and a matrix
  void check() const;                                                                     // throws Error(kUsage)
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
