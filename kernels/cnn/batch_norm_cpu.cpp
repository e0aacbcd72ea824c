#include "kernels/cnn/batch_norm.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/chunk_sums.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

// Sets the mask bits of a row.
template <class T>
void keep_mask(int64_t channels, const T* y, uint8_t* bits) {
  constexpr int kBits = kMaskBits<T>;
  int64_t c = 0;
  for (; c + kBits <= channels; c += kBits) {
    unsigned byte = 0;
    for (int j = 0; j < kBits; ++j) byte |= unsigned(y[c + j] > T(0)) << j;
    *bits++ = static_cast<uint8_t>(byte);
  }
  if (c < channels) *bits = 0;
  for (int j = 0; c + j < channels; ++j) *bits |= static_cast<uint8_t>(unsigned(y[c + j] > T(0)) << j);
}

// y = weight (x - mean) rstd + bias, and the tail
template <class T>
void apply(const BatchNormShape& shape, const T* x, const Real* weight, const Real* bias, const Real* mean, const Real* rstd,
           T* y, const BatchNormTail<T>& tail) {
  const T* residual = tail.residual;
  uint8_t* bits = tail.bits;
#pragma omp parallel for schedule(static) if (shape.rows * shape.c > 16384)
  for (int64_t row = 0; row < shape.rows; ++row) {
    const int64_t begin = row * shape.c;
    for (int64_t c = 0; c < shape.c; ++c) {
      const int64_t i = begin + c;
      Real value = (static_cast<Real>(x[i]) - mean[c]) * (rstd[c] * weight[c]) + bias[c];
      if (residual != nullptr) value += static_cast<Real>(residual[i]);
      if (bits != nullptr) value = value > 0 ? value : 0;
      y[i] = value;
    }
    if (bits != nullptr) keep_mask(shape.c, y + begin, bits + row * mask_row_bytes<T>(shape.c));
  }
}

// The value where the bit is 1, else 0. Branch-free, because the bits are unpredictable.
Real pass_if(unsigned bit, Real value) { return bit ? value : 0; }
Bf16 pass_if(unsigned bit, Bf16 value) {
  value.bits &= static_cast<uint16_t>(0u - bit);
  return value;
}

// dz, the gradient before the ReLU.
template <class T>
struct MaskedGradient {
  int64_t channels;
  const T* dy;
  const uint8_t* bits;

  // One row: a row of dy, or a buffer of this thread, valid until its next call.
  const T* operator()(int64_t row) const {
    const T* from = dy + row * channels;
    if (bits == nullptr) return from;
    thread_local std::vector<T> memory;
    memory.resize(channels);
    T* dz = memory.data();
    const uint8_t* mask = bits + row * mask_row_bytes<T>(channels);
    int64_t c = 0;
    for (; c + kMaskBits<T> <= channels; c += kMaskBits<T>) {
      const unsigned byte = *mask++;
      for (int j = 0; j < kMaskBits<T>; ++j) dz[c + j] = pass_if(byte >> j & 1, from[c + j]);
    }
    for (int j = 0; c + j < channels; ++j) dz[c + j] = pass_if(*mask >> j & 1, from[c + j]);
    return dz;
  }
};

