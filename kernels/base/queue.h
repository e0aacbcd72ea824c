#pragma once
// Where work runs: the CPU's threads, or a CUDA stream with its library handles.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "kernels/base/build_config.h"

namespace tagloom::kernels {

struct CudaContext;  // cuda/context.h: stream, cuBLASLt and cuDNN handles, workspace

// Whether a kernel overwrites its output or adds to it.
enum class Into : int { kOverwrite, kAdd };

// Work runs in the order of submission. CPU work is done when the call returns, CUDA work when synchronize() returns.
class Queue {
 public:
  Queue() = default;  // the CPU
  explicit Queue(std::shared_ptr<CudaContext> cuda) : cuda_(std::move(cuda)) {}

  bool is_cuda() const { return cuda_ != nullptr; }
  CudaContext& cuda() { return *cuda_; }  // requires is_cuda()

 private:
  std::shared_ptr<CudaContext> cuda_;
};

}  // namespace tagloom::kernels
