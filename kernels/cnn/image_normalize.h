#pragma once
// 8-bit pictures to normalised ones, with the channels padded for the first convolution.
//
//   y[n, h, w, c] = (x[n, h, w, c] / 255 - mean[c]) / std_[c]   for c < 3,   0 for 3 <= c < c_out
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct ImageNormalizeShape {
  int64_t n, h, w;
  int64_t c_out;  // at least 3
  float mean[3];  // of the red, green and blue values in [0, 1]
  float std_[3];
};

// x [n, h, w, 3]; y [n, h, w, c_out].
TL_TWINS(image_normalize, Queue& q, const ImageNormalizeShape& shape, const uint8_t* x, Real* y)
TL_TWINS(image_normalize, Queue& q, const ImageNormalizeShape& shape, const uint8_t* x, Bf16* y)

}  // namespace tagloom::kernels
