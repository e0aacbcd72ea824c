// gemm by cuBLASLt. It stores matrices by columns: our row-major c = op(a) op(b) is its c' = op(b)' op(a)'.
#include <cublasLt.h>

#include <algorithm>
#include <array>

#include "kernels/base/plan_cache.h"
#include "kernels/cuda/gemm_bias.h"
#include "kernels/cuda_libraries/libraries.h"
#include "kernels/math/gemm.h"

namespace tagloom::kernels::cuda {
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

template <class T>
constexpr cudaDataType_t kCudaType = CUDA_R_32F;
template <>
constexpr cudaDataType_t kCudaType<Bf16> = CUDA_R_16BF;

// What a pointer is a multiple of, up to 256: algorithms may read 16 bytes at once only where all rows start so.
uint32_t alignment_of(const void* pointer) {
  const auto address = reinterpret_cast<uintptr_t>(pointer) | 256;
  return static_cast<uint32_t>(address & -address);
}

// Plain values, which are copied for each call.
struct Plan {
  cublasLtMatmulDescOpaque_t operation;
  cublasLtMatrixLayoutOpaque_t a, b, c;  // as cuBLASLt names them: its a is our b
  cublasLtMatmulAlgo_t algorithm;
};

struct Problem {
  GemmShape shape;
  cudaDataType_t in, out;
  bool has_bias, tf32;
  float beta;
  uint32_t align_a, align_b, align_c;
  size_t workspace_bytes;
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

Plan make_plan(cublasLtHandle_t handle, const Problem& problem) {
  const GemmShape& s = problem.shape;
  Plan plan;
  const cublasComputeType_t compute = problem.tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
  check(TL_CUBLASLT_SYMBOL(cublasLtMatmulDescInit_internal)(&plan.operation, sizeof plan.operation, compute, CUDA_R_32F), s,
        "describing the product");
  set<int32_t>(s, plan.operation, CUBLASLT_MATMUL_DESC_TRANSA, s.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N);
  set<int32_t>(s, plan.operation, CUBLASLT_MATMUL_DESC_TRANSB, s.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N);
  if (problem.has_bias) {
    set<uint32_t>(s, plan.operation, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
    set<int32_t>(s, plan.operation, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, problem.out);
  }
  plan.a = s.transpose_b ? layout(s, problem.in, s.k, s.n) : layout(s, problem.in, s.n, s.k);
  plan.b = s.transpose_a ? layout(s, problem.in, s.m, s.k) : layout(s, problem.in, s.k, s.m);
  plan.c = layout(s, problem.out, s.n, s.m);

  cublasLtMatmulPreferenceOpaque_t preference;
  check(TL_CUBLASLT_SYMBOL(cublasLtMatmulPreferenceInit_internal)(&preference, sizeof preference), s, "the preference");
  prefer<uint64_t>(s, preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, problem.workspace_bytes);
  prefer<uint32_t>(s, preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, problem.align_b);
  prefer<uint32_t>(s, preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, problem.align_a);
  prefer<uint32_t>(s, preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, problem.align_c);
  prefer<uint32_t>(s, preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, problem.align_c);
  cublasLtMatmulHeuristicResult_t best;
  int found = 0;
  check(TL_CUBLASLT_SYMBOL(cublasLtMatmulAlgoGetHeuristic)(handle, &plan.operation, &plan.a, &plan.b, &plan.c, &plan.c,
                                                           &preference, 1, &best, &found),
        s, "choosing an algorithm");
  check(found > 0 ? best.state : CUBLAS_STATUS_NOT_SUPPORTED, s, "choosing an algorithm");
  plan.algorithm = best.algo;
  return plan;
}

template <class In, class Out>
void multiply(Queue& q, const GemmShape& shape, const In* a, const In* b, const Out* bias, Out* c, Into into) {
  const auto [m, n, k, transpose_a, transpose_b] = shape;
  TL_CHECK(m >= 0 && n >= 0 && k >= 0, "[gemm] sizes may not be negative, got m {}, n {}, k {}", m, n, k);
  if (m == 0 || n == 0) return;
  if (k == 0) return gemm_bias(q, m, n, bias, c, into);

  const CudaContext& context = q.cuda();
  Problem problem{shape,
                  kCudaType<In>,
                  kCudaType<Out>,
                  bias != nullptr,
                  context.rules.tf32 && sizeof(In) == sizeof(float),
                  into == Into::kAdd ? 1.0f : 0.0f,
                  alignment_of(a),
                  alignment_of(b),
                  alignment_of(c),
                  context.workspace_bytes};
  using Key = std::array<int64_t, 15>;
  static PlanCache<Key, Plan> cache;
  const Key key{m,
                n,
                k,
                transpose_a,
                transpose_b,
                problem.in,
                problem.out,
                problem.has_bias,
                problem.tf32,
                int64_t(into),
                problem.align_a,
                problem.align_b,
                problem.align_c,
                context.device,
                int64_t(problem.workspace_bytes)};
  const cublasLtHandle_t handle = handle_of(q, shape);
  const auto cached = cache.get(key, [&] { return make_plan(handle, problem); });
  Plan plan = *cached;
  if (bias != nullptr) set<const void*>(shape, plan.operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
  const float alpha = 1.0f;
  check(TL_CUBLASLT_SYMBOL(cublasLtMatmul)(handle, &plan.operation, &alpha, b, &plan.a, a, &plan.b, &problem.beta, c, &plan.c, c,
                                           &plan.c, &plan.algorithm, context.workspace, context.workspace_bytes, context.stream),
        shape, "the product");
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
