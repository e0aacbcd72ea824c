// A stub of libcublasLt.so.13: products as plain loops in double, on host memory.
#include <cublasLt.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/base/bfloat16.h"
#include "tests/stub_libraries/alive.h"
#include "tests/stub_libraries/stubs.h"

namespace {

using tagloom::Bf16;
tagloom::stub::Library library;
const tagloom::stub::Alive alive;

struct Layout {
  int64_t type, rows, cols, ld;
};
struct Operation {
  int32_t transpose_a, transpose_b;
  uint32_t epilogue;
  int32_t bias_type;
  void *bias, *mask;
  int64_t mask_ld;
};

template <class Known, class Opaque>
Known& as(Opaque* opaque) {
  static_assert(sizeof(Known) <= sizeof(Opaque));
  return *reinterpret_cast<Known*>(opaque);
}

double read(const void* data, int64_t type, int64_t index) {
  return type == CUDA_R_32F ? static_cast<const float*>(data)[index] : static_cast<float>(static_cast<const Bf16*>(data)[index]);
}

void write(void* data, int64_t type, int64_t index, double value) {
  if (type == CUDA_R_32F) {
    static_cast<float*>(data)[index] = static_cast<float>(value);
  } else {
    static_cast<Bf16*>(data)[index] = static_cast<float>(value);
  }
}

// Columns of d are our rows: a bias has one value for each row of d.
void multiply(const Operation& o, const void* a, const Layout& la, const void* b, const Layout& lb, double beta, void* d,
              const Layout& ld) {
  const bool adds_bias = o.epilogue == CUBLASLT_EPILOGUE_BIAS || o.epilogue == CUBLASLT_EPILOGUE_RELU_BIAS ||
                         o.epilogue == CUBLASLT_EPILOGUE_RELU_AUX_BIAS;
  const bool has_relu = o.epilogue == CUBLASLT_EPILOGUE_RELU_BIAS || o.epilogue == CUBLASLT_EPILOGUE_RELU_AUX_BIAS;
  const bool is_masked = o.epilogue == CUBLASLT_EPILOGUE_DRELU || o.epilogue == CUBLASLT_EPILOGUE_DRELU_BGRAD;
  const int64_t inner = o.transpose_a == CUBLAS_OP_T ? la.rows : la.cols;
  std::vector<double> totals(ld.rows);
  for (int64_t col = 0; col < ld.cols; ++col) {
    for (int64_t row = 0; row < ld.rows; ++row) {
      double sum = beta == 0 ? 0 : beta * read(d, ld.type, col * ld.ld + row);
      for (int64_t i = 0; i < inner; ++i) {
        sum += read(a, la.type, o.transpose_a == CUBLAS_OP_T ? row * la.ld + i : i * la.ld + row) *
               read(b, lb.type, o.transpose_b == CUBLAS_OP_T ? i * lb.ld + col : col * lb.ld + i);
      }
      const uint8_t one = static_cast<uint8_t>(1 << row % 8);
      uint8_t* const bits = static_cast<uint8_t*>(o.mask) + (o.mask == nullptr ? 0 : (col * o.mask_ld + row) / 8);
      if (adds_bias) sum += read(o.bias, o.bias_type, row);
      if (o.epilogue == CUBLASLT_EPILOGUE_RELU_AUX_BIAS) *bits = static_cast<uint8_t>(sum > 0 ? *bits | one : *bits & ~one);
      if (has_relu) sum = std::max(sum, 0.0);
      if (is_masked && (*bits & one) == 0) sum = 0;
      write(d, ld.type, col * ld.ld + row, sum);
      totals[row] += read(d, ld.type, col * ld.ld + row);
    }
  }
  if (o.epilogue != CUBLASLT_EPILOGUE_DRELU_BGRAD) return;
  for (int64_t row = 0; row < ld.rows; ++row) write(o.bias, o.bias_type, row, totals[row]);
}

}  // namespace

