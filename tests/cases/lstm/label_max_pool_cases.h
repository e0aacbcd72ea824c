#pragma once
// Label-wise max pooling at sizes that hurt; the logits are coarse, so that steps tie.
#include "kernels/lstm/label_max_pool.h"
#include "tests/cases/op_case.h"

namespace tagloom::test {

inline const std::vector<kernels::LabelMaxPoolShape> kLabelMaxPoolShapes{{5, 0, 7},   {1, 1, 1},    {3, 1, 31},  {5, 4, 8},
                                                                         {20, 3, 33}, {5, 1, 1025}, {5, 32, 80}, {5, 256, 1000}};

inline std::vector<OpCase> label_max_pool_cases(const std::vector<kernels::LabelMaxPoolShape>& shapes = kLabelMaxPoolShapes) {
  using kernels::Into;
  std::vector<OpCase> cases;
  for (const kernels::LabelMaxPoolShape& shape : shapes) {
    const auto [t, n, v] = shape;
    const uint64_t seed = 7;
    const double count = static_cast<double>(n) * v;
    cases.push_back({case_name("label_max_pool_forward", {{"t", t}, {"n", n}, {"v", v}, {"seed", seed}}), kExact,
                     (t + 2) * 4 * count, t * count, [=](OpRun& op) -> std::function<void()> {
                       const Real* x = op.input(integer_array<Real>(shape.t * shape.n * shape.v, seed, -3, 3));
                       Real* y = op.output<Real>("y", {shape.n, shape.v});
                       int32_t* arg = op.output<int32_t>("arg", {shape.n, shape.v});
                       return [=, &q = op.queue()] { TL_ON(q, label_max_pool_forward(q, shape, x, y, arg)); };
                     }});
    for (Into into : {Into::kOverwrite, Into::kAdd}) {
      const bool add = into == Into::kAdd;
      cases.push_back({case_name("label_max_pool_backward", {{"t", t}, {"n", n}, {"v", v}, {"add", add}, {"seed", seed}}), kExact,
                       (2 + (add ? 2 : t)) * 4 * count, 0, [=](OpRun& op) -> std::function<void()> {
                         const int64_t pairs = shape.n * shape.v;
                         const Real* dy = op.input(normal_array(pairs, seed));
                         const int32_t* arg = op.input(integer_array(pairs, seed, 0, shape.t - 1));
                         Real* dx = op.in_out("dx", {shape.t, shape.n, shape.v}, normal_array(shape.t * pairs, seed + 1));
                         return [=, &q = op.queue()] { TL_ON(q, label_max_pool_backward(q, shape, dy, arg, dx, into)); };
                       }});
    }
  }
  return cases;
}

}  // namespace tagloom::test
