#include "kernels/cnn/image_normalize.h"
#include "kernels/cuda/elementwise.cuh"

namespace tagloom::kernels::cuda {
namespace {

template <class T>
__device__ T normalized(const ImageNormalizeShape& shape, const uint8_t* pixel, int c) {
  return c < 3 ? from_float<T>((pixel[c] / 255.0f - shape.mean[c]) / shape.std_[c]) : from_float<T>(0.0f);
}

__device__ int64_t source_of(const ImageNormalizeShape& shape, const ImageWindows& windows, int64_t pixel) {
  const int64_t row = pixel / shape.w;
  return source_pixel(shape, windows, row / shape.h, row % shape.h, pixel % shape.w);
}

// One thread per pixel of y, grid-stride; its channels are written 16 bytes at a time where kCount of them fill that.
template <class T, int kCount>
__global__ void normalize_kernel(ImageNormalizeShape shape, ImageWindows windows, int64_t pixels, const uint8_t* x, T* y) {
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < pixels; i += int64_t(gridDim.x) * blockDim.x) {
    const uint8_t* from = x + 3 * (windows.of == nullptr ? i : source_of(shape, windows, i));
    auto* to = reinterpret_cast<Values<T, kCount>*>(y + i * shape.c_out);
    for (int pack = 0; pack < shape.c_out / kCount; ++pack) {
      Values<T, kCount> out;
#pragma unroll
      for (int j = 0; j < kCount; ++j) out.v[j] = normalized<T>(shape, from, pack * kCount + j);
      to[pack] = out;
    }
  }
}

template <class T>
void normalize(Queue& q, const ImageNormalizeShape& shape, const ImageWindows& windows, const uint8_t* x, T* y) {
  TL_CHECK(shape.c_out >= 3, "[image_normalize] needs c_out >= 3, got {}", shape.c_out);
  constexpr int kCount = Pack<T>::kCount;
  const int64_t pixels = shape.n * shape.h * shape.w;
  const bool packed = shape.c_out % kCount == 0 && is_aligned(y, kCount);
  launch(q, "image_normalize", blocks_for(pixels, 256), 256, 0, packed ? normalize_kernel<T, kCount> : normalize_kernel<T, 1>,
         shape, windows, pixels, x, y);
}

}  // namespace

void image_normalize(Queue& q, const ImageNormalizeShape& shape, const ImageWindows& windows, const uint8_t* x, Real* y) {
  normalize(q, shape, windows, x, y);
}
void image_normalize(Queue& q, const ImageNormalizeShape& shape, const ImageWindows& windows, const uint8_t* x, Bf16* y) {
  normalize(q, shape, windows, x, y);
}

}  // namespace tagloom::kernels::cuda
