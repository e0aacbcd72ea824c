#include "kernels/loss/lsep.h"

#include <algorithm>
#include <cmath>

namespace tagloom::kernels::cpu {

void lsep(Queue&, const LsepShape& shape, const Real* logits, const uint8_t* labels, Real scale, Real* loss, Real* dlogits) {
#pragma omp parallel for schedule(static)
  for (int64_t n = 0; n < shape.n; ++n) {
    const Real* x = logits + n * shape.v;
    const uint8_t* label = labels + n * shape.v;
    Real* dx = dlogits ? dlogits + n * shape.v : nullptr;
    // Of the true tags (1), with the sign turned, and of the others (0): the largest, and the sum of exponentials from there.
    Real max[2] = {-INFINITY, -INFINITY}, sum[2] = {0, 0};
    const auto side = [&](int64_t v) { return label[v] ? 1 : 0; };
    const auto signed_score = [&](int64_t v) { return label[v] ? -x[v] : x[v]; };
    for (int64_t v = 0; v < shape.v; ++v) max[side(v)] = std::max(max[side(v)], signed_score(v));
    for (int64_t v = 0; v < shape.v; ++v) sum[side(v)] += std::exp(signed_score(v) - max[side(v)]);
    if (sum[0] == 0 || sum[1] == 0) {
      loss[n] = 0;
      if (dx) std::fill(dx, dx + shape.v, Real(0));
      continue;
    }
    const Real s = max[0] + max[1] + std::log(sum[0]) + std::log(sum[1]);
    const Real e = std::exp(-std::abs(s));
    loss[n] = scale * (std::max(s, Real(0)) + std::log1p(e));
    if (!dx) continue;
    const Real share = scale * (s >= 0 ? Real(1) : e) / (Real(1) + e);
    for (int64_t v = 0; v < shape.v; ++v) {
      const Real part = share * std::exp(signed_score(v) - max[side(v)]) / sum[side(v)];
      dx[v] = label[v] ? -part : part;
    }
  }
}

}  // namespace tagloom::kernels::cpu
