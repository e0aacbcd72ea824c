#include "kernels/loss/softmax_xent.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/cpu/exponential.h"
#include "kernels/cpu/write_rounded.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

template <class T>
Real largest(const T* x, int64_t cols) {
  Real max = x[0];
#pragma omp simd reduction(max : max)
  for (int64_t c = 0; c < cols; ++c) max = static_cast<Real>(x[c]) > max ? static_cast<Real>(x[c]) : max;
  return max;
}

template <class T>
Real exponential_sum(const T* x, int64_t cols, Real max) {
  Real sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t c = 0; c < cols; ++c) sum += vector_exp(static_cast<Real>(x[c]) - max);
  return sum;
}

template <class T>
void cross_entropy(const SoftmaxXentShape& shape, const T* logits, const int32_t* target, const Real* row_scale, Real* loss,
                   T* dlogits) {
#pragma omp parallel for schedule(static)
  for (int64_t r = 0; r < shape.rows; ++r) {
    const T* x = logits + r * shape.cols;
    T* dx = dlogits ? dlogits + r * shape.cols : nullptr;
    const int32_t label = target[r];
    if (label < 0) {
      loss[r] = 0;
      if (dx) std::fill(dx, dx + shape.cols, T(0));
      continue;
    }
    const Real max = largest(x, shape.cols);
    const Real sum = exponential_sum(x, shape.cols, max);
    const Real share = shape.smoothing / static_cast<Real>(shape.cols), certain = 1 - shape.smoothing;
    Real at_target = certain * static_cast<Real>(x[label]);
    if (share > 0) at_target += share * std::accumulate(x, x + shape.cols, Real(0));
    loss[r] = row_scale[r] * (std::log(sum) + max - at_target);
    if (!dx) continue;
    const Real factor = row_scale[r], at_label = certain + share;
#pragma omp simd
    for (int64_t c = 0; c < shape.cols; ++c) {
      write_rounded(factor * (vector_exp(static_cast<Real>(x[c]) - max) / sum - (c == label ? at_label : share)), dx[c]);
    }
  }
}

}  // namespace

void softmax_xent(Queue&, const SoftmaxXentShape& shape, const Real* logits, const int32_t* target, const Real* row_scale,
                  Real* loss, Real* dlogits) {
  cross_entropy(shape, logits, target, row_scale, loss, dlogits);
}
void softmax_xent(Queue&, const SoftmaxXentShape& shape, const Bf16* logits, const int32_t* target, const Real* row_scale,
                  Real* loss, Bf16* dlogits) {
  cross_entropy(shape, logits, target, row_scale, loss, dlogits);
}

void softmax_forward(Queue&, const SoftmaxXentShape& shape, const Real* x, Real* y) {
#pragma omp parallel for schedule(static)
  for (int64_t r = 0; r < shape.rows; ++r) {
    const Real* row = x + r * shape.cols;
    const Real max = largest(row, shape.cols);
    const Real sum = exponential_sum(row, shape.cols, max);
    Real* out = y + r * shape.cols;
#pragma omp simd
    for (int64_t c = 0; c < shape.cols; ++c) out[c] = vector_exp(row[c] - max) / sum;
  }
}

void softmax_backward(Queue&, const SoftmaxXentShape& shape, const Real* y, const Real* dy, Real* dx, Into into) {
#pragma omp parallel for schedule(static)
  for (int64_t r = 0; r < shape.rows; ++r) {
    const int64_t begin = r * shape.cols, end = begin + shape.cols;
    Real mean = 0;  // of dy, weighted by y
    for (int64_t i = begin; i < end; ++i) mean += y[i] * dy[i];
    for (int64_t i = begin; i < end; ++i) {
      const Real slope = y[i] * (dy[i] - mean);
      dx[i] = into == Into::kAdd ? dx[i] + slope : slope;
    }
  }
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
