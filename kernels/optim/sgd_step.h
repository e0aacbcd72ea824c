#pragma once
// One step of gradient descent with momentum over flat arrays of n values (PyTorch's rule, dampening 0).
//
//   g <- gradient_rule.h             b <- momentum b + g
//   w <- w - learning_rate d         d = g + momentum b with Nesterov's momentum, b without
//
// b starts as zeros and may be null where momentum is 0 (the CPU looks).
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"
#include "kernels/optim/gradient_rule.h"

namespace tagloom::kernels {

struct SgdStep {
  Real learning_rate;
  Real momentum = 0;
  bool nesterov = false;
  GradientRule rule{};

  TL_HOST_DEVICE void update(Real factor, Real g, Real& w, Real& b) const {
    g = rule.apply(factor, g, w);
    w = rule.decay_weight(learning_rate, w);
    b = momentum * b + g;
    w -= learning_rate * (nesterov ? g + momentum * b : b);
  }
};

// step: [1], in the queue's memory. factor: [1], of grad_norm.h; null is 1, and a negative one makes the step do nothing. copy: w
// in bfloat16, or null.
TL_TWINS(sgd_step, Queue& q, int64_t n, const SgdStep* step, const Real* factor, const Real* g, Real* w, Real* b, Bf16* copy)

}  // namespace tagloom::kernels
