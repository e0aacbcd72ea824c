#include "kernels/linear/bias.h"

#include "kernels/cpu/chunk_sums.h"
#include "kernels/math/activations.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

template <class T>
void sum_rows(int64_t rows, int64_t cols, const T* dy, Real* dbias, Into into) {
  std::vector<double> sums(cols);
  column_sums<1>(
      rows, cols, [=](int64_t row, int64_t col) { return std::array<double, 1>{static_cast<Real>(dy[row * cols + col])}; },
      sums.data());
  for (int64_t col = 0; col < cols; ++col) {
    dbias[col] = static_cast<Real>(into == Into::kAdd ? dbias[col] + sums[col] : sums[col]);
  }
}

template <class T>
void mask_and_sum(Queue& q, int64_t rows, int64_t cols, const T* y, const T* dy, T* dz, Real* dbias, Into into) {
  relu_backward(q, rows * cols, y, dy, dz, Into::kOverwrite);
  sum_rows(rows, cols, dz, dbias, into);
}

}  // namespace

void bias_backward(Queue&, int64_t rows, int64_t cols, const Real* dy, Real* dbias, Into into) {
  sum_rows(rows, cols, dy, dbias, into);
}
void bias_backward(Queue&, int64_t rows, int64_t cols, const Bf16* dy, Real* dbias, Into into) {
  sum_rows(rows, cols, dy, dbias, into);
}

void relu_bias_backward(Queue& q, int64_t rows, int64_t cols, const Real* y, const Real* dy, Real* dz, Real* dbias, Into into) {
  mask_and_sum(q, rows, cols, y, dy, dz, dbias, into);
}
void relu_bias_backward(Queue& q, int64_t rows, int64_t cols, const Bf16* y, const Bf16* dy, Bf16* dz, Real* dbias, Into into) {
  mask_and_sum(q, rows, cols, y, dy, dz, dbias, into);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
