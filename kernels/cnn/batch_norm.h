#pragma once
// Batch normalisation over the rows of [rows, c] (Ioffe and Szegedy, 2015), with PyTorch's rules for the running statistics.
//
//   training   mean = sum x / rows                 var = sum (x - mean)^2 / rows          rstd = 1 / sqrt(var + epsilon)
//              xhat = (x - mean) rstd              y = weight xhat + bias
//              running_mean += momentum (mean - running_mean)
//              running_var  += momentum (var rows / (rows - 1) - running_var)
//              dbias = sum dy                      dweight = sum dy xhat
//              dx = weight rstd (dy - dbias / rows - xhat dweight / rows)
//   evaluation the running statistics stand for mean and var, and dx = weight rstd dy
//   tail       what a network does next, in the same pass: y = max(weight xhat + bias + residual, 0), where the residual and
//              the maximum are each there only if asked for. dz = dy where y > 0, else 0, takes the place of dy in all
//              gradients, and dresidual = dz
//
// rows = N H W of a picture tensor. x, y, dy, dx and the residual [rows, c] are Real or Bf16; everything else is Real [c]. Sums
// are taken in an order that depends on the shape alone, and on CUDA on the device's number of multiprocessors. One row has no
// unbiased variance: running_var then stays as it was. No rows: nothing is normalised, the running statistics stay, and the
// gradients of weight and bias are zero. Outputs share no memory with inputs, nor with each other where nothing else is said.
//
// Bf16: y is computed in float, tail and all, and rounded once. With ReLU what is not a number becomes 0, as in relu.h.
//
// Where y > 0, as it is stored, is kept as bits, so that backward needs no y. A byte has the bits of as many neighbouring
// channels of a row as 16 bytes of y hold, the first in its lowest bit: 8 of Bf16, 4 of Real (the upper half of the byte is 0).
// A row begins with a byte of its own; what its last byte has beyond c is 0. So a thread that stores 16 bytes stores a whole byte.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct BatchNormShape {
  int64_t rows;
  int64_t c;
};

template <class T>
constexpr int kMaskBits = sizeof(T) == sizeof(Bf16) ? 8 : 4;  // in a byte
template <class T>
constexpr int64_t mask_row_bytes(int64_t c) {
  return (c + kMaskBits<T> - 1) / kMaskBits<T>;
}

template <class T>
struct BatchNormTail {
  const T* residual = nullptr;  // [rows, c]; null: none
  uint8_t* bits = nullptr;      // [rows, mask_row_bytes<T>(c)], written; null: no ReLU
};
template <class T>
struct BatchNormTailGradient {
  const uint8_t* bits = nullptr;  // as forward wrote them; null: there was no ReLU
  T* dresidual = nullptr;         // null: not wanted. It may be dx, which is written first
  Into dresidual_into = Into::kOverwrite;
};

// running_mean and running_var are updated; mean and rstd are kept for the backward pass.
TL_TWINS(batch_norm_train_forward, Queue& q, const BatchNormShape& shape, Real epsilon, Real momentum, const Real* x,
         const Real* weight, const Real* bias, Real* running_mean, Real* running_var, Real* mean, Real* rstd, Real* y,
         const BatchNormTail<Real>& tail = {})
TL_TWINS(batch_norm_train_forward, Queue& q, const BatchNormShape& shape, Real epsilon, Real momentum, const Bf16* x,
         const Real* weight, const Real* bias, Real* running_mean, Real* running_var, Real* mean, Real* rstd, Bf16* y,
         const BatchNormTail<Bf16>& tail = {})

// dx may be null (not wanted), and so may dweight and dbias together.
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
