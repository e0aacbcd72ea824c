#include "kernels/cnn/image_normalize.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

template <class T>
void normalize(const ImageNormalizeShape& shape, const ImageWindows& windows, const uint8_t* x, T* y) {
  TL_CHECK(shape.c_out >= 3, "[image_normalize] needs c_out >= 3, got {}", shape.c_out);
  const int64_t n = shape.n, h = shape.h, w = shape.w;
  for (int64_t i = 0; windows.of != nullptr && i < n; ++i) {
    const ImageWindow& window = windows.of[i];
    TL_CHECK(window.left >= 0 && window.top >= 0 && window.left + w <= windows.source_w && window.top + h <= windows.source_h,
             "[image_normalize] window {} is {} x {} pixels at ({}, {}) of a picture of {} x {}", i, w, h, window.left,
             window.top, windows.source_w, windows.source_h);
  }
#pragma omp parallel for schedule(static) if (n * h * w > 4096)
  for (int64_t row = 0; row < n * h; ++row) {
    for (int64_t j = 0; j < w; ++j) {
      const uint8_t* from = x + 3 * source_pixel(shape, windows, row / h, row % h, j);
      T* to = y + (row * w + j) * shape.c_out;
      for (int c = 0; c < 3; ++c) to[c] = (Real(from[c]) / 255 - shape.mean[c]) / shape.std_[c];
      for (int64_t c = 3; c < shape.c_out; ++c) to[c] = Real(0);
    }
  }
}

}  // namespace

void image_normalize(Queue&, const ImageNormalizeShape& shape, const ImageWindows& windows, const uint8_t* x, Real* y) {
  normalize(shape, windows, x, y);
}
void image_normalize(Queue&, const ImageNormalizeShape& shape, const ImageWindows& windows, const uint8_t* x, Bf16* y) {
  normalize(shape, windows, x, y);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
