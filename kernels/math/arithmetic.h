#pragma once
// Elementwise arithmetic and sums over n values.
//
//   add          y = a + b
//   accumulate   y = y + x
//   scale        y = factor x                       factor on the host
//   scale_by     y = factor[0] factor2 x            factor on the device
//   multiply     y = a b                            elementwise
//   sum          y[0] = sum of x                    the order depends on n alone
//   fill         y = value
//
// With Into::kAdd the result is added to y. With kOverwrite y may be x, a or b, except in sum.
//
// Bf16 is storage: sums and products are float and rounded once.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

TL_TWINS(add, Queue& q, int64_t n, const Real* a, const Real* b, Real* y)
TL_TWINS(add, Queue& q, int64_t n, const Bf16* a, const Bf16* b, Bf16* y)
TL_TWINS(accumulate, Queue& q, int64_t n, const Real* x, Real* y)
TL_TWINS(accumulate, Queue& q, int64_t n, const Bf16* x, Bf16* y)
TL_TWINS(scale, Queue& q, int64_t n, Real factor, const Real* x, Real* y, Into into)
TL_TWINS(scale_by, Queue& q, int64_t n, const Real* factor, Real factor2, const Real* x, Real* y, Into into)
TL_TWINS(scale_by, Queue& q, int64_t n, const Real* factor, Real factor2, const Bf16* x, Bf16* y, Into into)
TL_TWINS(multiply, Queue& q, int64_t n, const Real* a, const Real* b, Real* y, Into into)
TL_TWINS(sum, Queue& q, int64_t n, const Real* x, Real* y, Into into)
TL_TWINS(fill, Queue& q, int64_t n, Real value, Real* y)
TL_TWINS(fill, Queue& q, int64_t n, int32_t value, int32_t* y)

}  // namespace tagloom::kernels
