#include "kernels/activation/dropout.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/vector.cuh"

namespace tagloom::kernels::cuda {
namespace {

// One thread per four values, which one Philox call decides; grid-stride.
__global__ void apply_kernel(int64_t n, float p, float scale, OpKey op_key, const float* x, float* y, bool add, bool aligned) {
  const RandomKey key = op_key.of_step();
  const int64_t groups = (n + 3) / 4;
  for (int64_t group = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; group < groups; group += int64_t(gridDim.x) * blockDim.x) {
    const Philox4 bits = philox(key.seed, key.stream, static_cast<uint64_t>(group));
    float factor[4];
    for (int j = 0; j < 4; ++j) {
      factor[j] = static_cast<float>(bits.v[j] >> 8) * (1.0f / 16777216.0f) >= p ? scale : 0.0f;  // random_uniform(key, i)
    }
    const int64_t i = group * 4;
    if (aligned && i + 4 <= n) {
      Values<float, 4> values = load<4>(x + i);
      for (int j = 0; j < 4; ++j) values.v[j] = factor[j] != 0.0f ? values.v[j] * factor[j] : 0.0f;
      store_or_add<4>(y + i, values, add);
    } else {
      for (int j = 0; j < 4 && i + j < n; ++j) {
        const float kept = factor[j] != 0.0f ? x[i + j] * factor[j] : 0.0f;
        y[i + j] = add ? y[i + j] + kept : kept;
      }
    }
  }
}

void apply(Queue& q, const char* name, int64_t n, float p, const OpKey& key, const float* x, float* y, Into into) {
  TL_CHECK(p >= 0.0f && p < 1.0f, "[dropout] the share to drop must be in [0, 1), got {}", p);
  launch(q, name, blocks_for((n + 3) / 4, 256), 256, 0, apply_kernel, n, p, 1.0f / (1.0f - p), key, x, y, into == Into::kAdd,
         aligned16(x, y));
}

}  // namespace

void dropout_forward(Queue& q, int64_t n, Real p, const OpKey& key, const Real* x, Real* y) {
  apply(q, "dropout_forward", n, p, key, x, y, Into::kOverwrite);
}

void dropout_backward(Queue& q, int64_t n, Real p, const OpKey& key, const Real* dy, Real* dx, Into into) {
  apply(q, "dropout_backward", n, p, key, dy, dx, into);
}

}  // namespace tagloom::kernels::cuda
