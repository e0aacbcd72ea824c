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

// The memory that the launch gave a block, 16-byte aligned.
__device__ inline unsigned char* dynamic_shared() {
  extern __shared__ uint4 dynamic_shared_memory[];
  return reinterpret_cast<unsigned char*>(dynamic_shared_memory);
}

// What the device can hold at once of a kernel with barriers across blocks, one block per multiprocessor. blocks is 0 where it
// cannot run: the device knows no such launch, or this build's code for it comes from before sm_80.
struct TogetherLimits {
  int blocks;
  size_t shared_bytes;  // of a block
};

template <class Parameter>
TogetherLimits limits_together(int device, void (*kernel)(Parameter)) {
  int together = 0, blocks = 0, shared_bytes = 0;
  cudaFuncAttributes attributes{};
  const bool known = cudaDeviceGetAttribute(&together, cudaDevAttrCooperativeLaunch, device) == cudaSuccess &&
                     cudaDeviceGetAttribute(&blocks, cudaDevAttrMultiProcessorCount, device) == cudaSuccess &&
                     cudaDeviceGetAttribute(&shared_bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device) == cudaSuccess &&
                     cudaFuncGetAttributes(&attributes, kernel) == cudaSuccess;
  if (!known || together == 0 || attributes.ptxVersion < 80) return {0, 0};
  return {blocks, static_cast<size_t>(shared_bytes)};
}

// All blocks are on the device at once, or the launch fails.
template <class Parameter>
cudaError_t start_together(const char*, dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                           void (*kernel)(Parameter), Parameter parameter) {
  const cudaError_t code =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared_bytes));
  if (code != cudaSuccess) return code;
  void* parameters[] = {&parameter};
  return cudaLaunchCooperativeKernel(kernel, grid, block, parameters, shared_bytes, stream);
}

}  // namespace tagloom::kernels
