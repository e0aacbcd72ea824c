#pragma once
// Cases of softmax and its cross-entropy at difficult row lengths, with masked rows, forbidden tags and in place; the fused loss
// in both storage types.
#include <limits>

#include "kernels/loss/softmax_xent.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline constexpr Tolerance kSoftmaxXentTolerance{1e-6, 1e-5};

// apart: the difference of the offsets of logits and dlogits from a 16-byte boundary, in values.
template <class T = Real>
OpCase softmax_xent_case(int64_t rows, int64_t cols, bool in_place, uint64_t seed, Real smoothing = 0, int64_t apart = 0) {
  const double count = static_cast<double>(rows) * cols;
  OpCase row{case_name(std::string("softmax_xent") + (apart > 0 ? "_apart" : "") + kTypeSuffix<T>,
                       {{"rows", rows}, {"cols", cols}, {"in_place", in_place}, {"smoothed", smoothing > 0}, {"seed", seed}}),
             stored_tolerance<T>(kSoftmaxXentTolerance), 2 * sizeof(T) * count, 6 * count};
  row.unrounded = kSoftmaxXentTolerance;
  row.prepare = [=](OpRun& op) -> std::function<void()> {
    const kernels::SoftmaxXentShape shape{rows, cols, smoothing};
    const std::vector<T> x = normal_array<T>(rows * cols + apart, seed, 3);
    const int32_t* target = op.input(integer_array(rows, seed, -1, cols - 1));
    const Real* scale = op.input(uniform_array(rows, seed + 1));
    Real* loss = op.output<Real>("loss", {rows});
    T* dlogits = in_place ? op.in_out("dlogits", {rows, cols}, x) : op.output<T>("dlogits", {rows, cols});
    const T* logits = in_place ? dlogits : op.input(x) + apart;
    return [=, &q = op.queue()] { TL_ON(q, softmax_xent(q, shape, logits, target, scale, loss, dlogits)); };
  };
  return row;
}

// The loss without gradient, for logits far from 0: the sum must not overflow.
inline OpCase softmax_xent_loss_case(int64_t rows, int64_t cols, double offset, uint64_t seed) {
  const double count = static_cast<double>(rows) * cols;
  return {case_name("softmax_xent_loss", {{"rows", rows}, {"cols", cols}, {"offset", int64_t(offset)}, {"seed", seed}}),
          {1e-4, 1e-5},
          4 * count,
          3 * count,
          [=](OpRun& op) -> std::function<void()> {
            const kernels::SoftmaxXentShape shape{rows, cols};
            std::vector<Real> x = normal_array(rows * cols, seed, 30);
            for (Real& value : x) value += static_cast<Real>(offset);
            const Real* logits = op.input(x);
            const int32_t* target = op.input(integer_array(rows, seed, 0, cols - 1));
            const Real* scale = op.input(std::vector<Real>(rows, 1));
            Real* loss = op.output<Real>("loss", {rows});
            return [=, &q = op.queue()] { TL_ON(q, softmax_xent(q, shape, logits, target, scale, loss, nullptr)); };
          }};
}

// Every third tag is forbidden, but not column 0.
inline OpCase softmax_forward_case(int64_t rows, int64_t cols, bool in_place, uint64_t seed) {
  const double count = static_cast<double>(rows) * cols;
  return {case_name("softmax_forward", {{"rows", rows}, {"cols", cols}, {"in_place", in_place}, {"seed", seed}}),
          {1e-6, 1e-5},
          8 * count,
          5 * count,
          [=](OpRun& op) -> std::function<void()> {
            const kernels::SoftmaxXentShape shape{rows, cols};
            std::vector<Real> values = normal_array(rows * cols, seed, 3);
            for (int64_t i = 0; i < rows * cols; ++i) {
              if (i % cols % 3 == 1) values[i] = -std::numeric_limits<Real>::infinity();
            }
            Real* y = in_place ? op.in_out("y", {rows, cols}, values) : op.output<Real>("y", {rows, cols});
            const Real* x = in_place ? y : op.input(values);
            return [=, &q = op.queue()] { TL_ON(q, softmax_forward(q, shape, x, y)); };
          }};
}

inline OpCase softmax_backward_case(int64_t rows, int64_t cols, kernels::Into into, uint64_t seed) {
  const double count = static_cast<double>(rows) * cols;
  const bool add = into == kernels::Into::kAdd;
  return {case_name("softmax_backward", {{"rows", rows}, {"cols", cols}, {"add", add}, {"seed", seed}}),
          {1e-6, 1e-5},
          (add ? 16 : 12) * count,
          4 * count,
          [=](OpRun& op) -> std::function<void()> {
            const kernels::SoftmaxXentShape shape{rows, cols};
            const Real* y = op.input(uniform_array(rows * cols, seed, 0, 2.0 / cols));
            const Real* dy = op.input(normal_array(rows * cols, seed + 1));
            Real* dx = op.output_into<Real>("dx", {rows, cols}, into, normal_array(rows * cols, seed + 2));
            return [=, &q = op.queue()] { TL_ON(q, softmax_backward(q, shape, y, dy, dx, into)); };
          }};
}

inline std::vector<OpCase> softmax_xent_cases() {
  std::vector<OpCase> cases;
  for (const auto& [rows, cols] : std::vector<std::pair<int64_t, int64_t>>{
           {0, 5}, {1, 1}, {5, 3}, {9, 31}, {9, 32}, {33, 33}, {6, 512}, {6, 513}, {33, 1025}, {160, 217}, {1024, 1000}}) {
    cases.push_back(softmax_xent_case(rows, cols, false, 7));
    cases.push_back(softmax_xent_case(rows, cols, true, 8));
    cases.push_back(softmax_xent_case(rows, cols, rows % 2 == 1, 10, Real(0.1)));
    cases.push_back(softmax_xent_case<Bf16>(rows, cols, false, 7));
    cases.push_back(softmax_xent_case<Bf16>(rows, cols, true, 8));
    cases.push_back(softmax_xent_case<Bf16>(rows, cols, rows % 2 == 1, 10, Real(0.1)));
    cases.push_back(softmax_forward_case(rows, cols, rows % 2 == 0, 9));
    cases.push_back(softmax_backward_case(rows, cols, rows % 2 == 0 ? kernels::Into::kAdd : kernels::Into::kOverwrite, 10));
  }
  // Around the capacities of a warp's and a block's registers; 8201 columns exceed both.
  for (const auto& [rows, cols] : std::vector<std::pair<int64_t, int64_t>>{
           {5, 125}, {5, 128}, {5, 250}, {5, 256}, {5, 1021}, {5, 1022}, {5, 1023}, {5, 1024}, {3, 8186}, {3, 8192}, {3, 8201}}) {
    cases.push_back(softmax_xent_case(rows, cols, cols % 2 == 0, 11, Real(cols % 4 == 1 ? 0.1 : 0)));
    cases.push_back(softmax_xent_case<Bf16>(rows, cols, cols % 2 == 0, 11, Real(cols % 4 == 1 ? 0.1 : 0)));
  }
  cases.push_back(softmax_xent_case(7, 515, false, 12, 0, 1));
  cases.push_back(softmax_xent_case<Bf16>(7, 515, false, 12, 0, 1));
  cases.push_back(softmax_xent_loss_case(7, 260, 1000, 7));
  cases.push_back(softmax_xent_loss_case(7, 2600, -1000, 7));
  return cases;
}

}  // namespace tagloom::test
