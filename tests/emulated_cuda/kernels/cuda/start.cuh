#pragma once
// Replaces kernels/cuda/start.cuh: runs a kernel's threads on the CPU, one block after the other or a few together.
#include "tests/emulated_cuda/emulated.h"
#include "tests/emulated_cuda/memory.h"

namespace tagloom::kernels {

template <class... Parameters, class... Arguments>
cudaError_t start(const char* name, dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                  void (*kernel)(Parameters...), Arguments... arguments) {
  (emulated::expect_argument_on_device(name, arguments), ...);
  emulated::do_or_keep(stream, [=] {  // captures the arguments by value, like a graph
    emulated::run(name, grid, block, shared_bytes, [&] { kernel(static_cast<Parameters>(arguments)...); });
  });
  return cudaSuccess;
}

inline unsigned char* dynamic_shared() { return emulated::shared_memory(); }

struct TogetherLimits {
  int blocks;
  size_t shared_bytes;
};

template <class Parameter>
TogetherLimits limits_together(int, void (*)(Parameter), int) {
  return {emulated::limits.blocks_together, emulated::limits.shared_bytes};
}
template <class Parameter>
int blocks_together(int, void (*)(Parameter), int, size_t shared_bytes) {
  return shared_bytes <= emulated::limits.shared_bytes ? emulated::limits.blocks_together : 0;
}
template <class Parameter>
int clusters_together(int, void (*)(Parameter), int cluster, int, size_t shared_bytes) {
  const emulated::Limits& limits = emulated::limits;
  const bool known = cluster >= limits.least_cluster && cluster <= limits.most_cluster && shared_bytes <= limits.shared_bytes;
  return known ? limits.clusters : 0;
}

template <class Parameter>
cudaError_t start_together(const char* name, dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                           void (*kernel)(Parameter), Parameter parameter) {
  emulated::do_or_keep(stream, [=] { emulated::run_together(name, grid, block, shared_bytes, [&] { kernel(parameter); }); });
  return cudaSuccess;
}

template <class Parameter>
cudaError_t start_clusters(const char* name, int clusters, int cluster, int threads, size_t shared_bytes, cudaStream_t stream,
                           void (*kernel)(Parameter), Parameter parameter) {
  emulated::do_or_keep(stream, [=] {
    emulated::run_clusters(name, clusters, cluster, dim3(static_cast<unsigned>(threads)), shared_bytes,
                           [&] { kernel(parameter); });
  });
  return cudaSuccess;
}

}  // namespace tagloom::kernels
