#include "kernels/cnn/image_normalize.h"
#include "kernels/cuda/elementwise.cuh"

namespace tagloom::kernels::cuda {
namespace {

template <class T>
__device__ T normalized(const ImageNormalizeShape& shape, const uint8_t* pixel, int c) {
  return c < 3 ? from_float<T>((pixel[c] / 255.0f - shape.mean[c]) / shape.std_[c]) : from_float<T>(0.0f);
}

// One thread per pixel, grid-stride; its channels are written 16 bytes at a time where kCount of them fill that.
template <class T, int kCount>
__global__ void normalize_kernel(ImageNormalizeShape shape, int64_t pixels, const uint8_t* x, T* y) {
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < pixels; i += int64_t(gridDim.x) * blockDim.x) {
    auto* to = reinterpret_cast<Values<T, kCount>*>(y + i * shape.c_out);
    for (int pack = 0; pack < shape.c_out / kCount; ++pack) {
      Values<T, kCount> out;
#pragma unroll
      for (int j = 0; j < kCount; ++j) out.v[j] = normalized<T>(shape, x + i * 3, pack * kCount + j);
      to[pack] = out;
    }
  }
}

template <class T>
void normalize(Queue& q, const ImageNormalizeShape& shape, const uint8_t* x, T* y) {
  TL_CHECK(shape.c_out >= 3, "[image_normalize] needs c_out >= 3, got {}", shape.c_out);
  constexpr int kCount = Pack<T>::kCount;
  const int64_t pixels = shape.n * shape.h * shape.w;
  const bool packed = shape.c_out % kCount == 0 && is_aligned(y, kCount);
  launch(q, "image_normalize", blocks_for(pixels, 256), 256, 0, packed ? normalize_kernel<T, kCount> : normalize_kernel<T, 1>,
         shape, pixels, x, y);
}

}  // namespace

void image_normalize(Queue& q, const ImageNormalizeShape& shape, const uint8_t* x, Real* y) { normalize(q, shape, x, y); }
void image_normalize(Queue& q, const ImageNormalizeShape& shape, const uint8_t* x, Bf16* y) { normalize(q, shape, x, y); }

}  // namespace tagloom::kernels::cuda
