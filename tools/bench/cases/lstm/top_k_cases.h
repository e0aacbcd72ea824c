#pragma once
// Cases of top-k at difficult row lengths: ties, excluded columns, k larger than the row, NaN and infinities.
#include <limits>

#include "kernels/lstm/top_k.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline OpCase top_k_case(kernels::TopKShape shape, bool coarse, double excluded_share, uint64_t seed) {
  const auto [rows, cols, k] = shape;
  const bool exclude = excluded_share > 0;
  const double count = static_cast<double>(rows) * cols;
  return {
      case_name("top_k", {{"rows", rows}, {"cols", cols}, {"k", k}, {"coarse", coarse}, {"exclude", exclude}, {"seed", seed}}),
      kExact, (exclude ? 5 : 4) * count, count, [=](OpRun& op) -> std::function<void()> {
        const int64_t size = shape.rows * shape.cols;
        std::vector<Real> values = coarse ? integer_array<Real>(size, seed, -2, 2) : normal_array(size, seed);
        const Real infinity = std::numeric_limits<Real>::infinity();
        if (coarse && size > 8) {
          values[1] = std::numeric_limits<Real>::quiet_NaN();
          values[2] = infinity;
          values[3] = -infinity;
          values[4] = Real(-0.0);
        }
        const Real* x = op.input(values);
        const uint8_t* excluded = exclude ? op.input(flag_array(size, seed, excluded_share)) : nullptr;
        int32_t* index = op.output<int32_t>("index", {shape.rows, shape.k});
        Real* value = coarse ? op.output<Real>("value", {shape.rows, shape.k}) : nullptr;
        return [=, &q = op.queue()] { TL_ON(q, top_k(q, shape, x, excluded, index, value)); };
      }};
}

inline std::vector<OpCase> top_k_cases() {
  std::vector<OpCase> cases;
  for (const kernels::TopKShape& shape : std::vector<kernels::TopKShape>{
           {0, 5, 2}, {1, 1, 1}, {3, 1, 3}, {9, 31, 5}, {9, 32, 32}, {9, 33, 40}, {5, 513, 10}, {3, 1025, 20}, {160, 217, 10}}) {
    cases.push_back(top_k_case(shape, true, 0, 7));
    cases.push_back(top_k_case(shape, false, 0.3, 8));
    cases.push_back(top_k_case(shape, true, 0.95, 9));
  }
  cases.push_back(top_k_case({2048, 1000, 1}, false, 0, 10));
  return cases;
}

}  // namespace tagloom::test
