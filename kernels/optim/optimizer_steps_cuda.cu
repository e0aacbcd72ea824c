// The optimizer steps share one kernel: it updates each value and writes the bfloat16 copy of the weights in the same pass.
#include "kernels/cuda/elementwise.cuh"
#include "kernels/optim/optimizer_steps.h"

namespace tagloom::kernels::cuda {
namespace {

// One thread per kCount values, grid-stride; the first threads of block 0 take the tail. `first` and `second` are the
// optimizer's state; a null array reads as 0 and is not written.
template <class Update, int kCount, class Step>
__global__ void flat_step_kernel(int64_t n, const Step* given, const float* factor, const float* g, float* w, float* first,
                                 float* second, Bf16* copy) {
  const float f = factor != nullptr ? *factor : 1.0f;
  if (f < 0) return;
  const Step step = *given;
  const int64_t thread = blockIdx.x * int64_t(blockDim.x) + threadIdx.x, threads = int64_t(gridDim.x) * blockDim.x;
  const int64_t packs = n / kCount;
  for (int64_t i = thread; i < packs; i += threads) {
    Values<float, kCount> slope = load<kCount>(g + i * kCount), weight = load<kCount>(w + i * kCount), one = {}, two = {};
    if (first != nullptr) one = load<kCount>(first + i * kCount);
    if (second != nullptr) two = load<kCount>(second + i * kCount);
#pragma unroll
    for (int j = 0; j < kCount; ++j) Update::apply(step, f, slope.v[j], weight.v[j], one.v[j], two.v[j]);
    store_floats<kCount>(w + i * kCount, weight);
    if (first != nullptr) store_floats<kCount>(first + i * kCount, one);
    if (second != nullptr) store_floats<kCount>(second + i * kCount, two);
    if (copy != nullptr) store_floats<kCount>(copy + i * kCount, weight);
  }
  const int64_t tail = packs * kCount + threadIdx.x;
  if (blockIdx.x == 0 && tail < n) {
    float one = first != nullptr ? first[tail] : 0.0f, two = second != nullptr ? second[tail] : 0.0f;
    Update::apply(step, f, g[tail], w[tail], one, two);
    if (first != nullptr) first[tail] = one;
    if (second != nullptr) second[tail] = two;
    if (copy != nullptr) copy[tail] = from_float<Bf16>(w[tail]);
  }
}

// Update declares `__device__ static void apply(const Step&, float factor, float g, float& w, float& first, float& second)`.
template <class Update, class Step>
void flat_step(Queue& q, const char* name, int64_t n, const Step* step, const float* factor, const float* g, float* w,
               float* first, float* second, Bf16* copy) {
  if (n == 0) return;
  const bool aligned =
      is_aligned(g, 4) && is_aligned(w, 4) && is_aligned(first, 4) && is_aligned(second, 4) && is_aligned(copy, 4);
  launch(q, name, blocks_for(aligned ? n / 4 + 1 : n, 256), 256, 0,
         aligned ? flat_step_kernel<Update, 4, Step> : flat_step_kernel<Update, 1, Step>, n, step, factor, g, w, first, second,
         copy);
}

struct SgdUpdate {
  __device__ static void apply(const SgdStep& step, float factor, float g, float& w, float& b, float&) {
    step.update(factor, g, w, b);
  }
};
struct AdamUpdate {
  __device__ static void apply(const AdamStep& step, float factor, float g, float& w, float& m, float& v) {
    step.update(factor, g, w, m, v);
  }
};
struct RmsPropUpdate {
  __device__ static void apply(const RmsPropStep& step, float factor, float g, float& w, float& s, float& b) {
    step.update(factor, g, w, s, b);
  }
};

}  // namespace

void sgd_step(Queue& q, int64_t n, const SgdStep* step, const Real* factor, const Real* g, Real* w, Real* b, Bf16* copy) {
  flat_step<SgdUpdate>(q, "sgd_step", n, step, factor, g, w, b, nullptr, copy);
}

void adam_step(Queue& q, int64_t n, const AdamStep* step, const Real* factor, const Real* g, Real* w, Real* m, Real* v,
               Bf16* copy) {
  flat_step<AdamUpdate>(q, "adam_step", n, step, factor, g, w, m, v, copy);
}

void rmsprop_step(Queue& q, int64_t n, const RmsPropStep* step, const Real* factor, const Real* g, Real* w, Real* s, Real* b,
                  Bf16* copy) {
  flat_step<RmsPropUpdate>(q, "rmsprop_step", n, step, factor, g, w, s, b, copy);
}

}  // namespace tagloom::kernels::cuda
