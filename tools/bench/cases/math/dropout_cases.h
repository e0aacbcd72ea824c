#pragma once
// Cases of dropout at difficult lengths, with several probabilities, in both storage types; both devices must drop the same
// values.
#include "kernels/math/dropout.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline const std::vector<int64_t> kDropoutLengths{0, 1, 3, 31, 32, 33, 1025, 32 * 4096};

template <class T>
void add_dropout_cases(const std::string& type, Tolerance added, const std::vector<int64_t>& lengths,
                       std::vector<OpCase>& cases) {
  using kernels::Into;
  for (int64_t n : lengths) {
    for (int percent : {0, 10, 50}) {
      const Real p = static_cast<Real>(percent) / Real(100);
      const RandomKey key{7, random_stream(1, 2, static_cast<uint64_t>(percent))};
      cases.push_back({case_name("dropout_forward" + type, {{"n", n}, {"percent", percent}, {"seed", 7}}), kExact,
                       2.0 * sizeof(T) * n, 1.0 * n, [=](OpRun& op) -> std::function<void()> {
                         T* y = op.in_out<T>("y", {n}, normal_array<T>(n, 7));
                         return [=, &q = op.queue()] { TL_ON(q, dropout_forward(q, n, p, key, y, y)); };
                       }});
      cases.push_back({case_name("dropout_backward" + type, {{"n", n}, {"percent", percent}, {"seed", 7}}), added,
                       3.0 * sizeof(T) * n, 2.0 * n, [=](OpRun& op) -> std::function<void()> {
                         const T* dy = op.input(normal_array<T>(n, 7));
                         T* dx = op.in_out<T>("dx", {n}, normal_array<T>(n, 8));
                         return [=, &q = op.queue()] { TL_ON(q, dropout_backward(q, n, p, key, dy, dx, Into::kAdd)); };
                       }});
    }
  }
}

inline std::vector<OpCase> dropout_cases(const std::vector<int64_t>& lengths = kDropoutLengths) {
  std::vector<OpCase> cases;
  add_dropout_cases<Real>("", {1e-6, 1e-6}, lengths, cases);  // a product and a sum may be fused
  add_dropout_cases<Bf16>("_bf16", {1e-6, 8e-3}, lengths, cases);
  return cases;
}

}  // namespace tagloom::test
