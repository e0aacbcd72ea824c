#pragma once
// y = x, or y += x, from bfloat16 to float, for libraries that produce a bfloat16 result for a float destination.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"

namespace tagloom::kernels::cuda {

void widen_into(Queue& q, int64_t n, const Bf16* x, float* y, Into into);

}  // namespace tagloom::kernels::cuda
