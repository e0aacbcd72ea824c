#pragma once
// Additive attention over the spatial positions of a feature map: weights and weighted sum in one call. [Bahdanau et al. 2015;
// over convolutional features Xu et al. 2015; relu instead of tanh as in Yazici et al. 2020.]
//
// A picture n has P positions, each with a key k[n,p] of A values, computed once, and a value v[n,p] of C values; a step's query
// q[n] has A values.
//
//   s[n,p]     = sum_a w[a] relu(k[n,p,a] + q[n,a])          no bias: a constant added to all s cancels
//   alpha[n,:] = softmax_p(s[n,:])
//   z[n,c]     = sum_p alpha[n,p] v[n,p,c]
//
//   e[n,p]     = sum_c dz[n,c] v[n,p,c]
//   ds[n,p]    = alpha[n,p] (e[n,p] - sum_r alpha[n,r] e[n,r])
//   dk[n,p,a]  = ds[n,p] w[a] [k + q > 0]      dq[n,a] = sum_p dk[n,p,a]      dw[n,a] = sum_p ds[n,p] relu(k[n,p,a] + q[n,a])
//   dv[n,p,c]  = alpha[n,p] dz[n,c]
//
// dw has one row per picture; its column sums are the gradient of w (linear/bias.h).
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct AttentionShape {
  int64_t n, p, a, c;  // pictures, positions (at least 1 if there are pictures), width of keys, width of values
};

// k [n, p, a]; q [n, a]; w [a]; v [n, p, c]; alpha [n, p]; z [n, c].
TL_TWINS(attention_forward, Queue& queue, const AttentionShape& shape, const Real* k, const Real* q, const Real* w, const Real* v,
         Real* alpha, Real* z)

// dz [n, c]; ds [n, p]; dk [n, p, a] with into_k; dq, dw [n, a] overwritten; dv [n, p, c] with into_v, or null.
TL_TWINS(attention_backward, Queue& queue, const AttentionShape& shape, const Real* k, const Real* q, const Real* w,
         const Real* v, const Real* alpha, const Real* dz, Real* ds, Real* dk, Into into_k, Real* dq, Real* dw, Real* dv,
         Into into_v)

}  // namespace tagloom::kernels
