// The CUDA implementation of device.h: devices, memory, copies and the context of a queue.
#include "kernels/base/device.h"

#include <cstdlib>
#include <cstring>

#include "kernels/base/device_twins.h"
#include "kernels/base/memory.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda_libraries/libraries.h"

namespace tagloom::kernels {

bool synchronous_launches() {
  static const bool on = std::getenv("TAGLOOM_CUDA_SYNC") != nullptr;
  return on;
}

void check_cuda(cudaError_t code, const char* what, const char* file, int line) {
  if (code == cudaSuccess) return;
  cudaGetLastError();  // clears the error, which the next launch would report again
  const char* name = std::strrchr(file, '/');
  fail(ErrorKind::kDevice, "[cuda] {} failed at {}:{}: {}", what, name ? name + 1 : file, line, cudaGetErrorString(code));
}

CudaContext::CudaContext(int device_index, size_t bytes) : device(device_index), workspace_bytes(bytes) {
  TL_CUDA(cudaSetDevice(device));
  TL_CUDA(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
  TL_CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  if (bytes > 0) TL_CUDA(cudaMalloc(&workspace, bytes));
}

CudaContext::~CudaContext() {
  destroy_library_handles(*this);
  if (workspace) cudaFree(workspace);
  if (stream) cudaStreamDestroy(stream);
}

namespace cuda {

int device_count() {
  int count = 0;
  // Error 35 (insufficient driver) and 100 (no device) both mean no device.
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

CudaDeviceInfo device_info(int device) {
  cudaDeviceProp properties;
  TL_CUDA(cudaGetDeviceProperties(&properties, device));
  return {properties.name, properties.major, properties.minor, properties.totalGlobalMem};
}

std::string versions() {
  int driver = 0, runtime = 0;
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  const std::string driver_text = driver == 0 ? "none" : format("{}.{}", driver / 1000, driver % 1000 / 10);
  return format("driver {}, runtime {}.{}, {}", driver_text, runtime / 1000, runtime % 1000 / 10, library_versions());
}

Queue make_queue(int device, size_t workspace_bytes) { return Queue(std::make_shared<CudaContext>(device, workspace_bytes)); }

void set_rules(Queue& q, const QueueRules& rules) {
  CudaContext& context = q.cuda();
  if (rules.workspace_bytes > 0 && rules.workspace_bytes != context.workspace_bytes) {
    cuda::synchronize(q);
    cudaFree(context.workspace);
    context.workspace = nullptr;
    context.workspace_bytes = 0;
    cuda::allocate(q, rules.workspace_bytes, &context.workspace);
    context.workspace_bytes = rules.workspace_bytes;
  }
  context.rules = rules;
}

QueueRules rules_of(Queue& q) { return q.cuda().rules; }

void allocate(Queue&, size_t bytes, void** pointer) {
  const cudaError_t code = cudaMalloc(pointer, bytes);
  if (code == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    size_t free_bytes = 0, total_bytes = 0;
    cudaMemGetInfo(&free_bytes, &total_bytes);
    throw OutOfMemory(static_cast<int64_t>(bytes), format("out of GPU memory: {} MiB requested, {} of {} MiB free", bytes >> 20,
                                                          free_bytes >> 20, total_bytes >> 20));
  }
  TL_CUDA(code);
}

void release(Queue&, void* pointer) noexcept { cudaFree(pointer); }

void allocate_host(Queue&, size_t bytes, void** pointer) { TL_CUDA(cudaHostAlloc(pointer, bytes, cudaHostAllocDefault)); }

void release_host(Queue&, void* pointer) noexcept { cudaFreeHost(pointer); }

void copy_bytes(Queue& q, CopyKind kind, const void* from, void* to, size_t bytes) {
  const cudaMemcpyKind direction = kind == CopyKind::kHostToDevice   ? cudaMemcpyHostToDevice
                                   : kind == CopyKind::kDeviceToHost ? cudaMemcpyDeviceToHost
                                                                     : cudaMemcpyDeviceToDevice;
  TL_CUDA(cudaMemcpyAsync(to, from, bytes, direction, q.cuda().stream));
}

void zero_bytes(Queue& q, void* pointer, size_t bytes) { TL_CUDA(cudaMemsetAsync(pointer, 0, bytes, q.cuda().stream)); }

void synchronize(Queue& q) { TL_CUDA(cudaStreamSynchronize(q.cuda().stream)); }

int64_t free_bytes(Queue& q) {
  TL_CUDA(cudaSetDevice(q.cuda().device));
  size_t free = 0, total = 0;
  TL_CUDA(cudaMemGetInfo(&free, &total));
  return static_cast<int64_t>(free);
}

}  // namespace cuda
}  // namespace tagloom::kernels
