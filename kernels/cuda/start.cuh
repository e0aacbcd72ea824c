#pragma once
// The only file with <<<>>>. tests/emulated_cuda replaces it to run kernels without a GPU.
#include <cuda_runtime.h>

#include "kernels/cuda/launch_limits.h"

namespace tagloom::kernels {

template <class... Parameters, class... Arguments>
cudaError_t start(const char*, dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream, void (*kernel)(Parameters...),
                  Arguments... arguments) {
  kernel<<<grid, block, shared_bytes, stream>>>(static_cast<Parameters>(arguments)...);
  return cudaGetLastError();
}

// The block's dynamic shared memory, 16-byte aligned.
__device__ inline unsigned char* dynamic_shared() {
  extern __shared__ uint4 dynamic_shared_memory[];
  return reinterpret_cast<unsigned char*>(dynamic_shared_memory);
}

template <class Parameter>
TogetherLimits limits_together(int device, void (*kernel)(Parameter), int architecture) {
  return limits_together(device, reinterpret_cast<const void*>(kernel), architecture);
}
template <class Parameter>
int blocks_together(int device, void (*kernel)(Parameter), int threads, size_t shared_bytes) {
  return blocks_together(device, reinterpret_cast<const void*>(kernel), threads, shared_bytes);
}
template <class Parameter>
int clusters_together(int device, void (*kernel)(Parameter), int cluster, int threads, size_t shared_bytes) {
  return clusters_together(device, reinterpret_cast<const void*>(kernel), cluster, threads, shared_bytes);
}

// Runs all blocks at once, or fails.
template <class Parameter>
cudaError_t start_together(const char*, dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                           void (*kernel)(Parameter), Parameter parameter) {
  void* parameters[] = {&parameter};
  return cudaLaunchCooperativeKernel(kernel, grid, block, parameters, shared_bytes, stream);
}

// Runs the blocks of each cluster at once; clusters may run one after another.
template <class Parameter>
cudaError_t start_clusters(const char*, int clusters, int cluster, int threads, size_t shared_bytes, cudaStream_t stream,
                           void (*kernel)(Parameter), Parameter parameter) {
  cudaLaunchAttribute size{};
  size.id = cudaLaunchAttributeClusterDimension;
  size.val.clusterDim = {static_cast<unsigned>(cluster), 1, 1};
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(clusters * cluster));
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  config.attrs = &size;
  config.numAttrs = 1;
  return cudaLaunchKernelEx(&config, kernel, parameter);
}

}  // namespace tagloom::kernels
