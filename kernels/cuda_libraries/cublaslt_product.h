#pragma once
// One matrix product by cuBLASLt with an epilogue, an operation on the result before it is written. Row-major, as in gemm.h.
#include "kernels/linear/gemm.h"
#include "kernels/linear/linear_relu.h"

namespace tagloom::kernels::cublaslt {

enum class Epilogue {
  kNone,
  kBias,             // c += bias
  kReluBias,         // c = max(c + bias, 0)
  kReluBiasMask,     // the same, and mask = (c > 0)
  kMasked,           // c = 0 where the mask is 0
  kMaskedBiasTotal,  // the same, and bias = the column sums of the masked c
};

struct Product {
  GemmShape shape;  // m, n and k are positive
  bool bf16_in = false, bf16_out = false;
  const void *a = nullptr, *b = nullptr;
  void* c = nullptr;
  Into into = Into::kOverwrite;
  Epilogue epilogue = Epilogue::kNone;
  void* bias = nullptr;    // [n], of the type of c
  bool real_bias = false;  // bias is Real for any type of c
  void* mask = nullptr;    // m rows of relu_mask_row_bits(n) bits, in cuBLASLt's order
  size_t kept_bytes = 0;   // reserved for the caller at the start of the queue's workspace
};

template <class In, class Out>
Product product(const GemmShape& shape, const In* a, const In* b, Out* c, Into into = Into::kOverwrite) {
  Product result{shape};
  result.bf16_in = sizeof(In) == sizeof(Bf16);
  result.bf16_out = sizeof(Out) == sizeof(Bf16);
  result.a = a;
  result.b = b;
  result.c = c;
  result.into = into;
  return result;
}

// Submits the product to the queue. Returns false, having done nothing, if cuBLASLt has no algorithm for it. Other errors throw.
bool run(Queue& q, const Product& product);

}  // namespace tagloom::kernels::cublaslt
