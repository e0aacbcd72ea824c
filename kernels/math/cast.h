#pragma once
// Converts n values between float and bfloat16: rounding to nearest even one way, exact the other way.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

TL_TWINS(cast, Queue& q, int64_t n, const Real* x, Bf16* y)
TL_TWINS(cast, Queue& q, int64_t n, const Bf16* x, Real* y)

}  // namespace tagloom::kernels
