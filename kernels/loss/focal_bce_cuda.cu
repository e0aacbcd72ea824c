#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/vector.cuh"
#include "kernels/loss/focal_bce.h"

namespace tagloom::kernels::cuda {
namespace {

// kThreads (a warp or a block) per picture.
template <int kThreads>
__global__ void loss_kernel(FocalBceShape shape, const float* logits, const uint8_t* labels, float scale, float* loss,
                            float* dlogits, bool aligned) {
  const int64_t row = blockIdx.x * int64_t(blockDim.x / kThreads) + threadIdx.x / kThreads;
  if (row >= shape.n) return;  // whole groups leave, so the reduction below still has all its threads
  const int thread = threadIdx.x % kThreads;
  const int64_t begin = row * shape.v;
  float sum = 0.0f;
  for_each_column(aligned, begin, static_cast<int>(shape.v), thread, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    Values<float, N> x = load<N>(logits + begin + column);
    for (int j = 0; j < N; ++j) {
      const FocalBceTerm term = focal_bce_term(shape, x.v[j], labels[begin + column + j] != 0);
      sum += term.loss;
      x.v[j] = scale * term.gradient;
    }
    if (dlogits) store<N>(dlogits + begin + column, x);
  });
  sum = kThreads == 32 ? warp_sum(sum) : block_sum(sum);
  if (thread == 0) loss[row] = scale * sum;
}

}  // namespace

void focal_bce(Queue& q, const FocalBceShape& shape, const Real* logits, const uint8_t* labels, Real scale, Real* loss,
               Real* dlogits) {
  const int threads = shape.v <= kShortRow ? 32 : 256;
  launch(q, "focal_bce", blocks_for_rows(shape.n, threads), block_for_rows(threads), 0,
         threads == 32 ? loss_kernel<32> : loss_kernel<256>, shape, logits, labels, scale, loss, dlogits,
         aligned16(logits, dlogits));
}

}  // namespace tagloom::kernels::cuda
