#pragma once
// Cases of additive attention at difficult sizes: one position, more positions than a warp has lanes, unaligned widths.
#include "kernels/lstm/attention.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline const std::vector<kernels::AttentionShape> kAttentionShapes{{0, 3, 4, 5},     {1, 1, 1, 1},      {2, 31, 33, 7},
                                                                   {3, 49, 32, 31},  {5, 7, 1025, 3},   {1, 1025, 5, 9},
                                                                   {4, 5, 31, 1025}, {32, 49, 256, 512}};

struct AttentionInputs {
  const Real *k, *q, *w, *v;
};

inline AttentionInputs attention_inputs(OpRun& op, const kernels::AttentionShape& shape, uint64_t seed) {
  const auto [n, p, a, c] = shape;
  return {op.input(normal_array(n * p * a, seed)), op.input(normal_array(n * a, seed + 1)),
          op.input(normal_array(a, seed + 2, 0.3)), op.input(normal_array(n * p * c, seed + 3))};
}

inline std::vector<OpCase> attention_cases(const std::vector<kernels::AttentionShape>& shapes = kAttentionShapes) {
  using kernels::Into;
  std::vector<OpCase> cases;
  for (const kernels::AttentionShape& shape : shapes) {
    const auto [n, p, a, c] = shape;
    const uint64_t seed = 7;
    const double keys = static_cast<double>(n) * p * a, values = static_cast<double>(n) * p * c;
    cases.push_back({case_name("attention_forward", {{"n", n}, {"p", p}, {"a", a}, {"c", c}, {"seed", seed}}),
                     {1e-5, 1e-5},
                     4 * (keys + values),
                     4 * keys + 2 * values,
                     [=](OpRun& op) -> std::function<void()> {
                       const auto [n, p, a, c] = shape;
                       const auto [k, q, w, v] = attention_inputs(op, shape, seed);
                       Real* alpha = op.output<Real>("alpha", {n, p});
                       Real* z = op.output<Real>("z", {n, c});
                       return [=, &queue = op.queue()] { TL_ON(queue, attention_forward(queue, shape, k, q, w, v, alpha, z)); };
                     }});
    for (Into into : {Into::kOverwrite, Into::kAdd}) {
      for (const bool wants_values : {true, false}) {
        const bool add = into == Into::kAdd;
        if (add && !wants_values) continue;
        cases.push_back(
            {case_name("attention_backward",
                       {{"n", n}, {"p", p}, {"a", a}, {"c", c}, {"add", add}, {"dv", wants_values}, {"seed", seed}}),
             {1e-5, 1e-5},
             4 * (add ? 3 : 2) * (keys + (wants_values ? values : 0)),
             6 * keys + 4 * values,
             [=](OpRun& op) -> std::function<void()> {
               const auto [n, p, a, c] = shape;
               const auto [k, q, w, v] = attention_inputs(op, shape, seed);
               std::vector<Real> weights = uniform_array(n * p, seed + 4);  // rows that sum to 1
               for (int64_t i = 0; i < n; ++i) {
                 double sum = 0;
                 for (int64_t j = 0; j < p; ++j) sum += weights[i * p + j];
                 for (int64_t j = 0; j < p; ++j) weights[i * p + j] = static_cast<Real>(weights[i * p + j] / sum);
               }
               const Real* alpha = op.input(weights);
               const Real* dz = op.input(normal_array(n * c, seed + 5, 0.3));
               Real* ds = op.output<Real>("ds", {n, p});
               Real* dk = op.output_into<Real>("dk", {n, p, a}, into, normal_array(n * p * a, seed + 6));
               Real* dq = op.output<Real>("dq", {n, a});
               Real* dw = op.output<Real>("dw", {n, a});
               Real* dv = wants_values ? op.output_into<Real>("dv", {n, p, c}, into, normal_array(n * p * c, seed + 7)) : nullptr;
               return [=, &queue = op.queue()] {
                 TL_ON(queue, attention_backward(queue, shape, k, q, w, v, alpha, dz, ds, dk, into, dq, dw, dv, into));
               };
             }});
      }
    }
  }
  return cases;
}

}  // namespace tagloom::test
