#pragma once
// Cases of sums over arrays and columns (sum, sum_of_squares, gradient_factor, bias_backward, relu_bias_backward): empty arrays,
// one chunk, many chunks, and the bias gradients of real layers.
#include "kernels/linear/bias.h"
#include "kernels/math/arithmetic.h"
#include "kernels/optim/grad_norm.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline const std::vector<int64_t> kSumLengths{0, 1, 31, 4096, 4097, 100000, 1500001};
inline constexpr Tolerance kCancelling{2e-3, 1e-5};  // cancelling sums of values of magnitude 1

inline std::vector<OpCase> sum_cases(const std::vector<int64_t>& lengths = kSumLengths) {
  using kernels::Into;
  std::vector<OpCase> cases;
  for (int64_t n : lengths) {
    for (Into into : {Into::kOverwrite, Into::kAdd}) {
      const std::vector<std::pair<std::string, int64_t>> sizes{{"n", n}, {"add", into == Into::kAdd}, {"seed", 7}};
      cases.push_back({case_name("sum", sizes), kCancelling, 4.0 * n, 1.0 * n, [=](OpRun& op) -> std::function<void()> {
                         const Real* x = op.input(normal_array(n, 7));
                         Real* y = op.output_into<Real>("y", {1}, into, {Real(2.5)});
                         return [=, &q = op.queue()] { TL_ON(q, sum(q, n, x, y, into)); };
                       }});
    }
  }
  return cases;
}

inline std::vector<OpCase> grad_norm_cases(const std::vector<int64_t>& lengths = kSumLengths) {
  using kernels::Into;
  std::vector<OpCase> cases;
  for (int64_t n : lengths) {
    for (Into into : {Into::kOverwrite, Into::kAdd}) {
      const std::vector<std::pair<std::string, int64_t>> sizes{{"n", n}, {"add", into == Into::kAdd}, {"seed", 7}};
      cases.push_back(
          {case_name("sum_of_squares", sizes), {1e-6, 1e-5}, 4.0 * n, 2.0 * n, [=](OpRun& op) -> std::function<void()> {
             const Real* x = op.input(normal_array(n, 7));
             Real* y = op.output_into<Real>("y", {1}, into, {Real(2.5)});
             return [=, &q = op.queue()] { TL_ON(q, sum_of_squares(q, n, x, y, into)); };
           }});
    }
  }
  for (const auto& [squares, of_batch] :
       {std::pair{Real(0), Real(1)}, {Real(9), Real(1)}, {Real(16), Real(1)}, {Real(INFINITY), Real(1)}, {Real(9), Real(NAN)}}) {
    for (Real max_norm : {Real(0), Real(3.5)}) {
      cases.push_back({case_name("gradient_factor", {{"squares", std::isinf(squares) ? -1 : int64_t(squares)},
                                                     {"clip", max_norm > 0},
                                                     {"finite", std::isfinite(of_batch)}}),
                       {0, 1e-6},
                       12,
                       3,
                       [=, squares = squares, of_batch = of_batch](OpRun& op) -> std::function<void()> {
                         const Real *given = op.input(std::vector<Real>{squares}), *loss = op.input(std::vector<Real>{of_batch});
                         Real *norm = op.output<Real>("norm", {1}), *factor = op.output<Real>("factor", {1});
                         return [=, &q = op.queue()] { TL_ON(q, gradient_factor(q, given, loss, max_norm, norm, factor)); };
                       }});
    }
  }
  return cases;
}

// Rows and columns.
inline const std::vector<std::pair<int64_t, int64_t>> kBiasShapes{{0, 5},      {5, 0},     {1, 1},     {3, 8},           {31, 33},
                                                                  {160, 1024}, {257, 260}, {1025, 64}, {8 * 56 * 56, 64}};

template <class T>
void add_bias_cases(const std::string& type, const std::vector<std::pair<int64_t, int64_t>>& shapes, std::vector<OpCase>& cases) {
  using kernels::Into;
  for (const auto& [rows, cols] : shapes) {
    for (Into into : {Into::kOverwrite, Into::kAdd}) {
      cases.push_back(
          {case_name("bias_backward" + type, {{"rows", rows}, {"cols", cols}, {"add", into == Into::kAdd}, {"seed", 7}}),
           kCancelling, 1.0 * sizeof(T) * rows * cols, 1.0 * rows * cols,
           [=, rows = rows, cols = cols](OpRun& op) -> std::function<void()> {
             const T* dy = op.input(normal_array<T>(rows * cols, 7));
             Real* dbias = op.output_into<Real>("dbias", {cols}, into, normal_array(cols, 8));
             return [=, &q = op.queue()] { TL_ON(q, bias_backward(q, rows, cols, dy, dbias, into)); };
           }});
      cases.push_back(
          {case_name("relu_bias_backward" + type, {{"rows", rows}, {"cols", cols}, {"add", into == Into::kAdd}, {"seed", 7}}),
           kCancelling, 3.0 * sizeof(T) * rows * cols, 2.0 * rows * cols,
           [=, rows = rows, cols = cols](OpRun& op) -> std::function<void()> {
             const T* y = op.input(normal_array<T>(rows * cols, 9));
             T* dz = op.in_out<T>("dz", {rows, cols}, normal_array<T>(rows * cols, 7));
             Real* dbias = op.output_into<Real>("dbias", {cols}, into, normal_array(cols, 8));
             return [=, &q = op.queue()] { TL_ON(q, relu_bias_backward(q, rows, cols, y, dz, dz, dbias, into)); };
           }});
    }
  }
}

inline std::vector<OpCase> bias_cases(const std::vector<std::pair<int64_t, int64_t>>& shapes = kBiasShapes) {
  std::vector<OpCase> cases;
  add_bias_cases<Real>("", shapes, cases);
  add_bias_cases<Bf16>("_bf16", shapes, cases);
  return cases;
}

}  // namespace tagloom::test
