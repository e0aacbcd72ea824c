#pragma once
// Dropout over n values. The mask depends only on the key and the index, so backward needs no stored mask.
//
//   keep[i] = random_uniform(key.of_step(), i) >= p        y = keep * x / (1 - p)        dx = keep * dy / (1 - p)
//
// Bf16 is storage: it drops the same values as Real and rounds once.
#include "kernels/base/bfloat16.h"
#include "kernels/base/philox.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

// p in [0, 1) is the dropout probability. y may be x itself.
TL_TWINS(dropout_forward, Queue& q, int64_t n, Real p, const OpKey& key, const Real* x, Real* y)
TL_TWINS(dropout_forward, Queue& q, int64_t n, Real p, const OpKey& key, const Bf16* x, Bf16* y)

// Use the key of forward. dx may be dy itself with kOverwrite.
TL_TWINS(dropout_backward, Queue& q, int64_t n, Real p, const OpKey& key, const Real* dy, Real* dx, Into into)
TL_TWINS(dropout_backward, Queue& q, int64_t n, Real p, const OpKey& key, const Bf16* dy, Bf16* dx, Into into)

}  // namespace tagloom::kernels
