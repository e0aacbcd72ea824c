#pragma once
// Matrix product, row-major:  c = op(a) op(b) + bias            (Into::kAdd: c += op(a) op(b) + bias)
//
//   op(a) is [m, k]: a is [m, k], or [k, m] with transpose_a; op(b) is [k, n]: b is [k, n], or [n, k] with transpose_b;
//   bias is [n], added to every row, or null; c is [m, n] and overlaps no input.
//   With k = 0 the product is 0; m = 0 or n = 0 does nothing.
//
// Bf16 is storage: products and sums are float, and c is rounded once (with Into::kAdd after the addition). A CPU without
// bfloat16 instructions runs the same maths on widened copies, so the rounding is the same everywhere.
// The third form gives bf16 inputs a result in full precision: logits and weight gradients.
//
// CPU: oneDNN; the same bits from run to run for a fixed number of OpenMP threads. CUDA: cuBLASLt.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct GemmShape {
  int64_t m, n, k;
  bool transpose_a = false, transpose_b = false;
};

TL_TWINS(gemm, Queue& q, const GemmShape& shape, const Real* a, const Real* b, const Real* bias, Real* c, Into into)
TL_TWINS(gemm, Queue& q, const GemmShape& shape, const Bf16* a, const Bf16* b, const Bf16* bias, Bf16* c, Into into)
TL_TWINS(gemm, Queue& q, const GemmShape& shape, const Bf16* a, const Bf16* b, const Real* bias, Real* c, Into into)

}  // namespace tagloom::kernels
