#pragma once
// Cases of residual attention with every number of heads, and of normalize_rows, at difficult sizes.
#include <algorithm>
#include <array>

#include "kernels/cnn/residual_attention.h"
#include "kernels/math/normalize_rows.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline kernels::ResidualAttentionShape residual_attention_shape(int64_t n, int64_t places, int64_t v, int heads) {
  kernels::ResidualAttentionShape shape{n, places, v, heads};
  for (int h = 0; h < heads; ++h) shape.temperature[h] = static_cast<Real>(h + 1);
  if (heads > 1) shape.temperature[heads - 1] = 99;
  shape.lambda = Real(0.3);
  return shape;
}

inline OpCase residual_attention_case(kernels::ResidualAttentionShape shape, kernels::Into into, uint64_t seed) {
  const double count = static_cast<double>(shape.n) * static_cast<double>(shape.places * shape.v);
  return {case_name("residual_attention", {{"n", shape.n},
                                           {"places", shape.places},
                                           {"v", shape.v},
                                           {"heads", shape.heads},
                                           {"add", into == kernels::Into::kAdd},
                                           {"seed", seed}}),
          {1e-6, 1e-5},
          12 * count,
          20 * count * shape.heads,
          [=](OpRun& op) -> std::function<void()> {
            const int64_t all = shape.n * shape.places * shape.v;
            const Real* s = op.input(normal_array(all, seed, 2));
            const Real* dy = op.input(normal_array(shape.n * shape.v, seed + 1));
            Real* y = op.output<Real>("y", {shape.n, shape.v});
            Real* ds = op.output_into<Real>("ds", {shape.n, shape.places, shape.v}, into, normal_array(all, seed + 2));
            return [=, &q = op.queue()] {
              TL_ON(q, residual_attention_forward(q, shape, s, y));
              TL_ON(q, residual_attention_backward(q, shape, s, dy, ds, into));
            };
          }};
}

inline std::vector<OpCase> residual_attention_cases() {
  using kernels::Into;
  std::vector<OpCase> cases;
  for (const auto& [n, places, v, heads] : std::vector<std::array<int64_t, 4>>{
           {0, 4, 3, 1}, {1, 1, 1, 1}, {2, 49, 33, 2}, {3, 7, 129, 4}, {2, 9, 31, 6}, {2, 16, 65, 8}, {32, 49, 260, 2}}) {
    const auto shape = residual_attention_shape(n, places, v, static_cast<int>(heads));
    cases.push_back(residual_attention_case(shape, Into::kOverwrite, 7));
    cases.push_back(residual_attention_case(shape, Into::kAdd, 8));
  }
  return cases;
}

inline OpCase normalize_rows_case(int64_t rows, int64_t cols, kernels::Into into, uint64_t seed) {
  const double count = static_cast<double>(rows) * static_cast<double>(cols);
  return {case_name("normalize_rows", {{"rows", rows}, {"cols", cols}, {"add", into == kernels::Into::kAdd}, {"seed", seed}}),
          {1e-6, 1e-5},
          20 * count,
          8 * count,
          [=](OpRun& op) -> std::function<void()> {
            std::vector<Real> values = normal_array(rows * cols, seed, 2);
            if (rows > 2) std::fill_n(values.begin() + cols, cols, Real(0));
            const Real* x = op.input(values);
            const Real* dy = op.input(normal_array(rows * cols, seed + 1));
            Real* y = op.output<Real>("y", {rows, cols});
            Real* norm = op.output<Real>("norm", {rows});
            Real* dx = op.output_into<Real>("dx", {rows, cols}, into, normal_array(rows * cols, seed + 2));
            return [=, &q = op.queue()] {
              TL_ON(q, normalize_rows_forward(q, rows, cols, x, y, norm));
              TL_ON(q, normalize_rows_backward(q, rows, cols, y, norm, dy, dx, into));
            };
          }};
}

inline std::vector<OpCase> normalize_rows_cases() {
  std::vector<OpCase> cases;
  for (const auto& [rows, cols] :
       std::vector<std::pair<int64_t, int64_t>>{{0, 3}, {1, 1}, {5, 31}, {3, 33}, {4, 1025}, {20, 512}}) {
    cases.push_back(normalize_rows_case(rows, cols, kernels::Into::kOverwrite, 7));
    cases.push_back(normalize_rows_case(rows, cols, kernels::Into::kAdd, 8));
  }
  return cases;
}

}  // namespace tagloom::test
