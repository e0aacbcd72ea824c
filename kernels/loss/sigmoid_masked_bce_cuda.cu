#include "kernels/cuda/row_packs.cuh"
#include "kernels/loss/sigmoid_masked_bce.h"

namespace tagloom::kernels::cuda {
namespace {

// One logit's loss and gradient, by the hardware's exponential and reciprocal (2 ulp each). e = exp(-|x|) has a relative error of
// at most (4 + |x|) 2^-24, from rounding x / ln 2. log(1 + e) = 2 artanh(s), s = e / (2 + e) <= 1/3, preserves it for e near 0,
// where a direct log(1 + e) would be 0; the error of its polynomial is 2e-8. sigmoid(x) - 1 is computed as -sigmoid(-x). The
// relative errors of log(1 + e) and of the gradient stay below (12 + |x|) 2^-24 unless e is denormal (|x| >= 87).
struct LogitLoss {
  float loss, gradient;

  __device__ LogitLoss(float x, bool positive) {
    const float e = __expf(-fabsf(x)), s = __fdividef(e, 2.0f + e), square = s * s;
    float p = 0.13425749f;  // near (artanh(s) / s - 1) / s^2
    p = p * square + 0.141183099f;
    p = p * square + 0.200037803f;
    p = p * square + 0.333333202f;
    loss = fmaxf(x, 0.0f) - (positive ? x : 0.0f) + 2.0f * (s + s * square * p);
    gradient = __fdividef((x >= 0.0f) == positive ? e : 1.0f, 1.0f + e);
    if (positive) gradient = -gradient;
  }
};

// The steps whose emitted tags are removed at step t: [first, t).
__device__ int64_t first_masked_step(const SigmoidMaskedBceShape& shape, int64_t t) {
  if (shape.mask == BceMask::kNone) return t;
  return shape.mask == BceMask::kCumulative || t == 0 ? 0 : t - 1;
}

// The labels of four neighbouring columns in a word, the first in its lowest byte.
__device__ uint32_t label_word(const uint8_t* label, int column, int cols) {
  if (column >= 0 && column + 4 <= cols && reinterpret_cast<uintptr_t>(label + column) % 4 == 0) {
    return *reinterpret_cast<const uint32_t*>(label + column);
  }
  uint32_t word = 0;
  for (int j = 0; j < 4; ++j) {
    if (column + j >= 0 && column + j < cols) word |= uint32_t{label[column + j]} << 8 * j;
  }
  return word;
}

// kThreads (a warp or a block) per (step, picture), with its logits and labels in registers.
template <int kPacks, int kThreads, class T>
__global__ void loss_registers_kernel(SigmoidMaskedBceShape shape, const T* logits, const uint8_t* labels, const int32_t* emitted,
                                      float scale, float* loss, T* dlogits, bool wide) {
  const int64_t row = blockIdx.x * int64_t(blockDim.x / kThreads) + threadIdx.x / kThreads;
  if (row >= shape.t * shape.n) return;  // whole groups return, so the reductions below are complete
  const int thread = threadIdx.x % kThreads, cols = static_cast<int>(shape.v);
  const int64_t t = row / shape.n, n = row - t * shape.n;
  const T* x_row = logits + row * cols;
  const uint8_t* label = labels + n * cols;
  const RowPacks<T, kPacks, kThreads> packs(x_row, cols, thread, wide);
  constexpr int kWide = packs.kWide, kWords = kWide / 4;
  float x[kPacks][kWide];
  uint32_t words[kPacks][kWords];
  packs.load(x_row, -INFINITY, x);  // the padding's loss is 0
#pragma unroll
  for (int k = 0; k < kPacks; ++k) {
#pragma unroll
    for (int w = 0; w < kWords; ++w) words[k][w] = label_word(label, packs.column(k) + 4 * w, cols);
  }
  bool counts = true;
  if (shape.gate == StepGate::kLabelCount) {
    int count = 0;
#pragma unroll
    for (int k = 0; k < kPacks; ++k) {
#pragma unroll
      for (int w = 0; w < kWords; ++w) count += __popc(words[k][w]);  // labels are 0 or 1
    }
    counts = static_cast<float>(t) < group_sum<kThreads>(static_cast<float>(count));
  }
  for (int64_t s = first_masked_step(shape, t); s < t; ++s) {
    const int offset = emitted[s * shape.n + n] - packs.begin, pack = offset / (kThreads * kWide);
    const int word = (offset - pack * kThreads * kWide) / 4;
    if (offset < 0 || word >= kWords) continue;  // another thread has it
#pragma unroll
    for (int k = 0; k < kPacks; ++k) {
#pragma unroll
      for (int w = 0; w < kWords; ++w) {
        if (k == pack && w == word) words[k][w] &= ~(0xffu << 8 * (offset & 3));
      }
    }
  }
  float sum = 0.0f;
#pragma unroll
  for (int k = 0; k < kPacks; ++k) {
#pragma unroll
    for (int j = 0; j < kWide; ++j) {
      const LogitLoss one(x[k][j], words[k][j / 4] >> 8 * (j % 4) & 0xff);
      sum += one.loss;
      x[k][j] = counts ? scale * one.gradient : 0.0f;
    }
  }
  sum = group_sum<kThreads>(sum);
  if (thread == 0) loss[row] = counts ? scale * sum : 0.0f;
  if (dlogits) packs.store(dlogits + row * cols, [&](int k, int j) { return x[k][j]; });
}

// A block per (step, picture).
template <class T>
__global__ void loss_kernel(SigmoidMaskedBceShape shape, const T* logits, const uint8_t* labels, const int32_t* emitted,
                            float scale, float* loss, T* dlogits, bool aligned) {
  const int64_t row = blockIdx.x, t = row / shape.n, n = row - t * shape.n, begin = row * shape.v;
  const int cols = static_cast<int>(shape.v);
  const uint8_t* label = labels + n * shape.v;
  bool counts = true;
  if (shape.gate == StepGate::kLabelCount) {
    float count = 0.0f;
    for (int v = threadIdx.x; v < cols; v += blockDim.x) count += label[v] ? 1.0f : 0.0f;
    counts = static_cast<float>(t) < block_sum(count);
  }
  const int64_t first = first_masked_step(shape, t);
  float sum = 0.0f;
  for_each_column<Pack<T>::kCount>(aligned, begin, cols, threadIdx.x, blockDim.x, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    Values<float, N> gradient{};
    if (counts) {
      const Values<float, N> x = load_floats<N>(logits + begin + column);
#pragma unroll
      for (int j = 0; j < N; ++j) {
        bool positive = label[column + j];  // few are, so the loop over earlier steps is rare
#pragma unroll 1
        for (int64_t s = first; positive && s < t; ++s) positive = emitted[s * shape.n + n] != column + j;
        const LogitLoss one(x.v[j], positive);
        sum += one.loss;
        gradient.v[j] = scale * one.gradient;
      }
    }
    if (dlogits) store_floats<N>(dlogits + begin + column, gradient);
  });
  sum = block_sum(sum);
  if (threadIdx.x == 0) loss[row] = counts ? scale * sum : 0.0f;
}

template <class T>
void masked_loss(Queue& q, const SigmoidMaskedBceShape& shape, const T* logits, const uint8_t* labels, const int32_t* emitted,
                 float scale, float* loss, T* dlogits) {
  TL_CHECK(shape.mask == BceMask::kNone || emitted != nullptr,
           "[sigmoid_masked_bce] a mask needs emitted, the tags of each step");
  const char* name = "sigmoid_masked_bce";
  const int64_t rows = shape.t * shape.n;
  const bool wide = same_phase(logits, dlogits);
  const bool fits = in_registers<T>(packs_of_row<T>(shape.v, !wide || aligned16(logits)), [&](auto packs, auto threads) {
    launch(q, name, blocks_for_rows(rows, threads.kCount), block_for_rows(threads.kCount), 0,
           loss_registers_kernel<packs.kCount, threads.kCount, T>, shape, logits, labels, emitted, scale, loss, dlogits, wide);
  });
  if (fits) return;
  launch(q, name, blocks_for_rows(rows, 256), 256, 0, loss_kernel<T>, shape, logits, labels, emitted, scale, loss, dlogits,
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
