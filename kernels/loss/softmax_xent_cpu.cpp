#include "kernels/loss/softmax_xent.h"

#include <algorithm>
#include <cmath>

namespace tagloom::kernels::cpu {
namespace {

Real exponential_sum(const Real* x, int64_t cols, Real max) {
  Real sum = 0;
  for (int64_t c = 0; c < cols; ++c) sum += std::exp(x[c] - max);
  return sum;
}

}  // namespace

void softmax_xent(Queue&, const SoftmaxXentShape& shape, const Real* logits, const int32_t* target, const Real* row_scale,
                  Real* loss, Real* dlogits) {
#pragma omp parallel for schedule(static)
  for (int64_t r = 0; r < shape.rows; ++r) {
    const Real* x = logits + r * shape.cols;
    Real* dx = dlogits ? dlogits + r * shape.cols : nullptr;
    const int32_t label = target[r];
    if (label < 0) {
      loss[r] = 0;
      if (dx) std::fill(dx, dx + shape.cols, Real(0));
      continue;
    }
    const Real max = *std::max_element(x, x + shape.cols);
    const Real sum = exponential_sum(x, shape.cols, max);
    loss[r] = row_scale[r] * (std::log(sum) + max - x[label]);
    if (!dx) continue;
    for (int64_t c = 0; c < shape.cols; ++c) {
      dx[c] = row_scale[r] * (std::exp(x[c] - max) / sum - (c == label ? Real(1) : Real(0)));
    }
  }
}

void softmax_forward(Queue&, const SoftmaxXentShape& shape, const Real* x, Real* y) {
#pragma omp parallel for schedule(static)
  for (int64_t r = 0; r < shape.rows; ++r) {
    const Real* row = x + r * shape.cols;
    const Real max = *std::max_element(row, row + shape.cols);
    const Real sum = exponential_sum(row, shape.cols, max);
    for (int64_t c = 0; c < shape.cols; ++c) y[r * shape.cols + c] = std::exp(row[c] - max) / sum;
  }
}

}  // namespace tagloom::kernels::cpu