// sums[0, c] = sum of dz, sums[1, c] = sum of dz xhat.
template <class T>
std::vector<double> gradient_sums(const BatchNormShape& shape, const T* x, const MaskedGradient<T>& dz, const Real* mean,
                                  const Real* rstd) {
  std::vector<double> sums(2 * shape.c);
  sum_of_rows<2>(
      shape.rows, shape.c,
      [&](int64_t row) {
        return [=, x_row = x + row * shape.c, dz_row = dz(row)](int64_t c) {
          const double slope = static_cast<Real>(dz_row[c]), centred = double(static_cast<Real>(x_row[c])) - mean[c];
          return std::array<double, 2>{slope, slope * centred * rstd[c]};
        };
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

// dx = weight rstd (dz - dz_mean - xhat dz_xhat_mean), dresidual = dz
template <class T>
void input_gradient(const BatchNormShape& shape, const T* x, const MaskedGradient<T>& dz, const Real* weight, const Real* mean,
                    const Real* rstd, const Real* dz_mean, const Real* dz_xhat_mean, T* dx, Into into,
                    const BatchNormTailGradient<T>& tail) {
  if (dx == nullptr && tail.dresidual == nullptr) return;
#pragma omp parallel for schedule(static) if (shape.rows * shape.c > 16384)
  for (int64_t row = 0; row < shape.rows; ++row) {
    const int64_t begin = row * shape.c;
    const T *x_row = x + begin, *dz_row = dz(row);
    if (dx != nullptr) {
      T* out = dx + begin;
      for (int64_t c = 0; c < shape.c; ++c) {
        const Real xhat = (static_cast<Real>(x_row[c]) - mean[c]) * rstd[c];
        const Real slope = weight[c] * rstd[c] * (static_cast<Real>(dz_row[c]) - dz_mean[c] - xhat * dz_xhat_mean[c]);
        out[c] = into == Into::kAdd ? static_cast<Real>(out[c]) + slope : slope;
      }
    }
    if (tail.dresidual != nullptr) {
      T* out = tail.dresidual + begin;
      const bool add = tail.dresidual_into == Into::kAdd;
      for (int64_t c = 0; c < shape.c; ++c) {
        out[c] = add ? static_cast<Real>(out[c]) + static_cast<Real>(dz_row[c]) : static_cast<Real>(dz_row[c]);
      }
    }
  }
}

template <class T>
void train_forward(const BatchNormShape& shape, Real epsilon, Real momentum, const T* x, const Real* weight, const Real* bias,
                   Real* running_mean, Real* running_var, Real* mean, Real* rstd, T* y, const BatchNormTail<T>& tail) {
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
  apply(shape, x, weight, bias, mean, rstd, y, tail);
}

template <class T>
void train_backward(const BatchNormShape& shape, const T* x, const T* dy, const Real* weight, const Real* mean, const Real* rstd,
                    T* dx, Real* dweight, Real* dbias, Into dx_into, Into parameter_into, const BatchNormTailGradient<T>& tail) {
  const MaskedGradient<T> dz{shape.c, dy, tail.bits};
  const std::vector<double> sums = gradient_sums(shape, x, dz, mean, rstd);
  if (dweight != nullptr) store_parameter_gradients(shape.c, sums.data(), dweight, dbias, parameter_into);
  std::vector<Real> means(2 * shape.c);
  for (size_t i = 0; i < means.size(); ++i) means[i] = static_cast<Real>(sums[i] / shape.rows);
  input_gradient(shape, x, dz, weight, mean, rstd, means.data(), means.data() + shape.c, dx, dx_into, tail);
}

std::vector<Real> reciprocal_deviation(int64_t c, Real epsilon, const Real* variance) {
  std::vector<Real> rstd(c);
  for (int64_t i = 0; i < c; ++i) rstd[i] = 1 / std::sqrt(variance[i] + epsilon);
  return rstd;
}

template <class T>
void eval_forward(const BatchNormShape& shape, Real epsilon, const T* x, const Real* weight, const Real* bias,
                  const Real* running_mean, const Real* running_var, T* y, const BatchNormTail<T>& tail) {
  const std::vector<Real> rstd = reciprocal_deviation(shape.c, epsilon, running_var);
  apply(shape, x, weight, bias, running_mean, rstd.data(), y, tail);
}

template <class T>
void eval_backward(const BatchNormShape& shape, Real epsilon, const T* x, const T* dy, const Real* weight,
                   const Real* running_mean, const Real* running_var, T* dx, Real* dweight, Real* dbias, Into dx_into,
                   Into parameter_into, const BatchNormTailGradient<T>& tail) {
  const MaskedGradient<T> dz{shape.c, dy, tail.bits};
  const std::vector<Real> rstd = reciprocal_deviation(shape.c, epsilon, running_var);
  if (dweight != nullptr) {
    const std::vector<double> sums = gradient_sums(shape, x, dz, running_mean, rstd.data());
    store_parameter_gradients(shape.c, sums.data(), dweight, dbias, parameter_into);
  }
  const std::vector<Real> zeros(shape.c);
  input_gradient(shape, x, dz, weight, running_mean, rstd.data(), zeros.data(), zeros.data(), dx, dx_into, tail);
}

}  // namespace

void batch_norm_train_forward(Queue&, const BatchNormShape& shape, Real epsilon, Real momentum, const Real* x, const Real* weight,
                              const Real* bias, Real* running_mean, Real* running_var, Real* mean, Real* rstd, Real* y,
                              const BatchNormTail<Real>& tail) {
  train_forward(shape, epsilon, momentum, x, weight, bias, running_mean, running_var, mean, rstd, y, tail);
}
void batch_norm_train_forward(Queue&, const BatchNormShape& shape, Real epsilon, Real momentum, const Bf16* x, const Real* weight,
                              const Real* bias, Real* running_mean, Real* running_var, Real* mean, Real* rstd, Bf16* y,
                              const BatchNormTail<Bf16>& tail) {
  train_forward(shape, epsilon, momentum, x, weight, bias, running_mean, running_var, mean, rstd, y, tail);
}

void batch_norm_train_backward(Queue&, const BatchNormShape& shape, const Real* x, const Real* dy, const Real* weight,
                               const Real* mean, const Real* rstd, Real* dx, Real* dweight, Real* dbias, Into dx_into,
                               Into parameter_into, const BatchNormTailGradient<Real>& tail) {
  train_backward(shape, x, dy, weight, mean, rstd, dx, dweight, dbias, dx_into, parameter_into, tail);
}
void batch_norm_train_backward(Queue&, const BatchNormShape& shape, const Bf16* x, const Bf16* dy, const Real* weight,
                               const Real* mean, const Real* rstd, Bf16* dx, Real* dweight, Real* dbias, Into dx_into,
                               Into parameter_into, const BatchNormTailGradient<Bf16>& tail) {
  train_backward(shape, x, dy, weight, mean, rstd, dx, dweight, dbias, dx_into, parameter_into, tail);
}

void batch_norm_eval_forward(Queue&, const BatchNormShape& shape, Real epsilon, const Real* x, const Real* weight,
                             const Real* bias, const Real* running_mean, const Real* running_var, Real* y,
                             const BatchNormTail<Real>& tail) {
  eval_forward(shape, epsilon, x, weight, bias, running_mean, running_var, y, tail);
}
void batch_norm_eval_forward(Queue&, const BatchNormShape& shape, Real epsilon, const Bf16* x, const Real* weight,
                             const Real* bias, const Real* running_mean, const Real* running_var, Bf16* y,
                             const BatchNormTail<Bf16>& tail) {
  eval_forward(shape, epsilon, x, weight, bias, running_mean, running_var, y, tail);
}

void batch_norm_eval_backward(Queue&, const BatchNormShape& shape, Real epsilon, const Real* x, const Real* dy,
                              const Real* weight, const Real* running_mean, const Real* running_var, Real* dx, Real* dweight,
                              Real* dbias, Into dx_into, Into parameter_into, const BatchNormTailGradient<Real>& tail) {
  eval_backward(shape, epsilon, x, dy, weight, running_mean, running_var, dx, dweight, dbias, dx_into, parameter_into, tail);
}
void batch_norm_eval_backward(Queue&, const BatchNormShape& shape, Real epsilon, const Bf16* x, const Bf16* dy,
                              const Real* weight, const Real* running_mean, const Real* running_var, Bf16* dx, Real* dweight,
                              Real* dbias, Into dx_into, Into parameter_into, const BatchNormTailGradient<Bf16>& tail) {
  eval_backward(shape, epsilon, x, dy, weight, running_mean, running_var, dx, dweight, dbias, dx_into, parameter_into, tail);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
