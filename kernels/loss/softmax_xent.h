#pragma once
// Softmax over rows with its backward, and softmax fused with cross-entropy: the loss and its gradient in one call.
//
//   p[r,c]       = exp(x[r,c] - m[r]) / sum_j exp(x[r,j] - m[r])          m[r] = max_j x[r,j]
//   q[r,c]       = (1 - e) [c == target[r]] + e / cols                    e: label smoothing (Szegedy et al. 2016)
//   loss[r]      = -scale[r] * sum_c q[r,c] log p[r,c]
//   dlogits[r,c] = scale[r] * (p[r,c] - q[r,c])
//   dx[r,c]      = y[r,c] * (dy[r,c] - sum_j y[r,j] dy[r,j])              for the softmax alone, y = p
//
// A row with target -1 is masked: its loss and gradient are 0. row_scale determines the reduction: 1 for a sum, 1 / (unmasked
// rows) for a mean over tags. [Yan et al. 2016, Eq. 17-18.]
//
// The cross-entropy's logits and dlogits may be stored as Bf16: arithmetic and the loss are float, a gradient is rounded once.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct SoftmaxXentShape {
  int64_t rows;
  int64_t cols;        // at least 1 if there are rows
  Real smoothing = 0;  // in [0, 1)
};

// logits [rows, cols], with a finite value in each row (-inf forbids a tag: its probability is 0; not allowed with smoothing);
// target [rows] in [-1, cols); row_scale [rows]; loss [rows]. dlogits [rows, cols] may be logits itself, or null.
TL_TWINS(softmax_xent, Queue& q, const SoftmaxXentShape& shape, const Real* logits, const int32_t* target, const Real* row_scale,
         Real* loss, Real* dlogits)
TL_TWINS(softmax_xent, Queue& q, const SoftmaxXentShape& shape, const Bf16* logits, const int32_t* target, const Real* row_scale,
         Real* loss, Bf16* dlogits)

// x, y [rows, cols]; y may be x itself.
TL_TWINS(softmax_forward, Queue& q, const SoftmaxXentShape& shape, const Real* x, Real* y)

// y, dy, dx [rows, cols]; dx may be dy itself (with kOverwrite).
TL_TWINS(softmax_backward, Queue& q, const SoftmaxXentShape& shape, const Real* y, const Real* dy, Real* dx, Into into)

}  // namespace tagloom::kernels
