// Devices and their memory: the dispatch to device_memory_cpu.cpp and kernels/cuda/.
#include "kernels/base/device.h"

#include <atomic>
#include <cstdlib>

#include "kernels/base/device_twins.h"
#include "kernels/base/memory.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {
namespace {

std::atomic<int64_t> scratch_in_use{0}, allocate_calls{0};

}  // namespace

int64_t scratch_bytes() { return scratch_in_use; }

void count_scratch(int64_t change) { scratch_in_use += change; }

int64_t allocations() { return allocate_calls; }

int64_t cuda_free_bytes(Queue& q) {
  if constexpr (kCudaBuilt) return cuda::free_bytes(q);
  throw_cuda_not_built();
}

int cuda_device_count() {
  if constexpr (kCudaBuilt) return cuda::device_count();
  return 0;
}

CudaDeviceInfo cuda_device_info(int device) {
  if constexpr (kCudaBuilt) return cuda::device_info(device);
  throw_cuda_not_built();
}

std::string cuda_library_files() {
  if constexpr (kCudaBuilt) return cuda::library_files();
  return "";
}

std::string cuda_versions() {
  if constexpr (kCudaBuilt) return cuda::versions();
  return "not built in";
}

Queue make_cuda_queue(int device, size_t workspace_bytes) {
  if constexpr (kCudaBuilt) return cuda::make_queue(device, workspace_bytes);
  throw_cuda_not_built();
}

void set_rules(Queue& q, const QueueRules& rules) {
  if constexpr (kCudaBuilt) {
    if (q.is_cuda()) cuda::set_rules(q, rules);
  }
}

QueueRules rules_of(Queue& q) {
  if constexpr (kCudaBuilt) {
    if (q.is_cuda()) return cuda::rules_of(q);
  }
  return {};
}

void* allocate(Queue& q, size_t bytes) {
  ++allocate_calls;
  void* pointer = nullptr;
  TL_ON(q, allocate(q, bytes, &pointer));
  return pointer;
}

void release(Queue& q, void* pointer) noexcept {
  if (!q.is_cuda()) {
    std::free(pointer);
  } else if constexpr (kCudaBuilt) {
    cuda::release(q, pointer);
  }
}

void* allocate_host(Queue& q, size_t bytes) {
  ++allocate_calls;
  void* pointer = nullptr;
  TL_ON(q, allocate_host(q, bytes, &pointer));
  return pointer;
}

void release_host(Queue& q, void* pointer) noexcept {
  if (!q.is_cuda()) {
    std::free(pointer);
  } else if constexpr (kCudaBuilt) {
    cuda::release_host(q, pointer);
  }
}

std::unique_ptr<Event> make_event(Queue& q) {
  TL_CHECK_AS(ErrorKind::kInternal, q.is_cuda(), "[event] a CPU queue has no events: its work is done when a call returns");
  if constexpr (kCudaBuilt) return cuda::make_event(q);
  throw_cuda_not_built();
}

bool can_record(Queue& q) {
  if constexpr (kCudaBuilt) return q.is_cuda() && cuda::can_record(q);
  return false;
}

bool is_recording(Queue& q) {
  if constexpr (kCudaBuilt) return q.is_cuda() && cuda::is_recording(q);
  return false;
}

std::unique_ptr<Recording> record(Queue& q, const std::function<void()>& work) {
  TL_CHECK_AS(ErrorKind::kInternal, can_record(q), "[record] this queue cannot record its work");
  if constexpr (kCudaBuilt) return cuda::record(q, work);
  throw_cuda_not_built();
}

void copy_bytes(Queue& q, CopyKind kind, const void* from, void* to, size_t bytes) {
  if (bytes > 0) TL_ON(q, copy_bytes(q, kind, from, to, bytes));
}

void zero_bytes(Queue& q, void* pointer, size_t bytes) {
  if (bytes > 0) TL_ON(q, zero_bytes(q, pointer, bytes));
}

void synchronize(Queue& q) {
  if constexpr (kCudaBuilt) {
    if (q.is_cuda()) cuda::synchronize(q);
  }
}

}  // namespace tagloom::kernels
