#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/vector.cuh"
#include "kernels/loss/tag_losses.h"

namespace tagloom::kernels::cuda {
namespace {

// kThreads (a warp or a block) per picture.
template <int kThreads>
__global__ void focal_bce_kernel(FocalBceShape shape, const float* logits, const uint8_t* labels, float scale, float* loss,
                                 float* dlogits, bool aligned) {
  const int64_t row = blockIdx.x * int64_t(blockDim.x / kThreads) + threadIdx.x / kThreads;
  if (row >= shape.n) return;  // whole groups return, so the reduction below is complete
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
  sum = group_sum<kThreads>(sum);
  if (thread == 0) loss[row] = scale * sum;
}

// kThreads (a warp or a block) per picture: the largest scores, the sums, the gradient.
template <int kThreads>
__global__ void lsep_kernel(LsepShape shape, const float* logits, const uint8_t* labels, float scale, float* loss, float* dlogits,
                            bool aligned) {
  const int64_t row = blockIdx.x * int64_t(blockDim.x / kThreads) + threadIdx.x / kThreads;
  if (row >= shape.n) return;  // whole groups return, so the reductions below are complete
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

constexpr int kHingeThreads = 256;  // a block of hinge_rank

// L(r), by the whole block.
__device__ float harmonic(int64_t rank) {
  float sum = 0.0f;
  for (int64_t i = threadIdx.x + 1; i <= rank; i += kHingeThreads) sum += 1.0f / static_cast<float>(i);
  return block_sum(sum);
}

// For a true tag: the number of tags with a positive hinge, the sum of those hinges, and their weight.
struct Found {
  float count, sum, weight;
};

// One block per picture, one true tag after the other. Only thread t writes the gradients of the tags t, t + 256 ..., so each is
// a sum in the order of the true tags.
__global__ void hinge_rank_kernel(HingeRankShape shape, const float* logits, const uint8_t* labels, OpKey op_key, float scale,
                                  float* loss, float* dlogits) {
  __shared__ int drawn[kHingeThreads];  // the tags with a positive hinge among 256 draws, -1 for the others
  const RandomKey key = op_key.of_step();
  const int thread = threadIdx.x;
  const int64_t v = shape.v;
  const float* x = logits + blockIdx.x * v;
  const uint8_t* label = labels + blockIdx.x * v;
  float* dx = dlogits ? dlogits + blockIdx.x * v : nullptr;
  float true_tags = 0.0f;
  for (int64_t n = thread; n < v; n += kHingeThreads) {
    true_tags += label[n] ? 1.0f : 0.0f;
    if (dx) dx[n] = 0.0f;
  }
  true_tags = block_sum(true_tags);
  const bool warp = shape.kind == HingeRank::kSampledWarp;
  const int64_t most = warp ? v - 1 : shape.most_pairs;
  const int64_t share = shape.most_pairs / static_cast<int64_t>(fmaxf(true_tags, 1.0f));
  const int64_t draws = warp ? v - 1 : share > 1 ? share : 1;
  float total = 0.0f;
  for (int64_t p = 0; p < v; ++p) {
    if (!label[p]) continue;  // the same for all threads
    const float base = 1.0f - x[p];
    Found found{0.0f, 0.0f, 1.0f};
    if (shape.kind == HingeRank::kPairs || shape.kind == HingeRank::kWarp) {
      for (int64_t n = thread; n < v; n += kHingeThreads) {
        const float hinge = base + x[n];
        if (label[n] || !(hinge > 0.0f)) continue;
        found.count += 1.0f;
        found.sum += hinge;
      }
      found.count = block_sum(found.count);
      found.sum = block_sum(found.sum);
      if (shape.kind == HingeRank::kWarp && found.count > 0.0f) {
        found.weight = harmonic(static_cast<int64_t>(found.count)) / found.count;
      }
      for (int64_t n = thread; dx && n < v; n += kHingeThreads) {
        if (!label[n] && base + x[n] > 0.0f) dx[n] += scale * found.weight;
      }
    } else {
      float others = 0.0f;  // draws that are not true tags, up to the one that counts
      const uint64_t begin = static_cast<uint64_t>((blockIdx.x * v + p) * most);
      for (int64_t first = 0; first < draws; first += kHingeThreads) {
        const int64_t j = first + thread;
        const int64_t n = j < draws ? static_cast<int64_t>(random_below(key, begin + j, static_cast<uint32_t>(v))) : p;
        const bool other = !label[n];
        const float hinge = base + x[n];
        bool counts = other && hinge > 0.0f;
        if (warp) {  // only the first draw counts
          const float earliest = -block_max(counts ? -static_cast<float>(thread) : -static_cast<float>(kHingeThreads));
          counts = counts && static_cast<float>(thread) == earliest;
          others += block_sum(other && static_cast<float>(thread) <= earliest ? 1.0f : 0.0f);
        }
        drawn[thread] = counts ? static_cast<int>(n) : -1;
        const float count = block_sum(counts ? 1.0f : 0.0f);
        found.count += count;
        found.sum += block_sum(counts ? hinge : 0.0f);
        const bool done = warp && count > 0.0f;
        if (done) found.weight = harmonic((v - 1) / static_cast<int64_t>(others));
        __syncthreads();
        for (int d = 0; dx && d < kHingeThreads; ++d) {
          if (drawn[d] >= 0 && drawn[d] % kHingeThreads == thread) dx[drawn[d]] += scale * found.weight;
        }
        __syncthreads();
        if (done) break;
      }
    }
    total += found.weight * found.sum;
    if (dx && p % kHingeThreads == thread) dx[p] = -scale * found.weight * found.count;
  }
  if (thread == 0) loss[blockIdx.x] = scale * total;
}

}  // namespace

void focal_bce(Queue& q, const FocalBceShape& shape, const Real* logits, const uint8_t* labels, Real scale, Real* loss,
               Real* dlogits) {
  const int threads = shape.v <= kShortRow ? 32 : 256;
  launch(q, "focal_bce", blocks_for_rows(shape.n, threads), block_for_rows(threads), 0,
         threads == 32 ? focal_bce_kernel<32> : focal_bce_kernel<256>, shape, logits, labels, scale, loss, dlogits,
         aligned16(logits, dlogits));
}

void lsep(Queue& q, const LsepShape& shape, const Real* logits, const uint8_t* labels, Real scale, Real* loss, Real* dlogits) {
  const int threads = shape.v <= kShortRow ? 32 : 256;
  launch(q, "lsep", blocks_for_rows(shape.n, threads), block_for_rows(threads), 0,
         threads == 32 ? lsep_kernel<32> : lsep_kernel<256>, shape, logits, labels, scale, loss, dlogits,
         aligned16(logits, dlogits));
}

void hinge_rank(Queue& q, const HingeRankShape& shape, const Real* logits, const uint8_t* labels, const OpKey& key, Real scale,
                Real* loss, Real* dlogits) {
  TL_CHECK(shape.most_pairs >= 1, "[hinge_rank] most_pairs must be at least 1, got {}", shape.most_pairs);
  launch(q, "hinge_rank", static_cast<unsigned>(shape.n), kHingeThreads, 0, hinge_rank_kernel, shape, logits, labels, key, scale,
         loss, dlogits);
}

}  // namespace tagloom::kernels::cuda
