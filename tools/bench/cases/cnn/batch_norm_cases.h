#pragma once
// Cases of batch normalisation: one row, fewer rows than a block, channel counts that do and do not allow 16-byte accesses, a
// column far from zero, real layers.
#include "kernels/cnn/batch_norm.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

// Rows and channels.
inline const std::vector<std::pair<int64_t, int64_t>> kBatchNormShapes{{0, 5},    {1, 3},     {2, 1},         {31, 33},
                                                                       {32, 260}, {1025, 64}, {49 * 2, 2048}, {4 * 28 * 28, 128}};

// Channel c has mean 3 c mod 50, which tests the accuracy of the variance.
template <class T>
std::vector<T> batch_norm_input(int64_t rows, int64_t c, uint64_t seed) {
  std::vector<Real> x = normal_array(rows * c, seed);
  for (int64_t i = 0; i < rows * c; ++i) x[i] += static_cast<Real>(3 * (i % c) % 50);
  return std::vector<T>(x.begin(), x.end());
}

// Values on either side of 3 c mod 50, so that no output is near 0 and both devices mask the same values. The side is random but
// flips in the next row and in the last two channels of eight, so that no mask byte equals the poison.
template <class T>
std::vector<T> two_sided_input(int64_t rows, int64_t c, uint64_t seed) {
  const std::vector<Real> side = normal_array((rows / 2 + 1) * c, seed), distance = uniform_array(rows * c, seed + 1, 1, 1.5);
  std::vector<T> x;
  for (int64_t i = 0; i < rows * c; ++i) {
    const int64_t row = i / c, col = i % c, like = col % 8 == 7 ? col - 1 : col;
    const bool above = ((side[row / 2 * c + like] > 0) != (row % 2 == 1)) != (like != col);
    x.push_back(T(static_cast<Real>(3 * col % 50) + (above ? distance[i] : -distance[i])));
  }
  return x;
}
inline std::vector<Real> centres(int64_t c) {
  std::vector<Real> values;
  for (int64_t col = 0; col < c; ++col) values.push_back(static_cast<Real>(3 * col % 50));
  return values;
}

struct NormCase {
  kernels::BatchNormShape shape;
  bool residual, relu;
  Tolerance tolerance;

  template <class T>
  std::string name(const std::string& op, std::vector<std::pair<std::string, int64_t>> more = {}) const {
    std::vector<std::pair<std::string, int64_t>> sizes{{"rows", shape.rows}, {"c", shape.c}, {"seed", 7}};
    if (residual || relu) sizes.insert(sizes.end(), {{"residual", residual}, {"relu", relu}});
    sizes.insert(sizes.end(), more.begin(), more.end());
    return case_name(op + (sizeof(T) == sizeof(Bf16) ? "_bf16" : ""), sizes);
  }
  template <class T>
  double bytes(int values, int masks) const {
    return 1.0 * sizeof(T) * shape.rows * shape.c * values +
           (relu ? masks * shape.rows * kernels::mask_row_bytes<T>(shape.c) : 0);
  }
};

template <class T>
OpCase batch_norm_forward_case(const NormCase& n, bool training) {
  OpCase row{n.name<T>(training ? "batch_norm_train_forward" : "batch_norm_eval_forward"), n.tolerance};
  row.bytes = n.bytes<T>((training ? 3 : 2) + n.residual, 1);
  row.prepare = [=](OpRun& op) -> std::function<void()> {
    const kernels::BatchNormShape s = n.shape;
    const int64_t c = s.c;
    const Real epsilon = Real(1e-5), momentum = Real(0.1);
    kernels::BatchNormTail<T> tail;
    const T* x = op.input(n.relu ? two_sided_input<T>(s.rows, c, 7) : batch_norm_input<T>(s.rows, c, 7));
    if (n.residual) tail.residual = op.input(uniform_array<T>(s.rows * c, 16, -0.1, 0.1));
    if (n.relu) tail.bits = op.output<uint8_t>("bits", {s.rows, kernels::mask_row_bytes<T>(c)});
    const Real *weight = op.input(uniform_array(c, 8, 0.5, 1.5)), *bias = op.input(uniform_array(c, 9, -0.2, 0.2));
    T* y = op.output<T>("y", {s.rows, c});
    if (!training) {
      const Real *mean = op.input(centres(c)), *var = op.input(uniform_array(c, 11, 0.5, 2));
      return [=, &q = op.queue()] { TL_ON(q, batch_norm_eval_forward(q, s, epsilon, x, weight, bias, mean, var, y, tail)); };
    }
    Real* running_mean = op.in_out<Real>("running_mean", {c}, normal_array(c, 10));
    Real* running_var = op.in_out<Real>("running_var", {c}, uniform_array(c, 11, 0.5, 2));
    Real *mean = op.output<Real>("mean", {c}), *rstd = op.output<Real>("rstd", {c});
    return [=, &q = op.queue()] {
      TL_ON(q,
            batch_norm_train_forward(q, s, epsilon, momentum, x, weight, bias, running_mean, running_var, mean, rstd, y, tail));
    };
  };
  return row;
}

