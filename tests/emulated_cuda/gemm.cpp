// gemm's CUDA twin is cuBLASLt's; ops that are made of it get the CPU twin's products here.
#include "kernels/math/gemm.h"

#include "kernels/cuda/context.h"
#include "tests/emulated_cuda/emulated.h"

namespace tagloom::kernels::cuda {

void gemm(Queue& q, const GemmShape& shape, const Real* a, const Real* b, const Real* bias, Real* c, Into into) {
  emulated::do_or_keep(q.cuda().stream, [=, &q] { cpu::gemm(q, shape, a, b, bias, c, into); });
}
void gemm(Queue& q, const GemmShape& shape, const Bf16* a, const Bf16* b, const Bf16* bias, Bf16* c, Into into) {
  emulated::do_or_keep(q.cuda().stream, [=, &q] { cpu::gemm(q, shape, a, b, bias, c, into); });
}
void gemm(Queue& q, const GemmShape& shape, const Bf16* a, const Bf16* b, const Real* bias, Real* c, Into into) {
  emulated::do_or_keep(q.cuda().stream, [=, &q] { cpu::gemm(q, shape, a, b, bias, c, into); });
}

}  // namespace tagloom::kernels::cuda
