#pragma once
// Batch normalisation: one row, fewer rows than a block has, channel counts that do and do not allow 16-byte accesses, a
// column far from zero, real layers.
#include "kernels/cnn/batch_norm.h"
#include "tests/cases/op_case.h"

namespace tagloom::test {

// Rows and channels.
inline const std::vector<std::pair<int64_t, int64_t>> kBatchNormShapes{{0, 5},    {1, 3},     {2, 1},         {31, 33},
                                                                       {32, 260}, {1025, 64}, {49 * 2, 2048}, {4 * 28 * 28, 128}};

// Channel c has mean 3 c mod 50: the variance must not drown in the mean.
template <class T>
std::vector<T> batch_norm_input(int64_t rows, int64_t c, uint64_t seed) {
  std::vector<Real> x = normal_array(rows * c, seed);
  for (int64_t i = 0; i < rows * c; ++i) x[i] += static_cast<Real>(3 * (i % c) % 50);
  return std::vector<T>(x.begin(), x.end());
}

template <class T>
void add_batch_norm_cases(const std::string& type, Tolerance tolerance, const std::vector<std::pair<int64_t, int64_t>>& shapes,
                          std::vector<OpCase>& cases) {
  using kernels::Into;
  const Real epsilon = Real(1e-5), momentum = Real(0.1);
  for (const auto& [rows, channels] : shapes) {
    const kernels::BatchNormShape s{rows, channels};
    const int64_t n = rows * channels, c = channels;
    const double pass = 1.0 * sizeof(T) * n;
    const std::vector<std::pair<std::string, int64_t>> sizes{{"rows", rows}, {"c", c}, {"seed", 7}};
    if (rows > 0) {
      cases.push_back(
          {case_name("batch_norm_train_forward" + type, sizes), tolerance, 3 * pass, 0, [=](OpRun& op) -> std::function<void()> {
             const T* x = op.input(batch_norm_input<T>(s.rows, c, 7));
             const Real *weight = op.input(uniform_array(c, 8, 0.5, 1.5)), *bias = op.input(normal_array(c, 9));
             Real* running_mean = op.in_out<Real>("running_mean", {c}, normal_array(c, 10));
             Real* running_var = op.in_out<Real>("running_var", {c}, uniform_array(c, 11, 0.5, 2));
             Real *mean = op.output<Real>("mean", {c}), *rstd = op.output<Real>("rstd", {c});
             T* y = op.output<T>("y", {s.rows, c});
             return [=, &q = op.queue()] {
               TL_ON(q, batch_norm_train_forward(q, s, epsilon, momentum, x, weight, bias, running_mean, running_var, mean, rstd,
                                                 y));
             };
           }});
    }
    cases.push_back(
        {case_name("batch_norm_eval_forward" + type, sizes), tolerance, 2 * pass, 0, [=](OpRun& op) -> std::function<void()> {
           const T* x = op.input(normal_array<T>(n, 7));
           const Real *weight = op.input(uniform_array(c, 8, 0.5, 1.5)), *bias = op.input(normal_array(c, 9));
           const Real *mean = op.input(normal_array(c, 10)), *var = op.input(uniform_array(c, 11, 0.5, 2));
           T* y = op.output<T>("y", {s.rows, c});
           return [=, &q = op.queue()] { TL_ON(q, batch_norm_eval_forward(q, s, epsilon, x, weight, bias, mean, var, y)); };
         }});
    for (bool training : {true, false}) {
      for (Into into : {Into::kOverwrite, Into::kAdd}) {
        auto backward_sizes = sizes;
        backward_sizes.push_back({"add", into == Into::kAdd});
        const std::string name = training ? "batch_norm_train_backward" : "batch_norm_eval_backward";
        cases.push_back(
            {case_name(name + type, backward_sizes), tolerance, 5 * pass, 0, [=](OpRun& op) -> std::function<void()> {
               const T *x = op.input(normal_array<T>(n, 7)), *dy = op.input(normal_array<T>(n, 12));
               const Real *weight = op.input(uniform_array(c, 8, 0.5, 1.5)), *mean = op.input(normal_array(c, 10, 0.1));
               const Real* spread = op.input(uniform_array(c, 11, 0.5, 2));  // rstd, or the variance
               T* dx = op.output_into<T>("dx", {s.rows, c}, into, normal_array<T>(n, 13));
               Real* dweight = op.output_into<Real>("dweight", {c}, into, normal_array(c, 14));
               Real* dbias = op.output_into<Real>("dbias", {c}, into, normal_array(c, 15));
               return [=, &q = op.queue()] {
                 if (training) {
                   TL_ON(q, batch_norm_train_backward(q, s, x, dy, weight, mean, spread, dx, dweight, dbias, into, into));
                 } else {
                   TL_ON(q, batch_norm_eval_backward(q, s, epsilon, x, dy, weight, mean, spread, dx, dweight, dbias, into, into));
                 }
               };
             }});
      }
    }
  }
}

inline std::vector<OpCase> batch_norm_cases(const std::vector<std::pair<int64_t, int64_t>>& shapes = kBatchNormShapes) {
  std::vector<OpCase> cases;
  add_batch_norm_cases<Real>("", {1e-3, 2e-5}, shapes, cases);  // sums of 3136 values that cancel
  add_batch_norm_cases<Bf16>("_bf16", {2e-3, 1e-2}, shapes, cases);
  return cases;
}

}  // namespace tagloom::test
