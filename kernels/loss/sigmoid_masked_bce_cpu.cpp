#include "kernels/loss/sigmoid_masked_bce.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cpu/exponential.h"
#include "kernels/cpu/write_rounded.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

// The target of step t for picture n.
void step_target(const SigmoidMaskedBceShape& shape, int64_t t, int64_t n, const uint8_t* labels, const int32_t* emitted,
                 std::vector<uint8_t>& target) {
  target.assign(labels + n * shape.v, labels + (n + 1) * shape.v);
  if (shape.mask == BceMask::kNone) return;
  for (int64_t s = shape.mask == BceMask::kPrevious ? std::max<int64_t>(t - 1, 0) : 0; s < t; ++s) {
    const int32_t tag = emitted[s * shape.n + n];
    if (tag >= 0) target[tag] = 0;
  }
}

template <class T>
void masked_loss(const SigmoidMaskedBceShape& shape, const T* logits, const uint8_t* labels, const int32_t* emitted, Real scale,
                 Real* loss, T* dlogits) {
  TL_CHECK(shape.mask == BceMask::kNone || emitted != nullptr,
           "[sigmoid_masked_bce] a mask needs emitted, the tags of each step");
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < shape.t * shape.n; ++row) {
    const int64_t t = row / shape.n, n = row % shape.n;
    const T* x = logits + row * shape.v;
    T* dx = dlogits ? dlogits + row * shape.v : nullptr;
    const int64_t label_count = std::count_if(labels + n * shape.v, labels + (n + 1) * shape.v, [](uint8_t y) { return y; });
    if (shape.gate == StepGate::kLabelCount && t >= label_count) {
      loss[row] = 0;
      if (dx) std::fill(dx, dx + shape.v, T(0));
      continue;
    }
    std::vector<uint8_t> target;
    step_target(shape, t, n, labels, emitted, target);
    const uint8_t* const wanted = target.data();
    Real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t v = 0; v < shape.v; ++v) {
      const Real y = wanted[v] ? Real(1) : Real(0), value = x[v];
      const Real e = vector_exp(-std::abs(value));
      sum += (value > 0 ? value : value * 0) - value * y + vector_log1p_of_unit(e);
      const Real sigmoid = (value >= 0 ? Real(1) : e) / (Real(1) + e);
      if (dx) write_rounded(scale * (sigmoid - y), dx[v]);
    }
    loss[row] = scale * sum;
  }
}

}  // namespace

void sigmoid_masked_bce(Queue&, const SigmoidMaskedBceShape& shape, const Real* logits, const uint8_t* labels,
                        const int32_t* emitted, Real scale, Real* loss, Real* dlogits) {
  masked_loss(shape, logits, labels, emitted, scale, loss, dlogits);
}
void sigmoid_masked_bce(Queue&, const SigmoidMaskedBceShape& shape, const Bf16* logits, const uint8_t* labels,
                        const int32_t* emitted, Real scale, Real* loss, Bf16* dlogits) {
  masked_loss(shape, logits, labels, emitted, scale, loss, dlogits);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
