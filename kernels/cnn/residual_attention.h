#pragma once
// Class-specific residual attention (CSRA, Zhu and Wu 2021, Eqs. 3-6): a tag's score for a picture from its scores at all spatial
// positions. Each head adds the mean over positions and lambda times the mean under a softmax of temperature T.
//
//   y[n,v] = sum_h  (1/P) sum_k s[n,k,v]  +  lambda sum_k a_h[n,k,v] s[n,k,v],      a_h = softmax over k of T_h s
//   ds[n,k,v] = dy[n,v] (H / P + lambda sum_h a_h[n,k,v] (1 + T_h (s[n,k,v] - r_h[n,v]))),   r_h = sum_k a_h s
//
// A head with a temperature of 99 or more takes the maximum, as in the paper: a is 1 at the first greatest position, which
// receives the whole gradient.
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct ResidualAttentionShape {
  static constexpr int kMostHeads = 8;
  static constexpr Real kMaximum = 99;

  int64_t n, places, v;
  int heads = 1;
  Real temperature[kMostHeads] = {1};
  Real lambda = Real(0.1);

  void check() const {
    TL_CHECK(places >= 1 && heads >= 1 && heads <= kMostHeads,
             "[residual_attention] needs at least one position and 1 to {} heads, got {} positions and {} heads", kMostHeads,
             places, heads);
  }
};

// s [n, places, v], y [n, v]
TL_TWINS(residual_attention_forward, Queue& q, const ResidualAttentionShape& shape, const Real* s, Real* y)
TL_TWINS(residual_attention_backward, Queue& q, const ResidualAttentionShape& shape, const Real* s, const Real* dy, Real* ds,
         Into into)

}  // namespace tagloom::kernels
