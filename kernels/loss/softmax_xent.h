#pragma once
// Softmax over rows, alone or fused with its cross-entropy: the loss and its gradient in one call.
//
//   p[r,c]       = exp(x[r,c] - m[r]) / sum_j exp(x[r,j] - m[r])          m[r] = max_j x[r,j]
//   loss[r]      = -scale[r] * log p[r, target[r]]
//   dlogits[r,c] = scale[r] * (p[r,c] - [c == target[r]])
//
// A row whose target is -1 is masked: its loss and its gradient are 0. The reduction is the caller's, by row_scale: 1 for
// a sum, 1 / (unmasked rows) for a mean over tags. [Yan et al. 2016, Eq. 17-18.]
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct SoftmaxXentShape {
  int64_t rows;
  int64_t cols;  // at least 1 where there are rows
};

// logits [rows, cols], with a finite value in each row (-inf elsewhere is a forbidden tag: probability 0); target [rows] in
// [-1, cols); row_scale [rows]; loss [rows]. dlogits [rows, cols] may be logits itself, or null: the loss only.
TL_TWINS(softmax_xent, Queue& q, const SoftmaxXentShape& shape, const Real* logits, const int32_t* target, const Real* row_scale,
         Real* loss, Real* dlogits)

// x, y [rows, cols]; y may be x itself.
TL_TWINS(softmax_forward, Queue& q, const SoftmaxXentShape& shape, const Real* x, Real* y)

}  // namespace tagloom::kernels
