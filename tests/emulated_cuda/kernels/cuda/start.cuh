#pragma once
// Stands in for kernels/cuda/start.cuh: runs a kernel's threads on the CPU, one block after the other or a few together.
#include "tests/emulated_cuda/emulated.h"

namespace tagloom::kernels {

template <class... Parameters, class... Arguments>
cudaError_t start(const char* name, dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                  void (*kernel)(Parameters...), Arguments... arguments) {
  emulated::do_or_keep(stream, [=] {  // its arguments stay what they were, as a graph's do
    emulated::run(name, grid, block, shared_bytes, [&] { kernel(static_cast<Parameters>(arguments)...); });
  });
  return cudaSuccess;
}

inline unsigned char* dynamic_shared() { return emulated::shared_memory(); }

struct TogetherLimits {
  int blocks;
  size_t shared_bytes;
};

// More shared memory than any GPU has, as four blocks do the work of a hundred.
template <class Parameter>
TogetherLimits limits_together(int, void (*)(Parameter)) {
  return {4, size_t{4} << 20};
}

template <class Parameter>
cudaError_t start_together(const char* name, dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                           void (*kernel)(Parameter), Parameter parameter) {
  emulated::do_or_keep(stream, [=] { emulated::run_together(name, grid, block, shared_bytes, [&] { kernel(parameter); }); });
  return cudaSuccess;
}

}  // namespace tagloom::kernels
