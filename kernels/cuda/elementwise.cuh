#pragma once
// y[i] = f(x0[i], x1[i], ...): the elementwise kernels, 16 bytes at a time if all pointers are aligned.
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/vector.cuh"

namespace tagloom::kernels {

template <class T>
bool is_aligned(const T* pointer, int count) {
  return reinterpret_cast<uintptr_t>(pointer) % (sizeof(T) * count) == 0;
}

// One thread per kCount values, grid-stride; the first threads of block 0 take the tail.
template <int kCount, class F, class Out, class... In>
__global__ void elementwise_kernel(int64_t n, F f, Out* y, const In*... x) {
  const int64_t packs = n / kCount;
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < packs; i += int64_t(gridDim.x) * blockDim.x) {
    const auto each = [&](const auto&... in) {
      Stored<Out, kCount> out;
#pragma unroll
      for (int j = 0; j < kCount; j += out.kPart) out.set(j, [&]([[maybe_unused]] int at) { return f(in.at(at)...); });
      out.store(y + i * kCount);
    };
    each(Stored<In, kCount>(x + i * kCount)...);
  }
  const int64_t tail = packs * kCount + threadIdx.x;
  if (blockIdx.x == 0 && tail < n) y[tail] = from_float<Out>(f(to_float(x[tail])...));
}

// f is a struct with `__device__ float operator()(float...) const`. y may be one of the x.
template <class F, class Out, class... In>
void elementwise(Queue& q, const char* name, int64_t n, F f, Out* y, const In*... x) {
  constexpr int kCount = ((sizeof(Out) == 2) && ... && (sizeof(In) == 2)) ? 8 : 4;  // 16 bytes of the widest type
  const bool aligned = (is_aligned(y, kCount) && ... && is_aligned(x, kCount));
  if (n == 0) return;
  if (aligned) {
    launch(q, name, blocks_for(n / kCount + 1, 256), 256, 0, elementwise_kernel<kCount, F, Out, In...>, n, f, y, x...);
  } else {
    launch(q, name, blocks_for(n, 256), 256, 0, elementwise_kernel<1, F, Out, In...>, n, f, y, x...);
  }
}

// The same with Into: the result of f is written to y or added to it.
template <class F>
struct AddTo {
  F f;
  template <class... Floats>
  __device__ float operator()(float y, Floats... x) const {
    return y + f(x...);
  }
};

template <class F, class Out, class... In>
void elementwise_into(Queue& q, const char* name, int64_t n, Into into, F f, Out* y, const In*... x) {
  if (into == Into::kAdd) {
    elementwise(q, name, n, AddTo<F>{f}, y, const_cast<const Out*>(y), x...);
  } else {
    elementwise(q, name, n, f, y, x...);
  }
}

}  // namespace tagloom::kernels
