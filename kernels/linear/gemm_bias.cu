#include "kernels/linear/gemm_bias.h"

#include "kernels/cuda/launch.cuh"

namespace tagloom::kernels::cuda {
namespace {

// One thread per value, grid-stride.
template <class T>
__global__ void bias_kernel(int64_t n, int64_t cols, const T* bias, T* c, bool add) {
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < n; i += int64_t(gridDim.x) * blockDim.x) {
    const float value = bias != nullptr ? to_float(bias[i % cols]) : 0.0f;
    c[i] = from_float<T>(add ? to_float(c[i]) + value : value);
  }
}

template <class T>
void fill(Queue& q, int64_t rows, int64_t cols, const T* bias, T* c, Into into) {
  launch(q, "gemm_bias", blocks_for(rows * cols, 256), 256, 0, bias_kernel<T>, rows * cols, cols, bias, c, into == Into::kAdd);
}

}  // namespace

void gemm_bias(Queue& q, int64_t rows, int64_t cols, const float* bias, float* c, Into into) {
  fill(q, rows, cols, bias, c, into);
}
void gemm_bias(Queue& q, int64_t rows, int64_t cols, const Bf16* bias, Bf16* c, Into into) { fill(q, rows, cols, bias, c, into); }

}  // namespace tagloom::kernels::cuda
