#pragma once
// Cases of label-wise max pooling at difficult sizes, in both storage types; the logits are coarse, so that steps tie.
#include "kernels/lstm/label_max_pool.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline const std::vector<kernels::LabelMaxPoolShape> kLabelMaxPoolShapes{{5, 0, 7},   {1, 1, 1},    {3, 1, 31},  {5, 4, 8},
                                                                         {20, 3, 33}, {5, 1, 1025}, {5, 32, 80}, {5, 256, 1000}};

template <class T>
void add_label_max_pool_cases(const std::vector<kernels::LabelMaxPoolShape>& shapes, std::vector<OpCase>& cases) {
  using kernels::Into;
  const std::string type = kTypeSuffix<T>;
  for (const kernels::LabelMaxPoolShape& shape : shapes) {
    const auto [t, n, v] = shape;
    const uint64_t seed = 7;
    const double count = static_cast<double>(n) * v;
    cases.push_back({case_name("label_max_pool_forward" + type, {{"t", t}, {"n", n}, {"v", v}, {"seed", seed}}), kExact,
                     (sizeof(T) * t + 8) * count, t * count, [=](OpRun& op) -> std::function<void()> {
                       const T* x = op.input(integer_array<T>(shape.t * shape.n * shape.v, seed, -3, 3));
                       Real* y = op.output<Real>("y", {shape.n, shape.v});
                       int32_t* arg = op.output<int32_t>("arg", {shape.n, shape.v});
                       return [=, &q = op.queue()] { TL_ON(q, label_max_pool_forward(q, shape, x, y, arg)); };
                     }});
    for (Into into : {Into::kOverwrite, Into::kAdd}) {
      const bool add = into == Into::kAdd;
      cases.push_back({case_name("label_max_pool_backward" + type, {{"t", t}, {"n", n}, {"v", v}, {"add", add}, {"seed", seed}}),
                       kExact, (8 + sizeof(T) * (add ? 2 : t)) * count, 0, [=](OpRun& op) -> std::function<void()> {
                         const int64_t pairs = shape.n * shape.v;
                         const Real* dy = op.input(normal_array(pairs, seed));
                         const int32_t* arg = op.input(integer_array(pairs, seed, 0, shape.t - 1));
                         T* dx = op.in_out("dx", {shape.t, shape.n, shape.v}, normal_array<T>(shape.t * pairs, seed + 1));
                         return [=, &q = op.queue()] { TL_ON(q, label_max_pool_backward(q, shape, dy, arg, dx, into)); };
                       }});
    }
  }
}

inline std::vector<OpCase> label_max_pool_cases(const std::vector<kernels::LabelMaxPoolShape>& shapes = kLabelMaxPoolShapes) {
  std::vector<OpCase> cases;
  add_label_max_pool_cases<Real>(shapes, cases);
  add_label_max_pool_cases<Bf16>(shapes, cases);
  return cases;
}

}  // namespace tagloom::test