extern "C" {

tagloom::stub::Library* stub_library() { return &library; }

size_t cublasLtGetVersion() { return 130100; }

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  alive.check("cublasLtCreate");
  ++library.created;
  *handle = reinterpret_cast<cublasLtHandle_t>(&library);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtDestroy(cublasLtHandle_t) {
  alive.check("cublasLtDestroy");
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatrixLayoutInit_internal(cublasLtMatrixLayout_t layout, size_t, cudaDataType type, uint64_t rows,
                                                 uint64_t cols, int64_t ld) {
  as<Layout>(layout) = {type, static_cast<int64_t>(rows), static_cast<int64_t>(cols), ld};
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescInit_internal(cublasLtMatmulDesc_t operation, size_t, cublasComputeType_t, cudaDataType_t) {
  as<Operation>(operation) = {.transpose_a = 0,
                              .transpose_b = 0,
                              .epilogue = CUBLASLT_EPILOGUE_DEFAULT,
                              .bias_type = 0,
                              .bias = nullptr,
                              .mask = nullptr,
                              .mask_ld = 0};
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t operation, cublasLtMatmulDescAttributes_t name,
                                              const void* value, size_t bytes) {
  Operation& o = as<Operation>(operation);
  const auto set = [&](auto& field) {
    if (bytes != sizeof field) return CUBLAS_STATUS_INVALID_VALUE;
    std::memcpy(&field, value, bytes);
    return CUBLAS_STATUS_SUCCESS;
  };
  switch (name) {
    case CUBLASLT_MATMUL_DESC_TRANSA:
      return set(o.transpose_a);
    case CUBLASLT_MATMUL_DESC_TRANSB:
      return set(o.transpose_b);
    case CUBLASLT_MATMUL_DESC_EPILOGUE:
      return set(o.epilogue);
    case CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE:
      return set(o.bias_type);
    case CUBLASLT_MATMUL_DESC_BIAS_POINTER:
      return set(o.bias);
    case CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER:
      return set(o.mask);
    case CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD:
      return set(o.mask_ld);
    default:
      return CUBLAS_STATUS_INVALID_VALUE;
  }
}

cublasStatus_t cublasLtMatmulPreferenceInit_internal(cublasLtMatmulPreference_t, size_t) {
  library.reduction_schemes = CUBLASLT_REDUCTION_SCHEME_MASK;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t, cublasLtMatmulPreferenceAttributes_t name,
                                                    const void* value, size_t) {
  if (name == CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK) std::memcpy(&library.reduction_schemes, value, sizeof(uint32_t));
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t operation, cublasLtMatrixLayout_t,
                                              cublasLtMatrixLayout_t, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                              cublasLtMatmulPreference_t, int most, cublasLtMatmulHeuristicResult_t results[],
                                              int* found) {
  ++library.heuristics;
  *found = 0;
  const uint32_t epilogue = as<Operation>(operation).epilogue;
  if (library.refused_epilogue != 0 && epilogue == library.refused_epilogue) return CUBLAS_STATUS_NOT_SUPPORTED;
  for (; *found < std::min(most, library.candidates); ++*found) {
    results[*found] = {};
    for (uint64_t& word : results[*found].algo.data) word = 0x8000000000000100 + *found;  // all 64 bits must be preserved
  }
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoConfigGetAttribute(const cublasLtMatmulAlgo_t* algorithm,
                                                    cublasLtMatmulAlgoConfigAttributes_t name, void* value, size_t,
                                                    size_t* written) {
  if (name != CUBLASLT_ALGO_CONFIG_ID) return CUBLAS_STATUS_INVALID_VALUE;
  const int32_t id = static_cast<int32_t>(algorithm->data[0] & 0xff);
  std::memcpy(value, &id, sizeof id);
  *written = sizeof id;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                       cublasLtMatrixLayout_t, cublasLtMatrixLayout_t, const cublasLtMatmulAlgo_t* algorithm,
                                       cublasLtMatmulHeuristicResult_t* result) {
  *result = {};
  for (const uint64_t word : algorithm->data) {
    if (word != algorithm->data[0]) return CUBLAS_STATUS_INVALID_VALUE;
  }
  const uint64_t id = algorithm->data[0] - 0x8000000000000100;
  return id < tagloom::stub::kMost && library.accepts[id] ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t operation, const void*, const void* a,
                              cublasLtMatrixLayout_t la, const void* b, cublasLtMatrixLayout_t lb, const void* beta, const void*,
                              cublasLtMatrixLayout_t, void* d, cublasLtMatrixLayout_t ld, const cublasLtMatmulAlgo_t* algorithm,
                              void*, size_t, cudaStream_t stream) {
  const Operation o = as<Operation>(operation);
  const auto id = static_cast<int>(algorithm->data[0] & 0xff);
  if (library.fails[id] || (library.impossible_epilogue != 0 && o.epilogue == library.impossible_epilogue)) {
    ++library.refused_runs;
    return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  ++library.runs;
  library.last_run = id;
  const auto work = [o, a, b, d, id, la = as<Layout>(la), lb = as<Layout>(lb), ld = as<Layout>(ld),
                     beta = *static_cast<const float*>(beta)] {
    multiply(o, a, la, b, lb, beta, d, ld);
    if (library.clock != nullptr) *library.clock += library.seconds[id];
  };
  if (library.enqueue != nullptr) {
    library.enqueue(stream, work);
  } else {
    work();
  }
  return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"
