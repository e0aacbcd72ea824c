#pragma once
// One step of RMSProp over flat arrays of n values: TensorFlow's rule, with epsilon inside the square root.
//
//   g <- gradient_rule.h
//   s <- decay s + (1 - decay) g^2
//   b <- momentum b + learning_rate g / sqrt(s + epsilon)
//   w <- w - b
//
// TensorFlow starts s as ones, others as zeros; b starts as zeros and may be null where momentum is 0 (the CPU
// looks).
#include <cmath>

#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"
#include "kernels/optim/gradient_rule.h"

namespace tagloom::kernels {

struct RmsPropStep {
  Real learning_rate;
  Real decay = Real(0.9);
  Real momentum = 0;
  Real epsilon = Real(1e-10);
  GradientRule rule{};

  TL_HOST_DEVICE void update(Real factor, Real g, Real& w, Real& s, Real& b) const {
    g = rule.apply(factor, g, w);
    w = rule.decay_weight(learning_rate, w);
    s = decay * s + (1 - decay) * g * g;
    b = momentum * b + learning_rate * g / std::sqrt(s + epsilon);
    w -= b;
  }
};

// step: [1], in the queue's memory. factor: [1], of grad_norm.h; null is 1, and a negative one makes the step do nothing. copy: w
// in bfloat16, or null.
TL_TWINS(rmsprop_step, Queue& q, int64_t n, const RmsPropStep* step, const Real* factor, const Real* g, Real* w, Real* s, Real* b,
         Bf16* copy)

}  // namespace tagloom::kernels
