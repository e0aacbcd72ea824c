#pragma once
// launch() launches every kernel and names it in errors. TAGLOOM_CUDA_SYNC=1 waits after each launch, which attributes an
// asynchronous fault to its kernel.
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <cstdint>

#include "kernels/base/bfloat16.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda/start.cuh"

namespace tagloom::kernels {

inline void check_launch(Queue& q, const char* name, dim3 grid, dim3 block, cudaError_t code) {
  if (code == cudaSuccess && synchronous_launches()) code = cudaStreamSynchronize(q.cuda().stream);
  if (code != cudaSuccess) {
    cudaGetLastError();  // clears the error, which the next launch would report again
    fail(ErrorKind::kDevice, "[{}] the kernel failed (grid {}x{}x{}, block {}): {}", name, grid.x, grid.y, grid.z, block.x,
         cudaGetErrorString(code));
  }
}

// launch(q, "relu_forward", grid, block, shared_bytes, kernel, args...). A grid of 0 launches nothing.
template <class... Parameters, class... Arguments>
void launch(Queue& q, const char* name, dim3 grid, dim3 block, size_t shared_bytes, void (*kernel)(Parameters...),
            Arguments... arguments) {
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
  check_launch(q, name, grid, block, start(name, grid, block, shared_bytes, q.cuda().stream, kernel, arguments...));
}

// The same for a kernel with barriers across blocks and one struct parameter; the grid is at most limits_together().blocks.
template <class Parameter>
void launch_together(Queue& q, const char* name, dim3 grid, dim3 block, size_t shared_bytes, void (*kernel)(Parameter),
                     const Parameter& parameter) {
  check_launch(q, name, grid, block, start_together(name, grid, block, shared_bytes, q.cuda().stream, kernel, parameter));
}

// The same in clusters of blocks; clusters_together() must be at least 1.
template <class Parameter>
void launch_clusters(Queue& q, const char* name, int clusters, int cluster, int threads, size_t shared_bytes,
                     void (*kernel)(Parameter), const Parameter& parameter) {
  const cudaError_t code = start_clusters(name, clusters, cluster, threads, shared_bytes, q.cuda().stream, kernel, parameter);
  check_launch(q, name, dim3(static_cast<unsigned>(clusters * cluster)), dim3(static_cast<unsigned>(threads)), code);
}

// Enough blocks of `block` threads for n items, at most `most` (grid-stride loops take the rest).
inline unsigned blocks_for(int64_t n, int block, int64_t most = 132 * 16) {
  const int64_t blocks = (n + block - 1) / block;
  return static_cast<unsigned>(blocks < most ? blocks : most);
}

// Storage types on the device: Bf16 is read and written as float.
__device__ inline float to_float(float x) { return x; }
__device__ inline float to_float(Bf16 x) { return __uint_as_float(static_cast<unsigned>(x.bits) << 16); }
template <class T>
__device__ T from_float(float x);
template <>
__device__ inline float from_float<float>(float x) {
  return x;
}
template <>
__device__ inline Bf16 from_float<Bf16>(float x) {
  Bf16 y;
  y.bits = __bfloat16_as_ushort(__float2bfloat16_rn(x));
  return y;
}

// 16 bytes at a time: Pack<float>::kCount is 4, Pack<Bf16>::kCount is 8. The address must be 16-byte aligned.
template <class T>
struct alignas(16) Pack {
  static constexpr int kCount = 16 / sizeof(T);
  T v[kCount];
};

}  // namespace tagloom::kernels
