#pragma once
// Matrix products by oneDNN, as in gemm.h, with an optional operation fused to the result.
#include "kernels/linear/gemm.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU::onednn {

enum class Then { kNothing, kRelu };

// Errors name the op. bias may be null.
void matmul(const char* op, const GemmShape& shape, const float* a, const float* b, const float* bias, float* c, Into into,
            Then then = Then::kNothing);
void matmul(const char* op, const GemmShape& shape, const Bf16* a, const Bf16* b, const Bf16* bias, Bf16* c, Into into,
            Then then = Then::kNothing);
void matmul(const char* op, const GemmShape& shape, const Bf16* a, const Bf16* b, const float* bias, float* c, Into into,
            Then then = Then::kNothing);

}  // namespace tagloom::kernels::TL_CPU::onednn
TL_CPU_END
