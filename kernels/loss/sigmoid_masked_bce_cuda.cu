#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/vector.cuh"
#include "kernels/loss/sigmoid_masked_bce.h"

namespace tagloom::kernels::cuda {
namespace {

template <int N>
__device__ Values<uint8_t, N> load_labels(const uint8_t* from) {
  if (reinterpret_cast<uintptr_t>(from) % N == 0) return load<N>(from);
  Values<uint8_t, N> labels;
  for (int j = 0; j < N; ++j) labels.v[j] = from[j];
  return labels;
}

// The steps whose emitted tag is taken away at step t: [first, t).
__device__ int64_t first_masked_step(const SigmoidMaskedBceShape& shape, int64_t t) {
  if (shape.mask == BceMask::kNone) return t;
  return shape.mask == BceMask::kCumulative || t == 0 ? 0 : t - 1;
}

// kThreads (a warp or a block) per (step, picture).
template <int kThreads, class T>
__global__ void loss_kernel(SigmoidMaskedBceShape shape, const T* logits, const uint8_t* labels, const int32_t* emitted,
                            float scale, float* loss, T* dlogits, bool aligned) {
  const int64_t row = blockIdx.x * int64_t(blockDim.x / kThreads) + threadIdx.x / kThreads;
  if (row >= shape.t * shape.n) return;  // whole groups leave, so the reductions below still have all their threads
  const int thread = threadIdx.x % kThreads;
  const int64_t t = row / shape.n, n = row % shape.n, begin = row * shape.v;
  const uint8_t* label = labels + n * shape.v;
  bool counts = true;
  if (shape.gate == StepGate::kLabelCount) {
    float count = 0.0f;
    for (int64_t v = thread; v < shape.v; v += kThreads) count += label[v] ? 1.0f : 0.0f;
    count = kThreads == 32 ? warp_sum(count) : block_sum(count);
    counts = static_cast<float>(t) < count;
  }
  const int64_t first = first_masked_step(shape, t);
  float sum = 0.0f;
  for_each_column<Pack<T>::kCount>(aligned, begin, static_cast<int>(shape.v), thread, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    Values<float, N> gradient{};
    if (counts) {
      const Values<float, N> x = load_floats<N>(logits + begin + column);
      const Values<uint8_t, N> y = load_labels<N>(label + column);
      for (int j = 0; j < N; ++j) {
        float target = 0.0f;
        if (y.v[j]) {  // few are, so the walk over earlier steps is rare
          target = 1.0f;
          for (int64_t s = first; s < t; ++s) target = emitted[s * shape.n + n] == column + j ? 0.0f : target;
        }
        const float e = expf(-fabsf(x.v[j]));
        sum += fmaxf(x.v[j], 0.0f) - x.v[j] * target + log1pf(e);
        gradient.v[j] = scale * ((x.v[j] >= 0.0f ? 1.0f : e) / (1.0f + e) - target);
      }
    }
    if (dlogits) store_floats<N>(dlogits + begin + column, gradient);
  });
  sum = kThreads == 32 ? warp_sum(sum) : block_sum(sum);
  if (thread == 0) loss[row] = counts ? scale * sum : 0.0f;
}

template <class T>
void masked_loss(Queue& q, const SigmoidMaskedBceShape& shape, const T* logits, const uint8_t* labels, const int32_t* emitted,
                 float scale, float* loss, T* dlogits) {
  TL_CHECK(shape.mask == BceMask::kNone || emitted != nullptr, "[sigmoid_masked_bce] a mask needs the tags emitted at each step");
  const int threads = threads_per_row<T>(shape.v);
  launch(q, "sigmoid_masked_bce", blocks_for_rows(shape.t * shape.n, threads), block_for_rows(threads), 0,
         threads == 32 ? loss_kernel<32, T> : loss_kernel<256, T>, shape, logits, labels, emitted, scale, loss, dlogits,
         aligned16(logits, dlogits));
}

}  // namespace

void sigmoid_masked_bce(Queue& q, const SigmoidMaskedBceShape& shape, const Real* logits, const uint8_t* labels,
                        const int32_t* emitted, Real scale, Real* loss, Real* dlogits) {
  masked_loss(q, shape, logits, labels, emitted, scale, loss, dlogits);
}
void sigmoid_masked_bce(Queue& q, const SigmoidMaskedBceShape& shape, const Bf16* logits, const uint8_t* labels,
                        const int32_t* emitted, Real scale, Real* loss, Bf16* dlogits) {
  masked_loss(q, shape, logits, labels, emitted, scale, loss, dlogits);
}

}  // namespace tagloom::kernels::cuda
