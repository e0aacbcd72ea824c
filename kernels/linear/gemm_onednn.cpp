// gemm by oneDNN's matmul.
#include "kernels/linear/gemm.h"

#include "kernels/onednn/matmul.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {

void gemm(Queue&, const GemmShape& shape, const Real* a, const Real* b, const Real* bias, Real* c, Into into) {
  onednn::matmul("gemm", shape, a, b, bias, c, into);
}
void gemm(Queue&, const GemmShape& shape, const Bf16* a, const Bf16* b, const Bf16* bias, Bf16* c, Into into) {
  onednn::matmul("gemm", shape, a, b, bias, c, into);
}
void gemm(Queue&, const GemmShape& shape, const Bf16* a, const Bf16* b, const Real* bias, Real* c, Into into) {
  onednn::matmul("gemm", shape, a, b, bias, c, into);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
