#pragma once
// The sum of f(x[i]) over an array, in an order that depends on n alone: at most 1024 blocks write partial sums to the queue's
// workspace, and one block adds them.
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/vector.cuh"

namespace tagloom::kernels {

constexpr int kSumBlocks = 1024;  // eight of 256 threads on each of 128 multiprocessors

// One partial sum per block. A thread takes four neighbours at a time, in one 16-byte access if kWide, with four accesses in
// flight; the first threads of block 0 take the tail. The order of the sum does not depend on kWide.
template <bool kWide, class F>
__global__ void partial_sums_kernel(int64_t n, F f, const float* __restrict__ x, float* __restrict__ partial) {
  constexpr int kLoads = 4;
  const int64_t thread = blockIdx.x * int64_t(blockDim.x) + threadIdx.x, threads = int64_t(gridDim.x) * blockDim.x;
  const int64_t packs = n / 4, last = packs - (kLoads - 1) * threads;
  const auto values_at = [&](int64_t pack) {
    if constexpr (kWide) return load<4>(x + 4 * pack);
    return Values<float, 4>{x[4 * pack], x[4 * pack + 1], x[4 * pack + 2], x[4 * pack + 3]};
  };
  float totals[4] = {};
  int64_t pack = thread;
#pragma unroll 1
  for (; pack < last; pack += kLoads * threads) {
    Values<float, 4> values[kLoads];
#pragma unroll
    for (int k = 0; k < kLoads; ++k) values[k] = values_at(pack + k * threads);
#pragma unroll
    for (int k = 0; k < kLoads; ++k) {
#pragma unroll
      for (int j = 0; j < 4; ++j) totals[j] += f(values[k].v[j]);
    }
  }
#pragma unroll 1
  for (; pack < packs; pack += threads) {
    const Values<float, 4> values = values_at(pack);
#pragma unroll
    for (int j = 0; j < 4; ++j) totals[j] += f(values.v[j]);
  }
  if (4 * packs + thread < n) totals[0] += f(x[4 * packs + thread]);
  const float total = block_sum((totals[0] + totals[1]) + (totals[2] + totals[3]));
  if (threadIdx.x == 0) partial[blockIdx.x] = total;
}

// One block of 1024 threads, one partial sum each. A template, so that several files may include it.
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
  const int blocks = static_cast<int>(blocks_for(n, 256 * 16, kSumBlocks));
  launch(q, name, blocks, 256, 0, aligned16(x) ? partial_sums_kernel<true, F> : partial_sums_kernel<false, F>, n, f, x, partial);
  launch(q, name, 1, 1024, 0, into == Into::kAdd ? total_kernel<true> : total_kernel<false>, blocks, partial, y);
}

}  // namespace tagloom::kernels
