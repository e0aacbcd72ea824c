#include "kernels/cuda/launch.cuh"
#include "kernels/relu.h"

namespace tagloom::kernels::cuda {
namespace {

// One thread per 16 bytes, grid-stride; the first threads of block 0 take the tail.
template <class T>
__global__ void forward_kernel(int64_t n, const T* x, T* y) {
  constexpr int kCount = Pack<T>::kCount;
  const int64_t packs = n / kCount;
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < packs; i += int64_t(gridDim.x) * blockDim.x) {
    Pack<T> in = reinterpret_cast<const Pack<T>*>(x)[i];
    for (int j = 0; j < kCount; ++j) in.v[j] = from_float<T>(fmaxf(to_float(in.v[j]), 0.0f));
    reinterpret_cast<Pack<T>*>(y)[i] = in;
  }
  const int64_t tail = packs * kCount + threadIdx.x;
  if (blockIdx.x == 0 && tail < n) y[tail] = from_float<T>(fmaxf(to_float(x[tail]), 0.0f));
}

template <class T>
__global__ void backward_kernel(int64_t n, const T* y, const T* dy, T* dx, bool add) {
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < n; i += int64_t(gridDim.x) * blockDim.x) {
    const float slope = to_float(y[i]) > 0.0f ? to_float(dy[i]) : 0.0f;
    dx[i] = from_float<T>(add ? to_float(dx[i]) + slope : slope);
  }
}

template <class T>
void forward(Queue& q, int64_t n, const T* x, T* y) {
  launch(q, "relu_forward", n == 0 ? 0 : blocks_for(n / Pack<T>::kCount + 1, 256), 256, 0, forward_kernel<T>, n, x, y);
}

template <class T>
void backward(Queue& q, int64_t n, const T* y, const T* dy, T* dx, Into into) {
  launch(q, "relu_backward", blocks_for(n, 256), 256, 0, backward_kernel<T>, n, y, dy, dx, into == Into::kAdd);
}

}  // namespace

void relu_forward(Queue& q, int64_t n, const Real* x, Real* y) { forward(q, n, x, y); }
void relu_forward(Queue& q, int64_t n, const Bf16* x, Bf16* y) { forward(q, n, x, y); }
void relu_backward(Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) { backward(q, n, y, dy, dx, into); }
void relu_backward(Queue& q, int64_t n, const Bf16* y, const Bf16* dy, Bf16* dx, Into into) { backward(q, n, y, dy, dx, into); }

}  // namespace tagloom::kernels::cuda
