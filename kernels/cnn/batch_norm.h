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
//
// rows = N H W of a picture tensor. x, y, dy, dx [rows, c] are Real or Bf16; everything else is Real [c]. Sums are taken in
// an order that depends on the shape alone. One row has no unbiased variance: running_var then stays as it was. No rows:
// nothing is normalised, the running statistics stay, and the gradients of weight and bias are zero.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct BatchNormShape {
  int64_t rows;
  int64_t c;
};

// running_mean and running_var are updated; mean and rstd are kept for the backward pass.
TL_TWINS(batch_norm_train_forward, Queue& q, const BatchNormShape& shape, Real epsilon, Real momentum, const Real* x,
         const Real* weight, const Real* bias, Real* running_mean, Real* running_var, Real* mean, Real* rstd, Real* y)
TL_TWINS(batch_norm_train_forward, Queue& q, const BatchNormShape& shape, Real epsilon, Real momentum, const Bf16* x,
         const Real* weight, const Real* bias, Real* running_mean, Real* running_var, Real* mean, Real* rstd, Bf16* y)

// dx may be null (not wanted), and so may dweight and dbias together.
TL_TWINS(batch_norm_train_backward, Queue& q, const BatchNormShape& shape, const Real* x, const Real* dy, const Real* weight,
         const Real* mean, const Real* rstd, Real* dx, Real* dweight, Real* dbias, Into dx_into, Into parameter_into)
TL_TWINS(batch_norm_train_backward, Queue& q, const BatchNormShape& shape, const Bf16* x, const Bf16* dy, const Real* weight,
         const Real* mean, const Real* rstd, Bf16* dx, Real* dweight, Real* dbias, Into dx_into, Into parameter_into)

TL_TWINS(batch_norm_eval_forward, Queue& q, const BatchNormShape& shape, Real epsilon, const Real* x, const Real* weight,
         const Real* bias, const Real* running_mean, const Real* running_var, Real* y)
TL_TWINS(batch_norm_eval_forward, Queue& q, const BatchNormShape& shape, Real epsilon, const Bf16* x, const Real* weight,
         const Real* bias, const Real* running_mean, const Real* running_var, Bf16* y)

// dx may be null, and so may dweight and dbias together.
TL_TWINS(batch_norm_eval_backward, Queue& q, const BatchNormShape& shape, Real epsilon, const Real* x, const Real* dy,
         const Real* weight, const Real* running_mean, const Real* running_var, Real* dx, Real* dweight, Real* dbias,
         Into dx_into, Into parameter_into)
TL_TWINS(batch_norm_eval_backward, Queue& q, const BatchNormShape& shape, Real epsilon, const Bf16* x, const Bf16* dy,
         const Real* weight, const Real* running_mean, const Real* running_var, Bf16* dx, Real* dweight, Real* dbias,
         Into dx_into, Into parameter_into)

}  // namespace tagloom::kernels
