#pragma once
// Sums of two arrays of n values.
//
//   add: y = a + b          accumulate: y = y + x
//
// Bf16 values are added in float and rounded once. y may be a or b.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

TL_TWINS(add, Queue& q, int64_t n, const Real* a, const Real* b, Real* y)
TL_TWINS(add, Queue& q, int64_t n, const Bf16* a, const Bf16* b, Bf16* y)
TL_TWINS(accumulate, Queue& q, int64_t n, const Real* x, Real* y)
TL_TWINS(accumulate, Queue& q, int64_t n, const Bf16* x, Bf16* y)

}  // namespace tagloom::kernels
