#pragma once
// A matrix product whose inner size is 0: every row of c becomes the bias (or 0), or the bias is added to it.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"

namespace tagloom::kernels::cuda {

void gemm_bias(Queue& q, int64_t rows, int64_t cols, const float* bias, float* c, Into into);  // bias may be null
void gemm_bias(Queue& q, int64_t rows, int64_t cols, const Bf16* bias, Bf16* c, Into into);

}  // namespace tagloom::kernels::cuda
