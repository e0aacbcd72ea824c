#pragma once
// One step of an optimizer over flat arrays of n values. Each step first applies gradient_rule.h to g.
#include <cmath>

#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"
#include "kernels/optim/gradient_rule.h"

namespace tagloom::kernels {

// Gradient descent with momentum (PyTorch's rule, dampening 0).
//
//   b <- momentum b + g
//   w <- w - learning_rate d         d = g + momentum b with Nesterov momentum, else b
//
// b starts as zeros and may be null if momentum is 0 (the CPU twin checks it).
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

// Adam (Kingma and Ba, 2015), or AdamW with decoupled decay (PyTorch's rule).
//
//   m <- beta1 m + (1 - beta1) g              v <- beta2 v + (1 - beta2) g^2
//   w <- w - learning_rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
//
// t = 1 for the first step; m and v start as zeros.
struct AdamStep {
  Real learning_rate;
  Real beta1, new1;  // new1 = 1 - beta1, computed in double: 1 - 0.999f has a relative error of 1e-5
  Real beta2, new2;
  Real epsilon;
  Real corrected_rate, root_correction;  // learning_rate / (1 - beta1^t), 1 / sqrt(1 - beta2^t)
  GradientRule rule;

  AdamStep(double learning_rate, double beta1, double beta2, double epsilon, int64_t t, const GradientRule& rule = {})
      : learning_rate(static_cast<Real>(learning_rate)),
        beta1(static_cast<Real>(beta1)),
        new1(static_cast<Real>(1 - beta1)),
        beta2(static_cast<Real>(beta2)),
        new2(static_cast<Real>(1 - beta2)),
        epsilon(static_cast<Real>(epsilon)),
        corrected_rate(static_cast<Real>(learning_rate / (1 - std::pow(beta1, static_cast<double>(t))))),
        root_correction(static_cast<Real>(1 / std::sqrt(1 - std::pow(beta2, static_cast<double>(t))))),
        rule(rule) {}

  TL_HOST_DEVICE void update(Real factor, Real g, Real& w, Real& m, Real& v) const {
    g = rule.apply(factor, g, w);
    w = rule.decay_weight(learning_rate, w);
    m = beta1 * m + new1 * g;
    v = beta2 * v + new2 * g * g;
    w -= corrected_rate * m / (std::sqrt(v) * root_correction + epsilon);
  }
};

// RMSProp: TensorFlow's rule, with epsilon inside the square root.
//
//   s <- decay s + (1 - decay) g^2
//   b <- momentum b + learning_rate g / sqrt(s + epsilon)
//   w <- w - b
//
// s starts as ones in TensorFlow, as zeros elsewhere; b starts as zeros and may be null if momentum is 0 (the CPU twin checks
// it).
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

// step: [1], in the queue's memory. factor: [1], from grad_norm.h; null means 1, and a negative factor skips the step. copy: w in
// bfloat16, or null.
TL_TWINS(sgd_step, Queue& q, int64_t n, const SgdStep* step, const Real* factor, const Real* g, Real* w, Real* b, Bf16* copy)
TL_TWINS(adam_step, Queue& q, int64_t n, const AdamStep* step, const Real* factor, const Real* g, Real* w, Real* m, Real* v,
         Bf16* copy)
TL_TWINS(rmsprop_step, Queue& q, int64_t n, const RmsPropStep* step, const Real* factor, const Real* g, Real* w, Real* s, Real* b,
         Bf16* copy)

}  // namespace tagloom::kernels
