#pragma once
// One matrix product by cuBLASLt, with what it does to the result before that is written: its epilogue. Row-major, as gemm.h
// says.
#include "kernels/linear/gemm.h"
#include "kernels/linear/linear_relu.h"

namespace tagloom::kernels::cublaslt {

enum class Epilogue {
  kNone,
  kBias,             // c += bias
  kReluBias,         // c = max(c + bias, 0)
  kReluBiasMask,     // the same; mask: where it is positive
  kMasked,           // c = 0 where mask says so
  kMaskedBiasTotal,  // the same; bias = the column sums of the masked c
};

struct Product {
  GemmShape shape;  // m, n and k are positive
  bool bf16_in = false, bf16_out = false;
  const void *a = nullptr, *b = nullptr;
  void* c = nullptr;
  Into into = Into::kOverwrite;
  Epilogue epilogue = Epilogue::kNone;
  void* bias = nullptr;    // [n], of the type of c
  bool real_bias = false;  // it is Real whatever c is
  void* mask = nullptr;    // m rows of relu_mask_row_bits(n) bits, in cuBLASLt's own order
  size_t kept_bytes = 0;   // at the start of the queue's workspace, for the caller
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

// Gives the product to the queue, or false where cuBLASLt has no algorithm for it: then nothing was done. Other errors throw.
bool run(Queue& q, const Product& product);

}  // namespace tagloom::kernels::cublaslt
