#pragma once
// Winograd's convolution for frozen 3x3 filters, on the CPU: a quarter of the multiplications.
// [Winograd 1980; Lavin and Gray, CVPR 2016: F(4x4, 3x3).]
//
//   an output tile of 4 x 4 from an input tile d of 6 x 6 and a filter g of 3 x 3, channel by channel:
//   y = A^T [ sum_c (G g G^T) * (B^T d B) ] A          (* elementwise: 36 products of matrices [tiles, C] x [C, K])
//
// Stride 1, padding 1, any picture size; equals conv2d_forward up to about 1e-5 of the map's magnitude. Each value depends on its
// own tile alone, so its bits do not depend on the number of threads or the batch.
//
// It has no CUDA twin.
#include "kernels/cnn/conv2d.h"

namespace tagloom::kernels {

// Whether the shape is supported: 3x3, stride 1, padding 1, no dilation, one group, enough channels, in multiples of the register block.
TL_CPU_FUNCTION(bool, winograd_takes, const Conv2dShape& shape)
// Whether it is faster than conv2d_forward: there are enough tiles to amortise reading the prepared filter.
TL_CPU_FUNCTION(bool, winograd_pays, const Conv2dShape& shape)

// Values of the prepared filter: 4 times those of the filter.
TL_CPU_FUNCTION(int64_t, winograd_filter_size, const Conv2dShape& shape)
TL_CPU_FUNCTION(void, winograd_prepare, const Conv2dShape& shape, const Real* filter /*KRSC*/, Real* prepared)

// As conv2d_forward: y = act(conv(x) + bias + residual); bias and residual may be null.
TL_CPU_FUNCTION(void, winograd_conv2d, const Conv2dShape& shape, const Real* x, const Real* prepared, const Real* bias,
                const Real* residual, Activation activation, Real* y)

}  // namespace tagloom::kernels
