// cuBLASLt stores matrices by columns: our row-major c = op(a) op(b) is its c' = op(b)' op(a)'.
#include "kernels/cuda_libraries/cublaslt_product.h"

#include <cublasLt.h>

#include <array>

#include "kernels/base/plan_cache.h"
#include "kernels/cuda_libraries/libraries.h"

namespace tagloom::kernels::cublaslt {
namespace {

void check(cublasStatus_t status, const GemmShape& s, const char* what) {
  TL_CHECK_AS(ErrorKind::kDevice, status == CUBLAS_STATUS_SUCCESS,
              "[gemm] cuBLASLt: {} failed with status {} (m {}, n {}, k {}, transpose_a {}, transpose_b {})", what,
              static_cast<int>(status), s.m, s.n, s.k, s.transpose_a, s.transpose_b);
}

cublasLtHandle_t handle_of(Queue& q, const GemmShape& shape) {
  CudaContext& context = q.cuda();
  if (context.cublaslt == nullptr) {
    cublasLtHandle_t handle = nullptr;
    check(TL_CUBLASLT_SYMBOL(cublasLtCreate)(&handle), shape, "making a handle");
    context.cublaslt = handle;  // the context destroys it
  }
  return static_cast<cublasLtHandle_t>(context.cublaslt);
}

// What a pointer is a multiple of, up to 256: algorithms may read 16 bytes at once only where all rows start so.
uint32_t alignment_of(const void* pointer) {
  const auto address = reinterpret_cast<uintptr_t>(pointer) | 256;
  return static_cast<uint32_t>(address & -address);
}

// Plain values, which are copied for each call.
struct Plan {
  bool found;
  cublasLtMatmulDescOpaque_t operation;
  cublasLtMatrixLayoutOpaque_t a, b, c;  // as cuBLASLt names them: its a is our b
  cublasLtMatmulAlgo_t algorithm;
};

cublasLtMatrixLayoutOpaque_t layout(const GemmShape& shape, cudaDataType_t type, int64_t rows, int64_t cols) {
  cublasLtMatrixLayoutOpaque_t layout;
  check(TL_CUBLASLT_SYMBOL(cublasLtMatrixLayoutInit_internal)(&layout, sizeof layout, type, rows, cols, rows), shape,
        "describing a matrix");
  return layout;
}

template <class Value>
void set(const GemmShape& shape, cublasLtMatmulDescOpaque_t& operation, cublasLtMatmulDescAttributes_t name, Value value) {
  check(TL_CUBLASLT_SYMBOL(cublasLtMatmulDescSetAttribute)(&operation, name, &value, sizeof value), shape,
        "setting an attribute");
}

template <class Value>
void prefer(const GemmShape& shape, cublasLtMatmulPreferenceOpaque_t& preference, cublasLtMatmulPreferenceAttributes_t name,
            Value value) {
  check(TL_CUBLASLT_SYMBOL(cublasLtMatmulPreferenceSetAttribute)(&preference, name, &value, sizeof value), shape,
        "setting a preference");
}

uint32_t epilogue_of(Epilogue epilogue) {
  switch (epilogue) {
    case Epilogue::kNone:
      return CUBLASLT_EPILOGUE_DEFAULT;
    case Epilogue::kBias:
      return CUBLASLT_EPILOGUE_BIAS;
    case Epilogue::kReluBias:
      return CUBLASLT_EPILOGUE_RELU_BIAS;
    case Epilogue::kReluBiasMask:
      return CUBLASLT_EPILOGUE_RELU_AUX_BIAS;
    case Epilogue::kMasked:
      return CUBLASLT_EPILOGUE_DRELU;
    case Epilogue::kMaskedBiasTotal:
      return CUBLASLT_EPILOGUE_DRELU_BGRAD;
  }
  return CUBLASLT_EPILOGUE_DEFAULT;
}

// Also before an algorithm is chosen: the heuristics go by the alignment of these two.
void set_pointers(const Product& product, cublasLtMatmulDescOpaque_t& operation) {
  if (product.bias != nullptr) set<void*>(product.shape, operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, product.bias);
  if (product.mask != nullptr) set<void*>(product.shape, operation, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, product.mask);
}

bool says_unsupported(cublasStatus_t status) {
  return status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_INVALID_VALUE || status == CUBLAS_STATUS_ARCH_MISMATCH;
}

Plan make_plan(cublasLtHandle_t handle, const Product& product, bool tf32, size_t workspace_bytes) {
  const GemmShape& s = product.shape;
  const cudaDataType_t in = product.bf16_in ? CUDA_R_16BF : CUDA_R_32F, out = product.bf16_out ? CUDA_R_16BF : CUDA_R_32F;
  Plan plan;
  const cublasComputeType_t compute = tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
  check(TL_CUBLASLT_SYMBOL(cublasLtMatmulDescInit_internal)(&plan.operation, sizeof plan.operation, compute, CUDA_R_32F), s,
        "describing the product");
  set<int32_t>(s, plan.operation, CUBLASLT_MATMUL_DESC_TRANSA, s.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N);
  set<int32_t>(s, plan.operation, CUBLASLT_MATMUL_DESC_TRANSB, s.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N);
  if (product.epilogue != Epilogue::kNone) {
    set<uint32_t>(s, plan.operation, CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue_of(product.epilogue));
    if (product.bias != nullptr)
      set<int32_t>(s, plan.operation, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, product.real_bias ? CUDA_R_32F : out);
    if (product.mask != nullptr) set<int64_t>(s, plan.operation, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, relu_mask_row_bits(s.n));
    set_pointers(product, plan.operation);
  }
  plan.a = s.transpose_b ? layout(s, in, s.k, s.n) : layout(s, in, s.n, s.k);
  plan.b = s.transpose_a ? layout(s, in, s.m, s.k) : layout(s, in, s.k, s.m);
  plan.c = layout(s, out, s.n, s.m);

  cublasLtMatmulPreferenceOpaque_t preference;
  check(TL_CUBLASLT_SYMBOL(cublasLtMatmulPreferenceInit_internal)(&preference, sizeof preference), s, "the preference");
  prefer<uint64_t>(s, preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace_bytes);
  prefer<uint32_t>(s, preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment_of(product.b));
  prefer<uint32_t>(s, preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment_of(product.a));
  prefer<uint32_t>(s, preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment_of(product.c));
  prefer<uint32_t>(s, preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment_of(product.c));
  cublasLtMatmulHeuristicResult_t best;
  int found = 0;
  const cublasStatus_t status = TL_CUBLASLT_SYMBOL(cublasLtMatmulAlgoGetHeuristic)(
      handle, &plan.operation, &plan.a, &plan.b, &plan.c, &plan.c, &preference, 1, &best, &found);
  plan.found = status == CUBLAS_STATUS_SUCCESS && found > 0 && best.state == CUBLAS_STATUS_SUCCESS;
  if (!plan.found && !says_unsupported(status)) check(status, s, "choosing an algorithm");
  if (plan.found) plan.algorithm = best.algo;
  return plan;
}

}  // namespace

bool run(Queue& q, const Product& product) {
  const GemmShape& shape = product.shape;
  const CudaContext& context = q.cuda();
  const size_t kept = (product.kept_bytes + 255) / 256 * 256;
  TL_CHECK_AS(ErrorKind::kDevice, kept <= context.workspace_bytes,
              "[gemm] needs {} KiB of workspace beside cuBLASLt's, the queue has {} KiB", kept >> 10,
              context.workspace_bytes >> 10);
  const size_t workspace_bytes = context.workspace_bytes - kept;
  const bool tf32 = context.rules.tf32 && !product.bf16_in;
  using Key = std::array<int64_t, 19>;
  static PlanCache<Key, Plan> cache;
  const Key key{shape.m,
                shape.n,
                shape.k,
                shape.transpose_a,
                shape.transpose_b,
                product.bf16_in,
                product.bf16_out,
                int64_t(product.epilogue),
                tf32,
                int64_t(product.into),
                alignment_of(product.a),
                alignment_of(product.b),
                alignment_of(product.c),
                alignment_of(product.bias),
                alignment_of(product.mask),
                context.device,
                int64_t(workspace_bytes),
                int64_t(product.bias != nullptr),
                int64_t(product.real_bias)};
  const cublasLtHandle_t handle = handle_of(q, shape);
  const auto cached = cache.get(key, [&] { return make_plan(handle, product, tf32, workspace_bytes); });
  if (!cached->found) return false;
  Plan plan = *cached;
  if (product.epilogue != Epilogue::kNone) set_pointers(product, plan.operation);
  const float alpha = 1.0f, beta = product.into == Into::kAdd ? 1.0f : 0.0f;
  const cublasStatus_t status = TL_CUBLASLT_SYMBOL(cublasLtMatmul)(
      handle, &plan.operation, &alpha, product.b, &plan.a, product.a, &plan.b, &beta, product.c, &plan.c, product.c, &plan.c,
      &plan.algorithm, static_cast<char*>(context.workspace) + kept, workspace_bytes, context.stream);
  if (says_unsupported(status)) return false;
  check(status, shape, "the product");
  return true;
}

}  // namespace tagloom::kernels::cublaslt
