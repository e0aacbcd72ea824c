#pragma once
// Stands in for kernels/cuda/start.cuh: runs a kernel's threads on the CPU, one block after the other.
#include "tests/emulated_cuda/emulated.h"

namespace tagloom::kernels {

template <class... Parameters, class... Arguments>
cudaError_t start(const char* name, dim3 grid, dim3 block, size_t, cudaStream_t, void (*kernel)(Parameters...),
                  Arguments... arguments) {
  emulated::run(name, grid, block, [&] { kernel(static_cast<Parameters>(arguments)...); });
  return cudaSuccess;
}

}  // namespace tagloom::kernels
