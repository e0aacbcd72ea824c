#include "kernels/cnn/image_normalize.h"
#include "kernels/cuda/elementwise.cuh"

namespace tagloom::kernels::cuda {
namespace {

// y = x scale + shift, which is (x / 255 - mean) / std_
struct ChannelMaps {
  float scale[3], shift[3];

  explicit ChannelMaps(const ImageNormalizeShape& shape) {
    for (int c = 0; c < 3; ++c) {
      scale[c] = static_cast<float>(1 / (255.0 * shape.std_[c]));
      shift[c] = static_cast<float>(-static_cast<double>(shape.mean[c]) / shape.std_[c]);
    }
  }
};

// Stores a pixel's channels, 16 bytes at a time if kCount of them fill 16 bytes.
template <class T, int kCount>
__device__ void store_pixel(T* to, int64_t c_out, const float (&rgb)[3]) {
  if constexpr (kCount >= 3) {
    Stored<T, kCount> stored;
#pragma unroll
    for (int j = 0; j < kCount; j += stored.kPart) stored.set(j, [&](int at) { return at < 3 ? rgb[at] : 0.0f; });
    stored.store(to);
#pragma unroll 1
    for (int64_t c = kCount; c < c_out; c += kCount) store(to + c, Values<T, kCount>{});
  } else {
#pragma unroll
    for (int c = 0; c < 3; ++c) to[c] = from_float<T>(rgb[c]);
#pragma unroll 1
    for (int64_t c = 3; c < c_out; ++c) to[c] = from_float<T>(0.0f);
  }
}

// One warp per row of y, one lane per pixel, four pixels at a time: their bytes are loaded before the first is used, and the
// warp's stores are contiguous.
template <class T, int kCount>
__global__ void normalize_kernel(ImageNormalizeShape shape, ChannelMaps maps, ImageWindows windows, const uint8_t* __restrict__ x,
                                 T* __restrict__ y) {
  constexpr int kPixels = 4;
  const int64_t row = blockIdx.x * int64_t(blockDim.y) + threadIdx.y;
  if (row >= shape.n * shape.h) return;
  const int w = static_cast<int>(shape.w);
  const int64_t n = row / shape.h, i = row - n * shape.h;
  const uint8_t* from = x + 3 * source_pixel(shape, windows, n, i, 0);
  const int step = windows.of != nullptr && windows.of[n].mirrored ? -3 : 3;
  for (int j = threadIdx.x; j < w; j += 32 * kPixels) {
    uint8_t bytes[kPixels][3];
#pragma unroll
    for (int k = 0; k < kPixels; ++k) {
#pragma unroll
      for (int c = 0; c < 3; ++c) bytes[k][c] = j + 32 * k < w ? from[(j + 32 * k) * step + c] : uint8_t{0};
    }
#pragma unroll
    for (int k = 0; k < kPixels; ++k) {
      if (j + 32 * k >= w) break;
      float rgb[3];
#pragma unroll
      for (int c = 0; c < 3; ++c) rgb[c] = fmaf(bytes[k][c], maps.scale[c], maps.shift[c]);
      store_pixel<T, kCount>(y + (row * w + j + 32 * k) * shape.c_out, shape.c_out, rgb);
    }
  }
}

template <class T>
void normalize(Queue& q, const ImageNormalizeShape& shape, const ImageWindows& windows, const uint8_t* x, T* y) {
  TL_CHECK(shape.c_out >= 3, "[image_normalize] needs c_out >= 3, got {}", shape.c_out);
  constexpr int kCount = Pack<T>::kCount;
  const bool packed = shape.c_out % kCount == 0 && is_aligned(y, kCount);
  launch(q, "image_normalize", static_cast<unsigned>((shape.n * shape.h + 7) / 8), dim3(32, 8), 0,
         packed ? normalize_kernel<T, kCount> : normalize_kernel<T, 1>, shape, ChannelMaps(shape), windows, x, y);
}

}  // namespace

void image_normalize(Queue& q, const ImageNormalizeShape& shape, const ImageWindows& windows, const uint8_t* x, Real* y) {
  normalize(q, shape, windows, x, y);
}
void image_normalize(Queue& q, const ImageNormalizeShape& shape, const ImageWindows& windows, const uint8_t* x, Bf16* y) {
  normalize(q, shape, windows, x, y);
}

}  // namespace tagloom::kernels::cuda
