#pragma once
// Matrix product c = op(a) op(b), or c += op(a) op(b), with a and b both Real or both bfloat16, and c Real.
#include "engine/core/tensor.h"
#include "kernels/linear/gemm.h"

namespace tagloom {

inline void product(kernels::Queue& queue, const kernels::GemmShape& shape, const Tensor& a, const Tensor& b, Real* c,
                    kernels::Into into) {
  const Real* const no_bias = nullptr;
  if constexpr (sizeof(Real) == sizeof(float)) {
    if (a.dtype() == DType::kBf16) {
      TL_ON(queue, gemm(queue, shape, a.data<Bf16>(), b.data<Bf16>(), no_bias, c, into));
      return;
    }
  }
  TL_ON(queue, gemm(queue, shape, a.data(), b.data(), no_bias, c, into));
}

}  // namespace tagloom
