#include "kernels/math/widen_into.h"

#include "kernels/cuda/launch.cuh"

namespace tagloom::kernels::cuda {
namespace {

// One thread per 4 values, grid-stride; the first threads of block 0 take the tail. x and y are 16-byte aligned.
__global__ void widen_kernel(int64_t n, const Bf16* x, float* y, bool add) {
  struct alignas(8) Four {
    Bf16 v[4];
  };
  const int64_t packs = n / 4;
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < packs; i += int64_t(gridDim.x) * blockDim.x) {
    const Four in = reinterpret_cast<const Four*>(x)[i];
    Pack<float> out = add ? reinterpret_cast<Pack<float>*>(y)[i] : Pack<float>{};
    for (int j = 0; j < 4; ++j) out.v[j] += to_float(in.v[j]);
    reinterpret_cast<Pack<float>*>(y)[i] = out;
  }
  const int64_t tail = packs * 4 + threadIdx.x;
  if (blockIdx.x == 0 && tail < n) y[tail] = (add ? y[tail] : 0.0f) + to_float(x[tail]);
}

}  // namespace

void widen_into(Queue& q, int64_t n, const Bf16* x, float* y, Into into) {
  launch(q, "widen_into", n == 0 ? 0 : blocks_for(n / 4 + 1, 256), 256, 0, widen_kernel, n, x, y, into == Into::kAdd);
}

}  // namespace tagloom::kernels::cuda
