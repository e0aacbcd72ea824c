#pragma once
// The one place with <<<>>>. tests/emulated_cuda has another start.cuh, which runs kernels where there is no GPU.
#include <cuda_runtime.h>

namespace tagloom::kernels {

template <class... Parameters, class... Arguments>
cudaError_t start(const char*, dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream, void (*kernel)(Parameters...),
                  Arguments... arguments) {
  kernel<<<grid, block, shared_bytes, stream>>>(static_cast<Parameters>(arguments)...);
  return cudaGetLastError();
}

}  // namespace tagloom::kernels
