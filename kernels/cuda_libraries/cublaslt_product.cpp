// Matrix products by cuBLASLt. It is column-major: our row-major c = op(a) op(b) is its c' = op(b)' op(a)'.
#include "kernels/cuda_libraries/cublaslt_product.h"

#include <cublasLt.h>

#include <array>
#include <vector>

#include "kernels/cuda_libraries/libraries.h"
#include "kernels/cuda_libraries/timed_choice.h"

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
    check(TL_CUBLASLT_SYMBOL(cublasLtCreate)(&handle), shape, "creating a handle");
    context.cublaslt = handle;  // the context destroys it
  }
  return static_cast<cublasLtHandle_t>(context.cublaslt);
}

// The largest power of two, up to 256, that divides the address: algorithms use 16-byte reads only if all rows are aligned.
uint32_t alignment_of(const void* pointer) {
  const auto address = reinterpret_cast<uintptr_t>(pointer) | 256;
  return static_cast<uint32_t>(address & -address);
}

// Trivially copyable: each call works on a copy.
struct Plan {
  bool found;
  cublasLtMatmulDescOpaque_t operation;
  cublasLtMatrixLayoutOpaque_t a, b, c;  // in cuBLASLt's order: its a is our b
  cublasLtMatmulAlgo_t algorithm;
};

// cuBLASLt's share of the queue's workspace.
struct Space {
  void* workspace;
  size_t bytes;
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

// Also needed before an algorithm is chosen: the heuristics depend on the alignment of these two.
void set_pointers(const Product& product, cublasLtMatmulDescOpaque_t& operation) {
  if (product.bias != nullptr) set<void*>(product.shape, operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, product.bias);
  if (product.mask != nullptr) set<void*>(product.shape, operation, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, product.mask);
}

bool is_unsupported(cublasStatus_t status) {
  return status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_INVALID_VALUE || status == CUBLAS_STATUS_ARCH_MISMATCH;
}

// The product without an algorithm.
Plan describe(const Product& product, bool tf32) {
  const GemmShape& s = product.shape;
  const cudaDataType_t in = product.bf16_in ? CUDA_R_16BF : CUDA_R_32F, out = product.bf16_out ? CUDA_R_16BF : CUDA_R_32F;
  Plan plan{};
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
  return plan;
}

// At most `most` algorithms, the fastest according to the heuristics.
std::vector<cublasLtMatmulAlgo_t> offered(cublasLtHandle_t handle, const Product& product, Plan plan, size_t workspace_bytes,
                                          int most) {
  const GemmShape& s = product.shape;
  cublasLtMatmulPreferenceOpaque_t preference;
  check(TL_CUBLASLT_SYMBOL(cublasLtMatmulPreferenceInit_internal)(&preference, sizeof preference), s, "the preference");
  prefer<uint64_t>(s, preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace_bytes);
  // Partial sums over k are added as floats: the other schemes round each part to the result's type.
  if (product.bf16_out)
    prefer<uint32_t>(s, preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);
  prefer<uint32_t>(s, preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment_of(product.b));
  prefer<uint32_t>(s, preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment_of(product.a));
  prefer<uint32_t>(s, preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment_of(product.c));
  prefer<uint32_t>(s, preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment_of(product.c));
  std::vector<cublasLtMatmulHeuristicResult_t> results(most);
  int found = 0;
  const cublasStatus_t status = TL_CUBLASLT_SYMBOL(cublasLtMatmulAlgoGetHeuristic)(
      handle, &plan.operation, &plan.a, &plan.b, &plan.c, &plan.c, &preference, most, results.data(), &found);
  if (!is_unsupported(status)) check(status, s, "choosing an algorithm");
  std::vector<cublasLtMatmulAlgo_t> algorithms;
  for (int i = 0; status == CUBLAS_STATUS_SUCCESS && i < found; ++i) {
    if (results[i].state == CUBLAS_STATUS_SUCCESS) algorithms.push_back(results[i].algo);
  }
  return algorithms;
}

// Submits the product, with its result in c.
cublasStatus_t start(Queue& q, const Product& product, Plan plan, void* c, const Space& space) {
  const float alpha = 1.0f, beta = product.into == Into::kAdd ? 1.0f : 0.0f;
  return TL_CUBLASLT_SYMBOL(cublasLtMatmul)(handle_of(q, product.shape), &plan.operation, &alpha, product.b, &plan.a, product.a,
                                            &plan.b, &beta, c, &plan.c, c, &plan.c, &plan.algorithm, space.workspace, space.bytes,
                                            q.cuda().stream);
}

// An algorithm is 64 opaque bytes, valid for the same version of cuBLASLt.
PlanRecipe recipe_of(const cublasLtMatmulAlgo_t& algorithm, const GemmShape& shape, double seconds) {
  PlanRecipe recipe{.seconds = seconds};
  int32_t id = 0;
  size_t written = 0;
  check(TL_CUBLASLT_SYMBOL(cublasLtMatmulAlgoConfigGetAttribute)(&algorithm, CUBLASLT_ALGO_CONFIG_ID, &id, sizeof id, &written),
        shape, "reading an algorithm's number");
  recipe.engine = id;
  for (size_t i = 0; i < std::size(algorithm.data); ++i)
    recipe.knobs.emplace_back(static_cast<int64_t>(i), static_cast<int64_t>(algorithm.data[i]));
  return recipe;
}

// Returns false if this cuBLASLt rejects the recipe for this product.
bool take_recipe(cublasLtHandle_t handle, const PlanRecipe& recipe, size_t workspace_bytes, Plan& plan) {
  if (recipe.knobs.size() != std::size(plan.algorithm.data)) return false;
  for (size_t i = 0; i < recipe.knobs.size(); ++i) {
    if (recipe.knobs[i].first != static_cast<int64_t>(i)) return false;
    plan.algorithm.data[i] = static_cast<uint64_t>(recipe.knobs[i].second);
  }
  cublasLtMatmulHeuristicResult_t result{};
  const cublasStatus_t status = TL_CUBLASLT_SYMBOL(cublasLtMatmulAlgoCheck)(handle, &plan.operation, &plan.a, &plan.b, &plan.c,
                                                                            &plan.c, &plan.algorithm, &result);
  return status == CUBLAS_STATUS_SUCCESS && result.workspaceSize <= workspace_bytes;
}

Plan first_plan(Queue& q, const Product& product, bool tf32, const Space& space) {
  Plan plan = describe(product, tf32);
  const auto algorithms = offered(handle_of(q, product.shape), product, plan, space.bytes, 1);
  plan.found = !algorithms.empty();
  if (plan.found) plan.algorithm = algorithms.front();
  return plan;
}

// The algorithm's key in a PlanFile: everything that it depends on.
std::string plan_name(const Product& p, bool tf32, const Space& space) {
  static constexpr const char* kEpilogues[] = {"none", "bias", "relu_bias", "relu_bias_mask", "masked", "masked_bias_total"};
  const GemmShape& s = p.shape;
  return format("gemm {}>{} m={} n={} k={} transpose={}{} epilogue={}{}{} alignment={},{},{},{},{} workspace={}KiB",
                p.bf16_in ? "bf16"
                : tf32    ? "tf32"
                          : "fp32",
                p.bf16_out ? "bf16" : "fp32", s.m, s.n, s.k, int(s.transpose_a), int(s.transpose_b),
                kEpilogues[static_cast<int>(p.epilogue)], p.real_bias ? "+real" : "", p.into == Into::kAdd ? "+add" : "",
                alignment_of(p.a), alignment_of(p.b), alignment_of(p.c), alignment_of(p.bias), alignment_of(p.mask),
                space.bytes >> 10);
}

// The fastest of several algorithms. Timed results go to scratch memory instead of c, which may be added to; the actual run
// overwrites a mask or a bias' gradient.
Plan fastest_plan(Queue& q, const Product& product, bool tf32, const Space& space) {
  constexpr int kMostCandidates = 8;
  const GemmShape& s = product.shape;
  const cublasLtHandle_t handle = handle_of(q, s);
  Plan plan = describe(product, tf32);
  PlanFile& file = plan_file(q);
  const std::string name = plan_name(product, tf32, space);
  const auto known = file.find(name);
  plan.found = known && take_recipe(handle, *known, space.bytes, plan);
  if (plan.found) return plan;

  const auto algorithms = offered(handle, product, plan, space.bytes, kMostCandidates);
  SpareResult c(q, s.m * s.n * (product.bf16_out ? sizeof(Bf16) : sizeof(float)));
  Plan best = plan;
  double best_seconds = 0;
  for (const cublasLtMatmulAlgo_t& algorithm : algorithms) {
    plan.algorithm = algorithm;
    bool runs = true;
    const double seconds = least_seconds(q, [&] {
      const cublasStatus_t status = runs ? start(q, product, plan, c.data(), space) : CUBLAS_STATUS_SUCCESS;
      if (is_unsupported(status)) runs = false;
      if (runs) check(status, s, "timing an algorithm");
    });
    if (!runs || (best.found && seconds >= best_seconds)) continue;
    best = plan;
    best.found = true;
    best_seconds = seconds;
  }
  if (best.found) file.put(name, recipe_of(best.algorithm, s, best_seconds));
  warn_of(file);
  return best;
}

}  // namespace

