#pragma once
// Log-sum-exp pairwise loss (Li, Song and Luo 2017, Eqs. 4-6): every true tag should score above every other tag. All pairs, in
// closed form, because the sum of a product of exponentials is a product of sums; the loss and its gradient in one call.
//
//   loss = scale * log(1 + sum_p sum_n exp(x_n - x_p))       p over the true tags, n over the others
//        = scale * log(1 + exp(s)),   s = log sum_n exp(x_n) + log sum_p exp(-x_p)
//   dx_n =  scale * sigmoid(s) softmax_n(x)       over the others
//   dx_p = -scale * sigmoid(s) softmax_p(-x)      over the true tags
//
// Each sum of exponentials is taken from its largest term, so no score is too large. A picture that carries no tag, or all of
// them, has no pair: loss and gradient are 0.
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct LsepShape {
  int64_t n, v;  // pictures, tags
};

// logits [n, v]; labels [n, v], 0 or 1; loss [n]. dlogits [n, v] may be logits itself, or null: the loss only.
TL_TWINS(lsep, Queue& q, const LsepShape& shape, const Real* logits, const uint8_t* labels, Real scale, Real* loss, Real* dlogits)

}  // namespace tagloom::kernels
