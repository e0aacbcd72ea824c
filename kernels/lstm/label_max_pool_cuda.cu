#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/vector.cuh"
#include "kernels/lstm/label_max_pool.h"

namespace tagloom::kernels::cuda {
namespace {

// One thread per N neighbouring (picture, tag) pairs, which loops over the steps; grid-stride.
template <int N, class T>
__global__ void forward_kernel(int64_t steps, int64_t count, const T* x, float* y, int32_t* arg) {
  for (int64_t i = (blockIdx.x * int64_t(blockDim.x) + threadIdx.x) * N; i < count; i += int64_t(gridDim.x) * blockDim.x * N) {
    Values<float, N> best = load_floats<N>(x + i);
    Values<int32_t, N> best_step{};
    for (int64_t t = 1; t < steps; ++t) {
      const Values<float, N> here = load_floats<N>(x + t * count + i);
      for (int j = 0; j < N; ++j) {
        if (here.v[j] > best.v[j]) {
          best.v[j] = here.v[j];
          best_step.v[j] = static_cast<int32_t>(t);
        }
      }
    }
    store<N>(y + i, best);
    store<N>(arg + i, best_step);
  }
}

// One thread per N neighbouring (picture, tag) pairs, which loops over the steps; grid-stride.
template <int N, class T>
__global__ void backward_kernel(int64_t steps, int64_t count, const float* dy, const int32_t* arg, T* dx, bool add) {
  for (int64_t i = (blockIdx.x * int64_t(blockDim.x) + threadIdx.x) * N; i < count; i += int64_t(gridDim.x) * blockDim.x * N) {
    const Values<float, N> gradient = load<N>(dy + i);
    const Values<int32_t, N> best_step = load<N>(arg + i);
#pragma unroll 1  // nvcc 13 splits the 16-byte store if it unrolls the loop
    for (int64_t t = 0; t < steps; ++t) {
      Values<float, N> here{};
      bool any = false;
      for (int j = 0; j < N; ++j) {
        if (best_step.v[j] != t) continue;
        here.v[j] = gradient.v[j];
        any = true;
      }
      if (any || !add) store_or_add<N>(dx + t * count + i, here, add);
    }
  }
}

template <class T>
void forward(Queue& q, const LabelMaxPoolShape& shape, const T* x, float* y, int32_t* arg) {
  TL_CHECK(shape.t >= 1, "[label_max_pool] needs at least one step, got {}", shape.t);
  const int64_t count = shape.n * shape.v;
  constexpr int kWide = Pack<T>::kCount;
  const bool vector = count % kWide == 0 && aligned16(x, y, arg);
  launch(q, "label_max_pool_forward", blocks_for(vector ? count / kWide : count, 128), 128, 0,
         vector ? forward_kernel<kWide, T> : forward_kernel<1, T>, shape.t, count, x, y, arg);
}

template <class T>
void backward(Queue& q, const LabelMaxPoolShape& shape, const float* dy, const int32_t* arg, T* dx, Into into) {
  const int64_t count = shape.n * shape.v;
  constexpr int kWide = Pack<T>::kCount;
  const bool vector = count % kWide == 0 && aligned16(dy, arg, dx);
  launch(q, "label_max_pool_backward", blocks_for(vector ? count / kWide : count, 128), 128, 0,
         vector ? backward_kernel<kWide, T> : backward_kernel<1, T>, shape.t, count, dy, arg, dx, into == Into::kAdd);
}

}  // namespace

void label_max_pool_forward(Queue& q, const LabelMaxPoolShape& shape, const Real* x, Real* y, int32_t* arg) {
  forward(q, shape, x, y, arg);
}
void label_max_pool_forward(Queue& q, const LabelMaxPoolShape& shape, const Bf16* x, Real* y, int32_t* arg) {
  forward(q, shape, x, y, arg);
}

void label_max_pool_backward(Queue& q, const LabelMaxPoolShape& shape, const Real* dy, const int32_t* arg, Real* dx, Into into) {
  backward(q, shape, dy, arg, dx, into);
}
void label_max_pool_backward(Queue& q, const LabelMaxPoolShape& shape, const Real* dy, const int32_t* arg, Bf16* dx, Into into) {
  backward(q, shape, dy, arg, dx, into);
}

}  // namespace tagloom::kernels::cuda
