// Emulates cuBLASLt's products by the CPU twin and their epilogues by loops. The mask has its own order, and the workspace is
// overwritten except for the part that the caller reserved.
#include "tests/emulated_cuda/product.h"

#include <algorithm>
#include <cstring>

#include "kernels/cuda/context.h"
#include "tests/emulated_cuda/emulated.h"

namespace tagloom::kernels::cublaslt {
namespace {

template <class In, class Out>
void multiply(Queue& q, const Product& p) {
  const auto [m, n, k, transpose_a, transpose_b] = p.shape;
  const bool adds_bias =
      p.epilogue == Epilogue::kBias || p.epilogue == Epilogue::kReluBias || p.epilogue == Epilogue::kReluBiasMask;
  Out* c = static_cast<Out*>(p.c);
  Out* bias = static_cast<Out*>(p.bias);
  TL_ON_CPU(gemm(q, p.shape, static_cast<const In*>(p.a), static_cast<const In*>(p.b),
                 adds_bias ? bias : static_cast<Out*>(nullptr), c, p.into));
  if (p.epilogue == Epilogue::kNone || p.epilogue == Epilogue::kBias) return;
  uint8_t* mask = static_cast<uint8_t*>(p.mask);
  std::vector<double> totals(n);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      const int64_t bit = i * relu_mask_row_bits(n) + relu_mask_row_bits(n) - 1 - j;
      uint8_t* byte = mask == nullptr ? nullptr : mask + bit / 8;
      const uint8_t one = static_cast<uint8_t>(1 << bit % 8);
      const bool masks = p.epilogue == Epilogue::kMasked || p.epilogue == Epilogue::kMaskedBiasTotal;
      const bool keep = masks ? (*byte & one) != 0 : static_cast<float>(c[i * n + j]) > 0;
      if (!masks && byte != nullptr) *byte = static_cast<uint8_t>(keep ? *byte | one : *byte & ~one);
      if (!keep) c[i * n + j] = 0.0f;
      totals[j] += static_cast<float>(c[i * n + j]);
    }
  }
  if (p.epilogue != Epilogue::kMaskedBiasTotal) return;
  TL_CHECK(p.real_bias, "the column sums must not be rounded to bfloat16");
  for (int64_t j = 0; j < n; ++j) static_cast<float*>(p.bias)[j] = static_cast<float>(totals[j]);
}

}  // namespace

bool run(Queue& q, const Product& p) {
  const bool wants_mask = p.epilogue >= Epilogue::kReluBiasMask;
  TL_CHECK(p.shape.m > 0 && p.shape.n > 0 && p.shape.k > 0, "the product is empty");
  TL_CHECK(wants_mask == (p.mask != nullptr) && reinterpret_cast<uintptr_t>(p.mask) % 16 == 0,
           "the mask does not fit the epilogue, or is not aligned");
  TL_CHECK((p.bias == nullptr) == (p.epilogue == Epilogue::kNone || p.epilogue == Epilogue::kMasked),
           "the bias does not fit the epilogue");
  const CudaContext& context = q.cuda();
  TL_CHECK(p.kept_bytes <= context.workspace_bytes, "the workspace is too small");
  if (emulated::refused_epilogues.contains(p.epilogue)) return false;
  char* const spoiled = static_cast<char*>(context.workspace) + p.kept_bytes;  // the workspace at submission; it may change later
  const size_t bytes = std::min<size_t>(context.workspace_bytes - p.kept_bytes, 4096);
  emulated::do_or_keep(context.stream, [p, &q, spoiled, bytes] {
    const auto spoil = [&] { std::memset(spoiled, 0xff, bytes); };
    spoil();
    if (!p.bf16_in) {
      multiply<float, float>(q, p);
    } else if (p.bf16_out) {
      multiply<Bf16, Bf16>(q, p);
    } else {
      multiply<Bf16, float>(q, p);
    }
    spoil();
    ++emulated::products_run[p.epilogue];
  });
  return true;
}

}  // namespace tagloom::kernels::cublaslt
