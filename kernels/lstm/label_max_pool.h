#pragma once
// Label-wise max pooling: a tag's score is its best logit over the steps. [Dutta et al. 2020, section 3.4.]
//
//   y[n,v] = max_t x[t,n,v]       arg[n,v] = the first t that reaches it       dx[t,n,v] = dy[n,v] where t == arg[n,v], else 0
//
// x and dx may be stored as Bf16; y (a widened logit) and dy are Real. With Into::kAdd a sum is computed in float and rounded
// once.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct LabelMaxPoolShape {
  int64_t t, n, v;  // steps (at least 1), batch, tags
};

// x [t, n, v]; y, arg [n, v].
TL_TWINS(label_max_pool_forward, Queue& q, const LabelMaxPoolShape& shape, const Real* x, Real* y, int32_t* arg)
TL_TWINS(label_max_pool_forward, Queue& q, const LabelMaxPoolShape& shape, const Bf16* x, Real* y, int32_t* arg)

// dy, arg [n, v]; dx [t, n, v].
TL_TWINS(label_max_pool_backward, Queue& q, const LabelMaxPoolShape& shape, const Real* dy, const int32_t* arg, Real* dx,
         Into into)
TL_TWINS(label_max_pool_backward, Queue& q, const LabelMaxPoolShape& shape, const Real* dy, const int32_t* arg, Bf16* dx,
         Into into)

}  // namespace tagloom::kernels
