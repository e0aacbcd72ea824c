#include <algorithm>

#include "kernels/cuda/elementwise.cuh"
#include "kernels/math/copy_strided.h"

namespace tagloom::kernels::cuda {
namespace {

// Threads: x over packs of kCount columns, y over rows, both grid-stride.
template <int kCount>
__global__ void copy_kernel(int64_t rows, int64_t packs, int64_t x_stride, int64_t y_stride, const float* x, float* y, bool add) {
  for (int64_t row = blockIdx.x * int64_t(blockDim.y) + threadIdx.y; row < rows; row += int64_t(gridDim.x) * blockDim.y) {
    const auto* from = reinterpret_cast<const Values<float, kCount>*>(x + row * x_stride);
    auto* to = reinterpret_cast<Values<float, kCount>*>(y + row * y_stride);
    for (int64_t i = blockIdx.y * int64_t(blockDim.x) + threadIdx.x; i < packs; i += int64_t(gridDim.y) * blockDim.x) {
      Values<float, kCount> value = from[i];
      if (add) {
        const Values<float, kCount> old = to[i];
        for (int j = 0; j < kCount; ++j) value.v[j] = old.v[j] + value.v[j];
      }
      to[i] = value;
    }
  }
}

}  // namespace

void copy_strided(Queue& q, int64_t rows, int64_t cols, int64_t x_stride, int64_t y_stride, const Real* x, Real* y, Into into) {
  if (rows == 0 || cols == 0) return;
  const bool packed = cols % 4 == 0 && x_stride % 4 == 0 && y_stride % 4 == 0 && is_aligned(x, 4) && is_aligned(y, 4);
  const int64_t packs = packed ? cols / 4 : cols;
  unsigned lanes = 1;
  while (lanes < packs && lanes < 256) lanes *= 2;
  const dim3 block(lanes, 256 / lanes);
  const dim3 grid(blocks_for(rows, block.y), blocks_for(packs, lanes, 64));
  launch(q, "copy_strided", grid, block, 0, packed ? copy_kernel<4> : copy_kernel<1>, rows, packs, x_stride, y_stride, x, y,
         into == Into::kAdd);
}

}  // namespace tagloom::kernels::cuda
