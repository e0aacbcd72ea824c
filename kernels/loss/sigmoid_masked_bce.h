#pragma once
// The multi-order loss: at each step, binary cross-entropy of every tag against the picture's tags without those already emitted.
// Fused: the loss and its gradient in one call.
//
// With y in {0,1}^V the picture's tags and e_s = argmax of step s's logits (right or wrong), the target of step t is
//
//   y_t = y                                            kNone
//   y_t = y without e_{t-1}                            kPrevious     [Dutta et al. 2020, Eq. 5-6]
//   y_t = y without e_0, ..., e_{t-1}                  kCumulative   (the authors' code)
//
// A removed tag is a negative: it stays in the loss with target 0. Then
//
//   loss[t,n]      = scale * sum_v  max(x,0) - x * y_t + log(1 + exp(-|x|))          [Eq. 7, with its minus sign]
//   dlogits[t,n,v] = scale * (sigmoid(x) - y_t)
//
// With StepGate::kLabelCount only the steps t < |y| count (t from 0); other steps have loss 0 and gradient 0.
//
// Logits and dlogits may be stored as Bf16: arithmetic and the loss are float, a gradient is rounded once.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

enum class BceMask { kNone, kPrevious, kCumulative };
enum class StepGate { kAll, kLabelCount };

struct SigmoidMaskedBceShape {
  int64_t t, n, v;  // steps, batch, tags
  BceMask mask = BceMask::kNone;
  StepGate gate = StepGate::kAll;
};

// logits [t, n, v]; labels [n, v], 0 or 1; emitted [t, n], values in [-1, v) where -1 removes nothing, null with kNone;
// loss [t * n]. dlogits [t, n, v] may be logits itself, or null.
TL_TWINS(sigmoid_masked_bce, Queue& q, const SigmoidMaskedBceShape& shape, const Real* logits, const uint8_t* labels,
         const int32_t* emitted, Real scale, Real* loss, Real* dlogits)
TL_TWINS(sigmoid_masked_bce, Queue& q, const SigmoidMaskedBceShape& shape, const Bf16* logits, const uint8_t* labels,
         const int32_t* emitted, Real scale, Real* loss, Bf16* dlogits)

}  // namespace tagloom::kernels
