#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/loss/hinge_rank.h"

namespace tagloom::kernels::cuda {
namespace {

constexpr int kThreads = 256;

// L(r), by the whole block.
__device__ float harmonic(int64_t rank) {
  float sum = 0.0f;
  for (int64_t i = threadIdx.x + 1; i <= rank; i += kThreads) sum += 1.0f / static_cast<float>(i);
  return block_sum(sum);
}

// Of a true tag: how many tags were found above it less 1, by how much together, and what that counts.
struct Found {
  float count, sum, weight;
};

// One block per picture, one true tag after the other. Thread t alone writes the gradients of the tags t, t + 256 ...,
// so each is a sum in the order of the true tags, whatever else runs.
__global__ void loss_kernel(HingeRankShape shape, const float* logits, const uint8_t* labels, OpKey op_key, float scale,
                            float* loss, float* dlogits) {
  __shared__ int drawn[kThreads];  // the tags with a positive hinge among 256 draws, -1 for the others
  const RandomKey key = op_key.of_step();
  const int thread = threadIdx.x;
  const int64_t v = shape.v;
  const float* x = logits + blockIdx.x * v;
  const uint8_t* label = labels + blockIdx.x * v;
  float* dx = dlogits ? dlogits + blockIdx.x * v : nullptr;
  float true_tags = 0.0f;
  for (int64_t n = thread; n < v; n += kThreads) {
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
      for (int64_t n = thread; n < v; n += kThreads) {
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
      for (int64_t n = thread; dx && n < v; n += kThreads) {
        if (!label[n] && base + x[n] > 0.0f) dx[n] += scale * found.weight;
      }
    } else {
      float others = 0.0f;  // draws that were no true tag, up to the one that counts
      const uint64_t begin = static_cast<uint64_t>((blockIdx.x * v + p) * most);
      for (int64_t first = 0; first < draws; first += kThreads) {
        const int64_t j = first + thread;
        const int64_t n = j < draws ? static_cast<int64_t>(random_below(key, begin + j, static_cast<uint32_t>(v))) : p;
        const bool other = !label[n];
        const float hinge = base + x[n];
        bool counts = other && hinge > 0.0f;
        if (warp) {  // only the earliest
          const float earliest = -block_max(counts ? -static_cast<float>(thread) : -static_cast<float>(kThreads));
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
        for (int d = 0; dx && d < kThreads; ++d) {
          if (drawn[d] >= 0 && drawn[d] % kThreads == thread) dx[drawn[d]] += scale * found.weight;
        }
        __syncthreads();
        if (done) break;
      }
    }
    total += found.weight * found.sum;
    if (dx && p % kThreads == thread) dx[p] = -scale * found.weight * found.count;
  }
  if (thread == 0) loss[blockIdx.x] = scale * total;
}

}  // namespace

void hinge_rank(Queue& q, const HingeRankShape& shape, const Real* logits, const uint8_t* labels, const OpKey& key, Real scale,
                Real* loss, Real* dlogits) {
  TL_CHECK(shape.most_pairs >= 1, "[hinge_rank] most_pairs is {}: at least one pair has to be drawn", shape.most_pairs);
  launch(q, "hinge_rank", static_cast<unsigned>(shape.n), kThreads, 0, loss_kernel, shape, logits, labels, key, scale, loss,
         dlogits);
}

}  // namespace tagloom::kernels::cuda
