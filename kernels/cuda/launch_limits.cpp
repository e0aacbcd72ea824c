#include "kernels/cuda/launch_limits.h"

#include <map>
#include <mutex>
#include <tuple>

namespace tagloom::kernels {
namespace {

// A cache of answers, under one lock, because two threads may launch a kernel for the first time.
template <class Key, class Answer, class Ask>
Answer once(std::map<Key, Answer>& answers, const Key& key, Ask ask) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const auto known = answers.find(key);
  return known != answers.end() ? known->second : answers.emplace(key, ask()).first->second;
}

TogetherLimits ask_limits(int device, const void* kernel, int architecture) {
  int together = 0, blocks = 0, most_shared = 0;
  cudaFuncAttributes attributes{};
  const bool known = cudaDeviceGetAttribute(&together, cudaDevAttrCooperativeLaunch, device) == cudaSuccess &&
                     cudaDeviceGetAttribute(&blocks, cudaDevAttrMultiProcessorCount, device) == cudaSuccess &&
                     cudaDeviceGetAttribute(&most_shared, cudaDevAttrMaxSharedMemoryPerBlockOptin, device) == cudaSuccess &&
                     cudaFuncGetAttributes(&attributes, kernel) == cudaSuccess;
  if (!known || together == 0 || attributes.ptxVersion < architecture) return {0, 0};
  const int dynamic = most_shared - static_cast<int>(attributes.sharedSizeBytes);
  if (cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, dynamic) != cudaSuccess) return {0, 0};
  return {blocks, static_cast<size_t>(dynamic)};
}

int ask_clusters(const void* kernel, int cluster, int threads, size_t shared_bytes) {
  constexpr int kPortable = 8;
  if (cluster > kPortable && cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1) != cudaSuccess)
    return 0;
  cudaLaunchAttribute size{};
  size.id = cudaLaunchAttributeClusterDimension;
  size.val.clusterDim = {static_cast<unsigned>(cluster), 1, 1};
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(cluster));
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.dynamicSmemBytes = shared_bytes;
  config.attrs = &size;
  config.numAttrs = 1;
  int clusters = 0;
  return cudaOccupancyMaxActiveClusters(&clusters, kernel, &config) == cudaSuccess ? clusters : 0;
}

// Clears the error of a failed query, which the next launch would report.
template <class T>
T without_error(T answer) {
  cudaGetLastError();
  return answer;
}

}  // namespace

TogetherLimits limits_together(int device, const void* kernel, int architecture) {
  static std::map<std::pair<int, const void*>, TogetherLimits> answers;
  return once(answers, {device, kernel}, [&] { return without_error(ask_limits(device, kernel, architecture)); });
}

int blocks_together(int device, const void* kernel, int threads, size_t shared_bytes) {
  static std::map<std::tuple<int, const void*, int, size_t>, int> answers;
  return once(answers, {device, kernel, threads, shared_bytes}, [&] {
    int each = 0, multiprocessors = 0;
    const bool known = cudaOccupancyMaxActiveBlocksPerMultiprocessor(&each, kernel, threads, shared_bytes) == cudaSuccess &&
                       cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device) == cudaSuccess;
    return without_error(known ? each * multiprocessors : 0);
  });
}

int clusters_together(int device, const void* kernel, int cluster, int threads, size_t shared_bytes) {
  static std::map<std::tuple<int, const void*, int, int, size_t>, int> answers;
  return once(answers, {device, kernel, cluster, threads, shared_bytes},
              [&] { return without_error(ask_clusters(kernel, cluster, threads, shared_bytes)); });
}

}  // namespace tagloom::kernels
