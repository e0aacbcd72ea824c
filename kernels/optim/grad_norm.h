#pragma once
// The norm of all gradients, and the clipping factor that the optimizer steps multiply them by.
//
//   sum_of_squares    y[0] = sum of x^2           (kAdd: +=, for gradients in several arrays)
//   gradient_factor   norm[0] = sqrt(squares[0])
//                     factor[0] = min(1, max_norm / (norm + 1e-6))   PyTorch's rule; 1 where max_norm is 0
//                               = -1 if the norm or the loss is not finite: the step then leaves weights and state unchanged
//
// The order of the sum depends on n alone. A norm above 1.8e19 overflows float and counts as not finite.
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

TL_TWINS(sum_of_squares, Queue& q, int64_t n, const Real* x, Real* y, Into into)
// loss: [1], or null.
TL_TWINS(gradient_factor, Queue& q, const Real* squares, const Real* loss, Real max_norm, Real* norm, Real* factor)

}  // namespace tagloom::kernels
