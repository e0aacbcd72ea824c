#pragma once
// Cases of the diversity loss at difficult widths: steps that are not a multiple of 16 bytes apart, one step, the loss without
// gradient.
#include <array>

#include "kernels/loss/diversity.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

// About half of the weights are above 1 / m, the threshold.
inline OpCase diversity_case(int64_t t, int64_t n, int64_t m, bool with_gradient, uint64_t seed) {
  const double count = static_cast<double>(t) * n * m;
  return {case_name("diversity", {{"t", t}, {"n", n}, {"m", m}, {"gradient", with_gradient}, {"seed", seed}}),
          {1e-6, 1e-5},
          (with_gradient ? 8 : 4) * count,
          (with_gradient ? 6 : 2) * count,
          [=](OpRun& op) -> std::function<void()> {
            const kernels::DiversityShape shape{t, n, m, Real(1) / static_cast<Real>(m)};
            const Real* v = op.input(uniform_array(t * n * m, seed, 0, 2.0 / static_cast<double>(m)));
            const Real* scale = op.input(uniform_array(t * n, seed + 1));
            Real* loss = op.output<Real>("loss", {t, n});
            Real* dv = with_gradient ? op.output<Real>("dv", {t, n, m}) : nullptr;
            return [=, &q = op.queue()] { TL_ON(q, diversity(q, shape, v, scale, loss, dv)); };
          }};
}

inline std::vector<OpCase> diversity_cases() {
  std::vector<OpCase> cases;
  for (const auto& [t, n, m] : std::vector<std::array<int64_t, 3>>{{3, 0, 5},
                                                                   {1, 1, 1},
                                                                   {1, 4, 8},
                                                                   {2, 1, 3},
                                                                   {5, 3, 31},
                                                                   {4, 2, 32},
                                                                   {3, 5, 33},
                                                                   {3, 3, 513},
                                                                   {2, 4, 1025},
                                                                   {6, 32, 512},
                                                                   {3, 7, 2048}}) {
    cases.push_back(diversity_case(t, n, m, true, 7));
    cases.push_back(diversity_case(t, n, m, false, 8));
  }
  return cases;
}

}  // namespace tagloom::test
