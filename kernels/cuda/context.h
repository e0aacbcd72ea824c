#pragma once
// The state of a CUDA queue. Host code only.
#include <cuda_runtime.h>

#include <cstddef>
#include <memory>

#include "kernels/base/device.h"
#include "kernels/base/error.h"
#include "kernels/base/queue.h"

namespace tagloom::kernels {

struct CudaContext {
  int device = 0;
  int multiprocessors = 0;  // of the device
  cudaStream_t stream = nullptr;
  void* workspace = nullptr;  // scratch for libraries and reductions; lives as long as the context
  size_t workspace_bytes = 0;
  QueueRules rules;
  void* cublaslt = nullptr;  // cublasLtHandle_t, created on first use by cuda_libraries/cublaslt_product.cpp
  void* cudnn = nullptr;     // cudnnHandle_t, created on first use by cuda_libraries/cudnn_graph.cpp

  CudaContext(int device, size_t workspace_bytes);
  ~CudaContext();
  CudaContext(const CudaContext&) = delete;
  CudaContext& operator=(const CudaContext&) = delete;
};

bool synchronous_launches();  // TAGLOOM_CUDA_SYNC is set
void check_cuda(cudaError_t code, const char* what, const char* file, int line);

}  // namespace tagloom::kernels

// TL_CUDA(cudaMemcpyAsync(...)) throws Error(kDevice) with the call, file and line.
#define TL_CUDA(call) ::tagloom::kernels::check_cuda((call), #call, __FILE__, __LINE__)
