#pragma once
// The sum of f(x[i]) over an array, in an order that depends on n alone: partial sums of at most 1024 blocks lie in the
// queue's workspace, and one block adds them up.
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/reduce.cuh"

namespace tagloom::kernels {

constexpr int kSumBlocks = 1024;

// One partial sum per block; each thread takes every (grid size)-th value.
template <class F>
__global__ void partial_sums_kernel(int64_t n, F f, const float* x, float* partial) {
  float total = 0.0f;
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < n; i += int64_t(gridDim.x) * blockDim.x) {
    total += f(x[i]);
  }
  total = block_sum(total);
  if (threadIdx.x == 0) partial[blockIdx.x] = total;
}

// One block of 1024 threads, one partial sum each. A template, so that every file that includes this may have it.
template <bool kAdd>
__global__ void total_kernel(int count, const float* partial, float* y) {
  const float total = block_sum(threadIdx.x < count ? partial[threadIdx.x] : 0.0f);
  if (threadIdx.x == 0) *y = kAdd ? *y + total : total;
}

template <class F>
void array_sum(Queue& q, const char* name, int64_t n, F f, const float* x, float* y, Into into) {
  CudaContext& context = q.cuda();
  TL_CHECK_AS(ErrorKind::kInternal, context.workspace_bytes >= kSumBlocks * sizeof(float),
              "[{}] needs a workspace of {} bytes, the queue has {}", name, kSumBlocks * sizeof(float), context.workspace_bytes);
  auto* partial = static_cast<float*>(context.workspace);
  const int blocks = static_cast<int>(blocks_for(n, 256 * 8, kSumBlocks));
  launch(q, name, blocks, 256, 0, partial_sums_kernel<F>, n, f, x, partial);
  launch(q, name, 1, 1024, 0, into == Into::kAdd ? total_kernel<true> : total_kernel<false>, blocks, partial, y);
}

}  // namespace tagloom::kernels
