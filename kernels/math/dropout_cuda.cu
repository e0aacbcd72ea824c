#include "kernels/cuda/elementwise.cuh"
#include "kernels/math/dropout.h"

namespace tagloom::kernels::cuda {
namespace {

// One thread and one Philox call per four values; grid-stride.
template <class T>
__global__ void apply_kernel(int64_t n, float p, float scale, OpKey op_key, const T* x, T* y, bool add, bool aligned) {
  const RandomKey key = op_key.of_step();
  const int64_t groups = (n + 3) / 4;
  for (int64_t group = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; group < groups; group += int64_t(gridDim.x) * blockDim.x) {
    const Philox4 bits = philox(key.seed, key.stream, static_cast<uint64_t>(group));
    const auto kept = [&](int j, T value, T before) {
      const bool keep = static_cast<float>(bits.v[j] >> 8) * (1.0f / 16777216.0f) >= p;  // random_uniform(key, i)
      const float scaled = keep ? to_float(value) * scale : 0.0f;
      return from_float<T>(add ? to_float(before) + scaled : scaled);
    };
    const int64_t i = group * 4;
    if (aligned && i + 4 <= n) {
      const Values<T, 4> values = load<4>(x + i), before = add ? load<4>(y + i) : values;
      Values<T, 4> result;
#pragma unroll
      for (int j = 0; j < 4; ++j) result.v[j] = kept(j, values.v[j], before.v[j]);
      store<4>(y + i, result);
    } else {
      for (int j = 0; j < 4 && i + j < n; ++j) y[i + j] = kept(j, x[i + j], add ? y[i + j] : x[i + j]);
    }
  }
}

template <class T>
void apply(Queue& q, const char* name, int64_t n, float p, const OpKey& key, const T* x, T* y, Into into) {
  TL_CHECK(p >= 0.0f && p < 1.0f, "[dropout] p must be in [0, 1), got {}", p);
  launch(q, name, blocks_for((n + 3) / 4, 256), 256, 0, apply_kernel<T>, n, p, 1.0f / (1.0f - p), key, x, y, into == Into::kAdd,
         is_aligned(x, 4) && is_aligned(y, 4));
}

}  // namespace

void dropout_forward(Queue& q, int64_t n, Real p, const OpKey& key, const Real* x, Real* y) {
  apply(q, "dropout_forward", n, p, key, x, y, Into::kOverwrite);
}
void dropout_forward(Queue& q, int64_t n, Real p, const OpKey& key, const Bf16* x, Bf16* y) {
  apply(q, "dropout_forward", n, p, key, x, y, Into::kOverwrite);
}

void dropout_backward(Queue& q, int64_t n, Real p, const OpKey& key, const Real* dy, Real* dx, Into into) {
  apply(q, "dropout_backward", n, p, key, dy, dx, into);
}
void dropout_backward(Queue& q, int64_t n, Real p, const OpKey& key, const Bf16* dy, Bf16* dx, Into into) {
  apply(q, "dropout_backward", n, p, key, dy, dx, into);
}

}  // namespace tagloom::kernels::cuda