template <class T>
OpCase batch_norm_backward_case(const NormCase& n, bool training, kernels::Into into) {
  const bool add = into == kernels::Into::kAdd;
  OpCase row{n.name<T>(training ? "batch_norm_train_backward" : "batch_norm_eval_backward", {{"add", add}}), n.tolerance};
  row.bytes = n.bytes<T>(5 + n.residual, 2);
  row.prepare = [=](OpRun& op) -> std::function<void()> {
    const kernels::BatchNormShape s = n.shape;
    const int64_t c = s.c, count = s.rows * c;
    const Real epsilon = Real(1e-5);
    const T *x = op.input(normal_array<T>(count, 7)), *dy = op.input(normal_array<T>(count, 12));
    const Real *weight = op.input(uniform_array(c, 8, 0.5, 1.5)), *mean = op.input(normal_array(c, 10, 0.1));
    const Real* spread = op.input(uniform_array(c, 11, 0.5, 2));  // rstd, or the variance
    T* dx = op.output_into<T>("dx", {s.rows, c}, into, normal_array<T>(count, 13));
    Real* dweight = op.output_into<Real>("dweight", {c}, into, normal_array(c, 14));
    Real* dbias = op.output_into<Real>("dbias", {c}, into, normal_array(c, 15));
    kernels::BatchNormTailGradient<T> tail;
    if (n.relu) {
      const std::vector<Real> bytes = uniform_array(s.rows * kernels::mask_row_bytes<T>(c), 17, 0, 256);
      tail.bits = op.input(std::vector<uint8_t>(bytes.begin(), bytes.end()));
    }
    if (n.residual) {  // in evaluation added if dx is not, to cover all four combinations
      tail.dresidual_into = training == add ? kernels::Into::kAdd : kernels::Into::kOverwrite;
      tail.dresidual = op.output_into<T>("dresidual", {s.rows, c}, tail.dresidual_into, normal_array<T>(count, 18));
    }
    return [=, &q = op.queue()] {
      if (training) {
        TL_ON(q, batch_norm_train_backward(q, s, x, dy, weight, mean, spread, dx, dweight, dbias, into, into, tail));
      } else {
        TL_ON(q, batch_norm_eval_backward(q, s, epsilon, x, dy, weight, mean, spread, dx, dweight, dbias, into, into, tail));
      }
    };
  };
  return row;
}

template <class T>
void add_batch_norm_cases(Tolerance tolerance, const std::vector<std::pair<int64_t, int64_t>>& shapes,
                          std::vector<OpCase>& cases) {
  for (const auto& [rows, channels] : shapes) {
    for (const auto& [residual, relu] : {std::pair{false, false}, {false, true}, {true, false}, {true, true}}) {
      const NormCase norm{{rows, channels}, residual, relu, tolerance};
      if (rows > 0) cases.push_back(batch_norm_forward_case<T>(norm, true));
      cases.push_back(batch_norm_forward_case<T>(norm, false));
      for (const bool training : {true, false}) {
        for (const kernels::Into into : {kernels::Into::kOverwrite, kernels::Into::kAdd}) {
          cases.push_back(batch_norm_backward_case<T>(norm, training, into));
        }
      }
    }
  }
}

inline std::vector<OpCase> batch_norm_cases(const std::vector<std::pair<int64_t, int64_t>>& shapes = kBatchNormShapes) {
  std::vector<OpCase> cases;
  add_batch_norm_cases<Real>({1e-3, 2e-5}, shapes, cases);  // sums of 3136 values that cancel
  add_batch_norm_cases<Bf16>({2e-3, 1e-2}, shapes, cases);
  return cases;
}

}  // namespace tagloom::test
