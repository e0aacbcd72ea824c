#pragma once
// Cases of ReLU at difficult lengths, in both storage types.
#include "kernels/math/activations.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline const std::vector<int64_t> kReluLengths{0, 1, 31, 32, 33, 1025, 56 * 56 * 64};

template <class T>
void add_relu_cases(const std::string& type, const std::vector<int64_t>& lengths, std::vector<OpCase>& cases) {
  using kernels::Into;
  for (int64_t n : lengths) {
    const uint64_t seed = 7;
    cases.push_back({case_name("relu_forward" + type, {{"n", n}, {"seed", seed}}), kExact, 2.0 * sizeof(T) * n, 1.0 * n,
                     [=](OpRun& op) -> std::function<void()> {
                       const T* x = op.input(normal_array<T>(n, seed));
                       T* y = op.output<T>("y", {n});
                       return [=, &q = op.queue()] { TL_ON(q, relu_forward(q, n, x, y)); };
                     }});
    for (Into into : {Into::kOverwrite, Into::kAdd}) {
      const bool add = into == Into::kAdd;
      cases.push_back({case_name("relu_backward" + type, {{"n", n}, {"add", add}, {"seed", seed}}), kExact,
                       (3.0 + add) * sizeof(T) * n, (1.0 + add) * n, [=](OpRun& op) -> std::function<void()> {
                         const T* y = op.input(normal_array<T>(n, seed));
                         const T* dy = op.input(normal_array<T>(n, seed + 1));
                         T* dx = op.in_out<T>("dx", {n}, normal_array<T>(n, seed + 2));
                         return [=, &q = op.queue()] { TL_ON(q, relu_backward(q, n, y, dy, dx, into)); };
                       }});
    }
  }
}

inline std::vector<OpCase> relu_cases(const std::vector<int64_t>& lengths = kReluLengths) {
  std::vector<OpCase> cases;
  add_relu_cases<Real>("", lengths, cases);
  add_relu_cases<Bf16>("_bf16", lengths, cases);
  return cases;
}

}  // namespace tagloom::test
