#pragma once
// Batch normalisation over the rows of [rows, c] (Ioffe and Szegedy, 2015), with PyTorch's rules for the running statistics.
//
//   training   mean = sum x / rows                 var = sum (x - mean)^2 / rows          rstd = 1 / sqrt(var + epsilon)
//              xhat = (x - mean) rstd              y = weight xhat + bias
//              running_mean += momentum (mean - running_mean)
//              running_var  += momentum (var rows / (rows - 1) - running_var)
//              dbias = sum dy                      dweight = sum dy xhat
//              dx = weight rstd (dy - dbias / rows - xhat dweight / rows)
//   evaluation the running statistics replace mean and var, and dx = weight rstd dy
//   tail       optional residual and ReLU, fused: y = max(weight xhat + bias + residual, 0). With ReLU, dz = dy where y > 0, else
//              0, replaces dy in all gradients, and dresidual = dz
//
// rows = N H W of a picture tensor. x, y, dy, dx and the residual [rows, c] are Real or Bf16; everything else is Real [c]. The
// order of sums depends on the shape alone, and on CUDA also on the device's number of multiprocessors. A single row has no
// unbiased variance: running_var stays unchanged. Without rows the running statistics stay unchanged, and the gradients of weight
// and bias are zero. Outputs overlap neither inputs nor, unless stated below, each other.
//
// Bf16: y is computed in float, tail included, and rounded once. ReLU maps NaN to 0, as in activations.h.
//
// A bit mask of y > 0 (y as it is stored) spares backward the array y. Each byte covers the channels in 16 bytes of y, the first
// in the lowest bit: 8 of Bf16, 4 of Real (the upper half of the byte is 0), so a thread that stores 16 bytes stores a whole
// byte. Each row begins at a new byte; bits beyond c are 0.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct BatchNormShape {
  int64_t rows;
  int64_t c;
};

template <class T>
constexpr int kMaskBits = sizeof(T) == sizeof(Bf16) ? 8 : 4;  // per byte
template <class T>
constexpr int64_t mask_row_bytes(int64_t c) {
  return (c + kMaskBits<T> - 1) / kMaskBits<T>;
}

template <class T>
struct BatchNormTail {
  const T* residual = nullptr;  // [rows, c], or null
  uint8_t* bits = nullptr;      // [rows, mask_row_bytes<T>(c)], output; null: no ReLU
};
template <class T>
struct BatchNormTailGradient {
  const uint8_t* bits = nullptr;  // from forward; null: no ReLU
  T* dresidual = nullptr;         // may be null, or dx, which is written first
  Into dresidual_into = Into::kOverwrite;
};

// Updates running_mean and running_var; writes mean and rstd for the backward pass.
TL_TWINS(batch_norm_train_forward, Queue& q, const BatchNormShape& shape, Real epsilon, Real momentum, const Real* x,
         const Real* weight, const Real* bias, Real* running_mean, Real* running_var, Real* mean, Real* rstd, Real* y,
         const BatchNormTail<Real>& tail = {})
TL_TWINS(batch_norm_train_forward, Queue& q, const BatchNormShape& shape, Real epsilon, Real momentum, const Bf16* x,
         const Real* weight, const Real* bias, Real* running_mean, Real* running_var, Real* mean, Real* rstd, Bf16* y,
         const BatchNormTail<Bf16>& tail = {})

// dx may be null, and so may dweight and dbias together.
TL_TWINS(batch_norm_train_backward, Queue& q, const BatchNormShape& shape, const Real* x, const Real* dy, const Real* weight,
         const Real* mean, const Real* rstd, Real* dx, Real* dweight, Real* dbias, Into dx_into, Into parameter_into,
         const BatchNormTailGradient<Real>& tail = {})
TL_TWINS(batch_norm_train_backward, Queue& q, const BatchNormShape& shape, const Bf16* x, const Bf16* dy, const Real* weight,
         const Real* mean, const Real* rstd, Bf16* dx, Real* dweight, Real* dbias, Into dx_into, Into parameter_into,
         const BatchNormTailGradient<Bf16>& tail = {})

TL_TWINS(batch_norm_eval_forward, Queue& q, const BatchNormShape& shape, Real epsilon, const Real* x, const Real* weight,
         const Real* bias, const Real* running_mean, const Real* running_var, Real* y, const BatchNormTail<Real>& tail = {})
TL_TWINS(batch_norm_eval_forward, Queue& q, const BatchNormShape& shape, Real epsilon, const Bf16* x, const Real* weight,
         const Real* bias, const Real* running_mean, const Real* running_var, Bf16* y, const BatchNormTail<Bf16>& tail = {})

// dx may be null, and so may dweight and dbias together.
TL_TWINS(batch_norm_eval_backward, Queue& q, const BatchNormShape& shape, Real epsilon, const Real* x, const Real* dy,
         const Real* weight, const Real* running_mean, const Real* running_var, Real* dx, Real* dweight, Real* dbias,
         Into dx_into, Into parameter_into, const BatchNormTailGradient<Real>& tail = {})
TL_TWINS(batch_norm_eval_backward, Queue& q, const BatchNormShape& shape, Real epsilon, const Bf16* x, const Bf16* dy,
         const Real* weight, const Real* running_mean, const Real* running_var, Bf16* dx, Real* dweight, Real* dbias,
         Into dx_into, Into parameter_into, const BatchNormTailGradient<Bf16>& tail = {})

}  // namespace tagloom::kernels
