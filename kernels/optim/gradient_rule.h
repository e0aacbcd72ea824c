#pragma once
// The preprocessing of a gradient, common to all optimizers: norm clipping, L2 decay, value clipping, in this order.
//
//   g <- factor g                     factor: from the norm of all gradients, grad_norm.h
//   g <- g + weight_decay w           unless decoupled
//   g <- min(max(g, -clip), clip)     where clip > 0
//
// Decay before clipping is neuraltalk2's rule. With decoupled decay (Loshchilov and Hutter, 2019) the gradient is unchanged, and
// the step subtracts learning_rate weight_decay w from the weight.
#include "kernels/base/build_config.h"
#include "kernels/base/host_device.h"

namespace tagloom::kernels {

struct GradientRule {
  Real weight_decay = 0;
  bool decoupled = false;
  Real clip_value = 0;  // 0: no clipping

  TL_HOST_DEVICE Real apply(Real factor, Real g, Real w) const {
    g *= factor;
    if (!decoupled) g += weight_decay * w;
    if (clip_value > 0) g = g > clip_value ? clip_value : g < -clip_value ? -clip_value : g;  // NaN stays NaN
    return g;
  }
  TL_HOST_DEVICE Real decay_weight(Real learning_rate, Real w) const {
    return decoupled ? w - learning_rate * weight_decay * w : w;
  }
};

}  // namespace tagloom::kernels
