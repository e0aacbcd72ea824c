#include "kernels/cnn/image_normalize.h"

namespace tagloom::kernels::cpu {
namespace {

template <class T>
void normalize(const ImageNormalizeShape& shape, const uint8_t* x, T* y) {
  TL_CHECK(shape.c_out >= 3, "[image_normalize] needs c_out >= 3, got {}", shape.c_out);
  const int64_t pixels = shape.n * shape.h * shape.w;
#pragma omp parallel for schedule(static) if (pixels > 4096)
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    const uint8_t* from = x + pixel * 3;
    T* to = y + pixel * shape.c_out;
    for (int c = 0; c < 3; ++c) to[c] = (Real(from[c]) / 255 - shape.mean[c]) / shape.std_[c];
    for (int64_t c = 3; c < shape.c_out; ++c) to[c] = Real(0);
  }
}

}  // namespace

void image_normalize(Queue&, const ImageNormalizeShape& shape, const uint8_t* x, Real* y) { normalize(shape, x, y); }
void image_normalize(Queue&, const ImageNormalizeShape& shape, const uint8_t* x, Bf16* y) { normalize(shape, x, y); }

}  // namespace tagloom::kernels::cpu
