#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/vector.cuh"
#include "kernels/loss/diversity.h"

namespace tagloom::kernels::cuda {
namespace {

// The neighbour's value if both values reach the threshold, else 0.
__device__ float where_high(float ours, float neighbour, float threshold) {
  return ours >= threshold && neighbour >= threshold ? neighbour : 0.0f;
}

// kThreads (a warp or a block) per (step, picture).
template <int kThreads>
__global__ void diversity_kernel(DiversityShape shape, const float* v, const float* scale, float* loss, float* dv, bool aligned) {
  const int64_t row = blockIdx.x * int64_t(blockDim.x / kThreads) + threadIdx.x / kThreads;
  if (row >= shape.t * shape.n) return;  // whole groups return, so the reduction below is complete
  const int thread = threadIdx.x % kThreads;
  const int64_t begin = row * shape.m, step = shape.n * shape.m;
  const bool has_before = row >= shape.n, has_after = dv && row + shape.n < shape.t * shape.n;
  const float with_before = has_before ? scale[row] : 0.0f, with_after = has_after ? scale[row + shape.n] : 0.0f;
  float overlap = 0.0f;
  for_each_column(aligned, begin, static_cast<int>(shape.m), thread, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    const Values<float, N> ours = load<N>(v + begin + column);
    Values<float, N> gradient{};
    if (has_before) {
      const Values<float, N> before = load<N>(v + begin + column - step);
      for (int j = 0; j < N; ++j) {
        const float high = where_high(ours.v[j], before.v[j], shape.threshold);
        overlap += high * ours.v[j];
        gradient.v[j] = with_before * high;
      }
    }
    if (has_after) {
      const Values<float, N> after = load<N>(v + begin + column + step);
      for (int j = 0; j < N; ++j) gradient.v[j] += with_after * where_high(ours.v[j], after.v[j], shape.threshold);
    }
    if (dv) store<N>(dv + begin + column, gradient);
  });
  overlap = group_sum<kThreads>(overlap);
  if (thread == 0) loss[row] = with_before * overlap;
}

}  // namespace

void diversity(Queue& q, const DiversityShape& shape, const Real* v, const Real* scale, Real* loss, Real* dv) {
  // Steps are n * m values apart: 16-byte accesses require a multiple of four.
  const bool aligned = aligned16(v, dv) && shape.n * shape.m % 4 == 0;
  const int threads = shape.m <= kShortRow ? 32 : 256;
  launch(q, "diversity", blocks_for_rows(shape.t * shape.n, threads), block_for_rows(threads), 0,
         threads == 32 ? diversity_kernel<32> : diversity_kernel<256>, shape, v, scale, loss, dv, aligned);
}

}  // namespace tagloom::kernels::cuda
