// linear_relu by cuBLASLt's epilogues; shapes without one take several steps.
#include "kernels/linear/linear_relu.h"

#include "kernels/cuda/context.h"
#include "kernels/cuda_libraries/cublaslt_product.h"
#include "kernels/linear/bias.h"
#include "kernels/math/activations.h"
#include "kernels/math/arithmetic.h"

namespace tagloom::kernels::cuda {
namespace {

using cublaslt::Epilogue;

bool takes_mask(const ReluMask& mask) { return mask.bits != nullptr && reinterpret_cast<uintptr_t>(mask.bits) % 16 == 0; }

template <class In, class Out>
void linear_relu(Queue& q, const LinearReluShape& shape, const In* x, const In* weight, const Out* bias, Out* y, ReluMask& mask) {
  const auto [n, k, m] = shape;
  TL_CHECK(n >= 0 && k >= 0 && m >= 0, "[linear_relu] sizes may not be negative, got n {}, k {}, m {}", n, k, m);
  mask.written = false;
  if (n == 0 || m == 0) return;
  const GemmShape product_shape{n, m, k, false, true};
  cublaslt::Product product = cublaslt::product(product_shape, x, weight, y);
  product.bias = const_cast<Out*>(bias);
  if (k > 0 && takes_mask(mask)) {
    product.epilogue = Epilogue::kReluBiasMask;
    product.mask = mask.bits;
    mask.written = cublaslt::run(q, product);
    if (mask.written) return;
    product.mask = nullptr;
  }
  product.epilogue = Epilogue::kReluBias;
  if (k > 0 && cublaslt::run(q, product)) return;
  gemm(q, product_shape, x, weight, bias, y, Into::kOverwrite);
  relu_forward(q, n * m, y, y);
}

template <class T>
void backward_to_relu(Queue& q, const LinearReluShape& shape, const T* dabove, const T* above, const T* y, const ReluMask& mask,
                      T* dz, Real* dbias, Into into) {
  const auto [n, k, m] = shape;
  TL_CHECK(n >= 0 && k >= 0 && m >= 0, "[linear_relu] sizes may not be negative, got n {}, k {}, m {}", n, k, m);
  const GemmShape product_shape{n, m, k};
  bool masked = false;
  if (mask.written && n > 0 && m > 0 && k > 0) {
    cublaslt::Product product = cublaslt::product(product_shape, dabove, above, dz);
    product.mask = mask.bits;
    if (dbias != nullptr) {  // the epilogue overwrites, so a sum to be added goes to the workspace
      product.epilogue = Epilogue::kMaskedBiasTotal;
      Real* total = into == Into::kAdd ? static_cast<Real*>(q.cuda().workspace) : dbias;
      product.kept_bytes = into == Into::kAdd ? m * sizeof(Real) : 0;
      product.bias = total;
      product.real_bias = true;
      if (cublaslt::run(q, product)) {
        if (into == Into::kAdd) accumulate(q, m, total, dbias);
        return;
      }
      product.kept_bytes = 0;
      product.bias = nullptr;
    }
    product.epilogue = Epilogue::kMasked;
    masked = cublaslt::run(q, product);
  }
  if (!masked) gemm(q, product_shape, dabove, above, static_cast<T*>(nullptr), dz, Into::kOverwrite);
  if (!masked && dbias != nullptr) return relu_bias_backward(q, n, m, y, dz, dz, dbias, into);
  if (!masked) relu_backward(q, n * m, y, dz, dz, Into::kOverwrite);
  if (dbias != nullptr) bias_backward(q, n, m, dz, dbias, into);
}

}  // namespace

void linear_relu_forward(Queue& q, const LinearReluShape& shape, const Real* x, const Real* weight, const Real* bias, Real* y,
                         ReluMask& mask) {
  linear_relu(q, shape, x, weight, bias, y, mask);
}

void linear_relu_forward(Queue& q, const LinearReluShape& shape, const Bf16* x, const Bf16* weight, const Bf16* bias, Bf16* y,
                         ReluMask& mask) {
  linear_relu(q, shape, x, weight, bias, y, mask);
}

void linear_relu_forward(Queue& q, const LinearReluShape& shape, const Bf16* x, const Bf16* weight, const Real* bias, Real* y,
                         ReluMask& mask) {
  linear_relu(q, shape, x, weight, bias, y, mask);
}

void linear_relu_backward(Queue& q, const LinearReluShape& shape, const Real* dabove, const Real* above, const Real* y,
                          const ReluMask& mask, Real* dz, Real* dbias, Into into) {
  backward_to_relu(q, shape, dabove, above, y, mask, dz, dbias, into);
}

void linear_relu_backward(Queue& q, const LinearReluShape& shape, const Bf16* dabove, const Bf16* above, const Bf16* y,
                          const ReluMask& mask, Bf16* dz, Real* dbias, Into into) {
  backward_to_relu(q, shape, dabove, above, y, mask, dz, dbias, into);
}

}  // namespace tagloom::kernels::cuda
