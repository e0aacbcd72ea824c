// gemm by cuBLASLt.
#include "kernels/linear/gemm.h"

#include "kernels/cuda_libraries/cublaslt_product.h"
#include "kernels/linear/gemm_bias.h"

namespace tagloom::kernels::cuda {
namespace {

template <class In, class Out>
void multiply(Queue& q, const GemmShape& shape, const In* a, const In* b, const Out* bias, Out* c, Into into) {
  const auto [m, n, k, transpose_a, transpose_b] = shape;
  TL_CHECK(m >= 0 && n >= 0 && k >= 0, "[gemm] sizes may not be negative, got m {}, n {}, k {}", m, n, k);
  if (m == 0 || n == 0) return;
  if (k == 0) return gemm_bias(q, m, n, bias, c, into);
  cublaslt::Product product = cublaslt::product(shape, a, b, c, into);
  if (bias != nullptr) {
    product.epilogue = cublaslt::Epilogue::kBias;
    product.bias = const_cast<Out*>(bias);
  }
  TL_CHECK_AS(ErrorKind::kDevice, cublaslt::run(q, product),
              "[gemm] cuBLASLt has no algorithm for m {}, n {}, k {}, transpose_a {}, transpose_b {}", m, n, k, transpose_a,
              transpose_b);
}

}  // namespace

void gemm(Queue& q, const GemmShape& shape, const Real* a, const Real* b, const Real* bias, Real* c, Into into) {
  multiply(q, shape, a, b, bias, c, into);
}

void gemm(Queue& q, const GemmShape& shape, const Bf16* a, const Bf16* b, const Bf16* bias, Bf16* c, Into into) {
  multiply(q, shape, a, b, bias, c, into);
}

void gemm(Queue& q, const GemmShape& shape, const Bf16* a, const Bf16* b, const Real* bias, Real* c, Into into) {
  multiply(q, shape, a, b, bias, c, into);
}

}  // namespace tagloom::kernels::cuda
