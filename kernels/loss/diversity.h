#pragma once
// The overlap of what an LSTM looks at in neighbouring steps, as a loss: it asks for different places at each step. Fused: the
// loss and its gradient in one call. [Ma et al. 2018, Eq. 10.]
//
// With V_t >= 0 the weights of step t and m_t[i] = 1 where V_{t-1}[i] >= threshold and V_t[i] >= threshold, else 0:
//
//   loss[t,n]    = scale[t,n] * sum_i m_t[i] V_{t-1}[i] V_t[i]                                   t >= 1; loss[0,n] = 0
//   dv[t,n,i]    = scale[t,n] m_t[i] V_{t-1}[i] + scale[t+1,n] m_{t+1}[i] V_{t+1}[i]              a term that has no t is 0
//
// The mask is a constant in the gradient. A pair of steps counts by its scale: 1 / (T - 1) of a picture with T steps is the
// paper's mean, 0 leaves the pair out.
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct DiversityShape {
  int64_t t, n, m;  // steps, batch, weights a step
  Real threshold = 0;
};

// v [t, n, m]; scale [t, n], of which row 0 is not read; loss [t, n]. dv [t, n, m], not v itself, or null: the loss only.
TL_TWINS(diversity, Queue& q, const DiversityShape& shape, const Real* v, const Real* scale, Real* loss, Real* dv)

}  // namespace tagloom::kernels
