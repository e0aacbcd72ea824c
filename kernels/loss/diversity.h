#pragma once
// Penalises the overlap of the attention weights of consecutive steps, so that each step attends to different positions. Fused:
// the loss and its gradient in one call. [Ma et al. 2018, Eq. 10.]
//
// With V_t >= 0 the weights of step t and m_t[i] = 1 where V_{t-1}[i] >= threshold and V_t[i] >= threshold, else 0:
//
//   loss[t,n]    = scale[t,n] * sum_i m_t[i] V_{t-1}[i] V_t[i]                                   t >= 1; loss[0,n] = 0
//   dv[t,n,i]    = scale[t,n] m_t[i] V_{t-1}[i] + scale[t+1,n] m_{t+1}[i] V_{t+1}[i]              terms out of range are 0
//
// The mask is a constant in the gradient. scale weights a pair of steps: 1 / (T - 1) for a picture with T steps gives the paper's
// mean, 0 omits the pair.
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct DiversityShape {
  int64_t t, n, m;  // steps, batch, weights per step
  Real threshold = 0;
};

// v [t, n, m]; scale [t, n], of which row 0 is not read; loss [t, n]. dv [t, n, m] may be null, but not v itself.
TL_TWINS(diversity, Queue& q, const DiversityShape& shape, const Real* v, const Real* scale, Real* loss, Real* dv)

}  // namespace tagloom::kernels
