#pragma once
// Deterministic sums and maxima over a warp or a block, in a fixed order.
#include <cuda_runtime.h>

namespace tagloom::kernels {

__device__ inline float warp_sum(float x) {
  for (int offset = 16; offset > 0; offset >>= 1) x += __shfl_xor_sync(0xffffffffu, x, offset);
  return x;
}

__device__ inline float warp_max(float x) {
  for (int offset = 16; offset > 0; offset >>= 1) x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, offset));
  return x;
}

// Every thread of the block gets the sum. The block is a multiple of 32 threads, at most 1024; all must call it.
__device__ inline float block_sum(float x) {
  __shared__ float partial[32];
  const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, warps = blockDim.x >> 5;
  x = warp_sum(x);
  __syncthreads();  // partial may still be read from the last call
  if (lane == 0) partial[warp] = x;
  __syncthreads();
  return warp_sum(lane < warps ? partial[lane] : 0.0f);
}

__device__ inline float block_max(float x) {
  __shared__ float partial[32];
  const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, warps = blockDim.x >> 5;
  x = warp_max(x);
  __syncthreads();
  if (lane == 0) partial[warp] = x;
  __syncthreads();
  return warp_max(lane < warps ? partial[lane] : -INFINITY);
}

// Reductions over the threads of a row: a warp, or a whole block.
template <int kThreads>
__device__ float group_sum(float x) {
  return kThreads == 32 ? warp_sum(x) : block_sum(x);
}
template <int kThreads>
__device__ float group_max(float x) {
  return kThreads == 32 ? warp_max(x) : block_max(x);
}

}  // namespace tagloom::kernels
