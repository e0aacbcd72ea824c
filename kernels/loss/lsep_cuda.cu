#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/vector.cuh"
#include "kernels/loss/lsep.h"

namespace tagloom::kernels::cuda {
namespace {

template <int kThreads>
__device__ float group_sum(float x) {
  return kThreads == 32 ? warp_sum(x) : block_sum(x);
}

template <int kThreads>
__device__ float group_max(float x) {
  return kThreads == 32 ? warp_max(x) : block_max(x);
}

// kThreads (a warp or a block) per picture: the largest scores, the sums, the gradient.
template <int kThreads>
__global__ void loss_kernel(LsepShape shape, const float* logits, const uint8_t* labels, float scale, float* loss, float* dlogits,
                            bool aligned) {
  const int64_t row = blockIdx.x * int64_t(blockDim.x / kThreads) + threadIdx.x / kThreads;
  if (row >= shape.n) return;  // whole groups leave, so the reductions below still have all their threads
  const int thread = threadIdx.x % kThreads, cols = static_cast<int>(shape.v);
  const int64_t begin = row * shape.v;
  const uint8_t* label = labels + begin;
  float max_true = -INFINITY, max_other = -INFINITY;
  for_each_column(aligned, begin, cols, thread, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    const Values<float, N> x = load<N>(logits + begin + column);
    for (int j = 0; j < N; ++j) {
      if (label[column + j])
        max_true = fmaxf(max_true, -x.v[j]);
      else
        max_other = fmaxf(max_other, x.v[j]);
    }
  });
  max_true = group_max<kThreads>(max_true);
  max_other = group_max<kThreads>(max_other);
  float sum_true = 0.0f, sum_other = 0.0f;
  for_each_column(aligned, begin, cols, thread, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    const Values<float, N> x = load<N>(logits + begin + column);
    for (int j = 0; j < N; ++j) {
      if (label[column + j])
        sum_true += expf(-x.v[j] - max_true);
      else
        sum_other += expf(x.v[j] - max_other);
    }
  });
  sum_true = group_sum<kThreads>(sum_true);
  sum_other = group_sum<kThreads>(sum_other);
  const bool counts = sum_true > 0.0f && sum_other > 0.0f;
  const float s = counts ? max_true + max_other + logf(sum_true) + logf(sum_other) : 0.0f;
  const float e = expf(-fabsf(s));
  if (thread == 0) loss[row] = counts ? scale * (fmaxf(s, 0.0f) + log1pf(e)) : 0.0f;
  if (!dlogits) return;
  const float share = scale * (s >= 0.0f ? 1.0f : e) / (1.0f + e);
  const float true_share = -share / sum_true, other_share = share / sum_other;
  for_each_column(aligned, begin, cols, thread, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    Values<float, N> dx{};
    if (counts) {
      dx = load<N>(logits + begin + column);
      for (int j = 0; j < N; ++j) {
        dx.v[j] = label[column + j] ? true_share * expf(-dx.v[j] - max_true) : other_share * expf(dx.v[j] - max_other);
      }
    }
    store<N>(dlogits + begin + column, dx);
  });
}

}  // namespace

void lsep(Queue& q, const LsepShape& shape, const Real* logits, const uint8_t* labels, Real scale, Real* loss, Real* dlogits) {
  const int threads = shape.v <= kShortRow ? 32 : 256;
  launch(q, "lsep", blocks_for_rows(shape.n, threads), block_for_rows(threads), 0,
         threads == 32 ? loss_kernel<32> : loss_kernel<256>, shape, logits, labels, scale, loss, dlogits,
         aligned16(logits, dlogits));
}

}  // namespace tagloom::kernels::cuda