bool run(Queue& q, const Product& product) {
  const GemmShape& shape = product.shape;
  const CudaContext& context = q.cuda();
  const size_t kept = (product.kept_bytes + 255) / 256 * 256;
  TL_CHECK_AS(ErrorKind::kDevice, kept <= context.workspace_bytes,
              "[gemm] needs {} KiB of workspace in addition to cuBLASLt's, the queue has {} KiB", kept >> 10,
              context.workspace_bytes >> 10);
  const Space space{static_cast<char*>(context.workspace) + kept, context.workspace_bytes - kept};
  const bool tf32 = context.rules.tf32 && !product.bf16_in;
  using Key = std::array<int64_t, 19>;
  static auto& cache = *new TimedCache<Key, Plan>;
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
                int64_t(space.bytes),
                int64_t(product.bias != nullptr),
                int64_t(product.real_bias)};
  const auto cached = timed_or_chosen<Key, Plan>(
      q, cache, key, [&] { return fastest_plan(q, product, tf32, space); }, [&] { return first_plan(q, product, tf32, space); });
  if (!cached->found) return false;
  Plan plan = *cached;
  if (product.epilogue != Epilogue::kNone) set_pointers(product, plan.operation);
  const cublasStatus_t status = start(q, product, plan, product.c, space);
  if (is_unsupported(status)) {  // the heuristics were wrong: the caller uses its fallback from now on
    plan.found = false;
    for (const bool timed : {false, true}) cache.replace({key, timed}, plan);
    return false;
  }
  check(status, shape, "the product");
  return true;
}

}  // namespace tagloom::kernels::cublaslt
