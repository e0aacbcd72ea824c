#pragma once
// Dropout at lengths that hurt, at several shares; what is dropped must be the same on both devices.
#include "kernels/activation/dropout.h"
#include "tests/cases/op_case.h"

namespace tagloom::test {

inline const std::vector<int64_t> kDropoutLengths{0, 1, 3, 31, 32, 33, 1025, 32 * 4096};

inline std::vector<OpCase> dropout_cases(const std::vector<int64_t>& lengths = kDropoutLengths) {
  using kernels::Into;
  std::vector<OpCase> cases;
  for (int64_t n : lengths) {
    for (int percent : {0, 10, 50}) {
      const Real p = static_cast<Real>(percent) / Real(100);
      const RandomKey key{7, random_stream(1, 2, static_cast<uint64_t>(percent))};
      cases.push_back({case_name("dropout_forward", {{"n", n}, {"percent", percent}, {"seed", 7}}), kExact, 8.0 * n, 1.0 * n,
                       [=](OpRun& op) -> std::function<void()> {
                         Real* y = op.in_out("y", {n}, normal_array(n, 7));
                         return [=, &q = op.queue()] { TL_ON(q, dropout_forward(q, n, p, key, y, y)); };
                       }});
      cases.push_back({case_name("dropout_backward", {{"n", n}, {"percent", percent}, {"seed", 7}}),
                       {1e-6, 1e-6},
                       12.0 * n,
                       2.0 * n,
                       [=](OpRun& op) -> std::function<void()> {
                         const Real* dy = op.input(normal_array(n, 7));
                         Real* dx = op.in_out("dx", {n}, normal_array(n, 8));
                         return [=, &q = op.queue()] { TL_ON(q, dropout_backward(q, n, p, key, dy, dx, Into::kAdd)); };
                       }});
    }
  }
  return cases;
}

}  // namespace tagloom::test
