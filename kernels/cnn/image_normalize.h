#pragma once
// Normalises 8-bit pictures and pads their channels for the first convolution; optionally crops and mirrors each picture.
//
//   y[n, i, j, c] = (x[n, top_n + i, column_n(j), c] / 255 - mean[c]) / std_[c]   for c < 3,   0 for 3 <= c < c_out
//   column_n(j) = left_n + j, or left_n + w - 1 - j if mirrored
#include "kernels/base/bfloat16.h"
#include "kernels/base/host_device.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct ImageNormalizeShape {
  int64_t n, h, w;
  int64_t c_out;  // at least 3
  float mean[3];  // of red, green and blue, in [0, 1]
  float std_[3];
};

// The position of a window of h x w pixels, which must lie inside the picture.
struct ImageWindow {
  int32_t left = 0, top = 0;
  int32_t mirrored = 0;  // 0 or 1
};

// The size of the source pictures, and one window per picture in the queue's memory; without windows, whole pictures are used.
struct ImageWindows {
  int64_t source_h = 0, source_w = 0;
  const ImageWindow* of = nullptr;
};

// x [n, source_h, source_w, 3], or [n, h, w, 3] without windows; y [n, h, w, c_out].
TL_TWINS(image_normalize, Queue& q, const ImageNormalizeShape& shape, const ImageWindows& windows, const uint8_t* x, Real* y)
TL_TWINS(image_normalize, Queue& q, const ImageNormalizeShape& shape, const ImageWindows& windows, const uint8_t* x, Bf16* y)

// The index in x, in pixels, of pixel (i, j) of window n.
TL_HOST_DEVICE inline int64_t source_pixel(const ImageNormalizeShape& shape, const ImageWindows& windows, int64_t n, int64_t i,
                                           int64_t j) {
  if (windows.of == nullptr) return (n * shape.h + i) * shape.w + j;
  const ImageWindow& window = windows.of[n];
  return (n * windows.source_h + window.top + i) * windows.source_w + window.left + (window.mirrored ? shape.w - 1 - j : j);
}

}  // namespace tagloom::kernels
