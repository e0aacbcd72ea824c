#pragma once
// Winograd's convolution for 3x3 filters that do not change, on the CPU: a quarter of the multiplications.
// (Winograd 1980; Lavin, Gray: Fast Algorithms for Convolutional Neural Networks, CVPR 2016: F(4x4, 3x3).)
//
//   an output tile of 4 x 4 from an input tile d of 6 x 6 and a filter g of 3 x 3, channel by channel:
//   y = A^T [ sum_c (G g G^T) * (B^T d B) ] A          (* elementwise: 36 products of matrices [tiles, C] x [C, K])
//
// Stride 1, padding 1, any picture; the same result as conv2d_forward up to about 1e-5 of the map's size. A value depends on
// its own tile alone: the same bits for any number of threads and for any batch.
//
// CPU only, and so without twins: cuDNN chooses such algorithms by itself.
#include "kernels/cnn/conv2d.h"

namespace tagloom::kernels::cpu {

// Filters that can be prepared: 3x3, stride 1, padding 1, no dilation, enough channels, in numbers the registers divide.
bool winograd_takes(const Conv2dShape& shape);
// Whether it is the faster way: there are tiles enough to read the prepared filter for.
bool winograd_pays(const Conv2dShape& shape);

int64_t winograd_filter_size(const Conv2dShape& shape);  // values of the prepared filter: 4 times the filter
void winograd_prepare(const Conv2dShape& shape, const Real* filter /*KRSC*/, Real* prepared);

// As conv2d_forward: y = act(conv(x) + bias + residual); bias and residual may be null.
void winograd_conv2d(const Conv2dShape& shape, const Real* x, const Real* prepared, const Real* bias, const Real* residual,
                     Activation activation, Real* y);

}  // namespace tagloom::kernels::cpu
