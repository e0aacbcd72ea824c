#include "kernels/cnn/batch_norm.h"

#include <cmath>

#include "kernels/base/chunk_sums.h"

namespace tagloom::kernels::cpu {
namespace {

// y = weight (x - mean) rstd + bias
template <class T>
void apply(const BatchNormShape& shape, const T* x, const Real* weight, const Real* bias, const Real* mean, const Real* rstd,
           T* y) {
#pragma omp parallel for schedule(static) if (shape.rows * shape.c > 16384)
  for (int64_t row = 0; row < shape.rows; ++row) {
    for (int64_t c = 0; c < shape.c; ++c) {
      const int64_t i = row * shape.c + c;
      y[i] = (static_cast<Real>(x[i]) - mean[c]) * (rstd[c] * weight[c]) + bias[c];
    }
  }
}

// sums[0, c] = sum of dy, sums[1, c] = sum of dy xhat.
template <class T>
std::vector<double> gradient_sums(const BatchNormShape& shape, const T* x, const T* dy, const Real* mean, const Real* rstd) {
  std::vector<double> sums(2 * shape.c);
  column_sums<2>(
      shape.rows, shape.c,
      [=](int64_t row, int64_t c) {
        const int64_t i = row * shape.c + c;
        const double slope = static_cast<Real>(dy[i]), centred = double(static_cast<Real>(x[i])) - mean[c];
        return std::array<double, 2>{slope, slope * centred * rstd[c]};
      },
      sums.data());
  return sums;
}

void store_parameter_gradients(int64_t c, const double* sums, Real* dweight, Real* dbias, Into into) {
  for (int64_t i = 0; i < c; ++i) {
    dbias[i] = static_cast<Real>(into == Into::kAdd ? dbias[i] + sums[i] : sums[i]);
    dweight[i] = static_cast<Real>(into == Into::kAdd ? dweight[i] + sums[c + i] : sums[c + i]);
  }
}

// dx = weight rstd (dy - dy_mean - xhat dy_xhat_mean)
template <class T>
void input_gradient(const BatchNormShape& shape, const T* x, const T* dy, const Real* weight, const Real* mean, const Real* rstd,
                    const Real* dy_mean, const Real* dy_xhat_mean, T* dx, Into into) {
#pragma omp parallel for schedule(static) if (shape.rows * shape.c > 16384)
  for (int64_t row = 0; row < shape.rows; ++row) {
    for (int64_t c = 0; c < shape.c; ++c) {
      const int64_t i = row * shape.c + c;
      const Real xhat = (static_cast<Real>(x[i]) - mean[c]) * rstd[c];
      const Real slope = weight[c] * rstd[c] * (static_cast<Real>(dy[i]) - dy_mean[c] - xhat * dy_xhat_mean[c]);
      dx[i] = into == Into::kAdd ? static_cast<Real>(dx[i]) + slope : slope;
    }
  }
}

template <class T>
void train_forward(const BatchNormShape& shape, Real epsilon, Real momentum, const T* x, const Real* weight, const Real* bias,
                   Real* running_mean, Real* running_var, Real* mean, Real* rstd, T* y) {
  const int64_t rows = shape.rows, channels = shape.c;
  if (rows == 0) return;
  std::vector<double> means(channels), squares(channels);
  column_sums<1>(
      rows, channels, [=](int64_t row, int64_t c) { return std::array<double, 1>{static_cast<Real>(x[row * channels + c])}; },
      means.data());
  for (double& value : means) value /= rows;
  column_sums<1>(
      rows, channels,
      [=, m = means.data()](int64_t row, int64_t c) {
        const double centred = static_cast<Real>(x[row * channels + c]) - m[c];
        return std::array<double, 1>{centred * centred};
      },
      squares.data());
  for (int64_t c = 0; c < channels; ++c) {
    mean[c] = static_cast<Real>(means[c]);
    rstd[c] = static_cast<Real>(1 / std::sqrt(squares[c] / rows + epsilon));
    running_mean[c] += static_cast<Real>(momentum * (means[c] - running_mean[c]));
    if (rows > 1) running_var[c] += static_cast<Real>(momentum * (squares[c] / (rows - 1) - running_var[c]));
  }
  apply(shape, x, weight, bias, mean, rstd, y);
}

template <class T>
void train_backward(const BatchNormShape& shape, const T* x, const T* dy, const Real* weight, const Real* mean, const Real* rstd,
                    T* dx, Real* dweight, Real* dbias, Into dx_into, Into parameter_into) {
  const std::vector<double> sums = gradient_sums(shape, x, dy, mean, rstd);
  if (dweight != nullptr) store_parameter_gradients(shape.c, sums.data(), dweight, dbias, parameter_into);
  if (dx == nullptr) return;
  std::vector<Real> means(2 * shape.c);
  for (size_t i = 0; i < means.size(); ++i) means[i] = static_cast<Real>(sums[i] / shape.rows);
  input_gradient(shape, x, dy, weight, mean, rstd, means.data(), means.data() + shape.c, dx, dx_into);
}

std::vector<Real> reciprocal_deviation(int64_t c, Real epsilon, const Real* variance) {
  std::vector<Real> rstd(c);
  for (int64_t i = 0; i < c; ++i) rstd[i] = 1 / std::sqrt(variance[i] + epsilon);
  return rstd;
}

template <class T>
void eval_forward(const BatchNormShape& shape, Real epsilon, const T* x, const Real* weight, const Real* bias,
                  const Real* running_mean, const Real* running_var, T* y) {
  const std::vector<Real> rstd = reciprocal_deviation(shape.c, epsilon, running_var);
  apply(shape, x, weight, bias, running_mean, rstd.data(), y);
}

template <class T>
void eval_backward(const BatchNormShape& shape, Real epsilon, const T* x, const T* dy, const Real* weight,
                   const Real* running_mean, const Real* running_var, T* dx, Real* dweight, Real* dbias, Into dx_into,
                   Into parameter_into) {
  const std::vector<Real> rstd = reciprocal_deviation(shape.c, epsilon, running_var);
  if (dweight != nullptr) {
    const std::vector<double> sums = gradient_sums(shape, x, dy, running_mean, rstd.data());
    store_parameter_gradients(shape.c, sums.data(), dweight, dbias, parameter_into);
  }
  if (dx == nullptr) return;
  const std::vector<Real> zeros(shape.c);
  input_gradient(shape, x, dy, weight, running_mean, rstd.data(), zeros.data(), zeros.data(), dx, dx_into);
}

}  // namespace

void batch_norm_train_forward(Queue&, const BatchNormShape& shape, Real epsilon, Real momentum, const Real* x, const Real* weight,
                              const Real* bias, Real* running_mean, Real* running_var, Real* mean, Real* rstd, Real* y) {
  train_forward(shape, epsilon, momentum, x, weight, bias, running_mean, running_var, mean, rstd, y);
}
void batch_norm_train_forward(Queue&, const BatchNormShape& shape, Real epsilon, Real momentum, const Bf16* x, const Real* weight,
                              const Real* bias, Real* running_mean, Real* running_var, Real* mean, Real* rstd, Bf16* y) {
  train_forward(shape, epsilon, momentum, x, weight, bias, running_mean, running_var, mean, rstd, y);
}

void batch_norm_train_backward(Queue&, const BatchNormShape& shape, const Real* x, const Real* dy, const Real* weight,
                               const Real* mean, const Real* rstd, Real* dx, Real* dweight, Real* dbias, Into dx_into,
                               Into parameter_into) {
  train_backward(shape, x, dy, weight, mean, rstd, dx, dweight, dbias, dx_into, parameter_into);
}
void batch_norm_train_backward(Queue&, const BatchNormShape& shape, const Bf16* x, const Bf16* dy, const Real* weight,
                               const Real* mean, const Real* rstd, Bf16* dx, Real* dweight, Real* dbias, Into dx_into,
                               Into parameter_into) {
  train_backward(shape, x, dy, weight, mean, rstd, dx, dweight, dbias, dx_into, parameter_into);
}

void batch_norm_eval_forward(Queue&, const BatchNormShape& shape, Real epsilon, const Real* x, const Real* weight,
                             const Real* bias, const Real* running_mean, const Real* running_var, Real* y) {
  eval_forward(shape, epsilon, x, weight, bias, running_mean, running_var, y);
}
void batch_norm_eval_forward(Queue&, const BatchNormShape& shape, Real epsilon, const Bf16* x, const Real* weight,
                             const Real* bias, const Real* running_mean, const Real* running_var, Bf16* y) {
  eval_forward(shape, epsilon, x, weight, bias, running_mean, running_var, y);
}

void batch_norm_eval_backward(Queue&, const BatchNormShape& shape, Real epsilon, const Real* x, const Real* dy,
                              const Real* weight, const Real* running_mean, const Real* running_var, Real* dx, Real* dweight,
                              Real* dbias, Into dx_into, Into parameter_into) {
  eval_backward(shape, epsilon, x, dy, weight, running_mean, running_var, dx, dweight, dbias, dx_into, parameter_into);
}
void batch_norm_eval_backward(Queue&, const BatchNormShape& shape, Real epsilon, const Bf16* x, const Bf16* dy,
                              const Real* weight, const Real* running_mean, const Real* running_var, Bf16* dx, Real* dweight,
                              Real* dbias, Into dx_into, Into parameter_into) {
  eval_backward(shape, epsilon, x, dy, weight, running_mean, running_var, dx, dweight, dbias, dx_into, parameter_into);
}

}  // namespace tagloom::kernels::cpu
