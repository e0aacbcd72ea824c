// CUDA's side of kernels/base/device.h, with host memory in place of a GPU's.
#include <cstdlib>
#include <cstring>

#include "kernels/base/device_twins.h"
#include "kernels/cuda/context.h"

namespace tagloom::kernels {

CudaContext::CudaContext(int, size_t bytes) : workspace_bytes(bytes) {
  Queue cpu;
  workspace = allocate(cpu, bytes);
}
CudaContext::~CudaContext() { std::free(workspace); }

void check_cuda(cudaError_t code, const char* what, const char*, int) {
  TL_CHECK_AS(ErrorKind::kDevice, code == cudaSuccess, "{} needs a GPU", what);
}

namespace cuda {

int device_count() { return 0; }
CudaDeviceInfo device_info(int) { return {"emulated", 0, 0, 0}; }
std::string versions() { return "emulated"; }
Queue make_queue(int device, size_t workspace_bytes) { return Queue(std::make_shared<CudaContext>(device, workspace_bytes)); }
void allocate(Queue&, size_t bytes, void** pointer) { *pointer = std::aligned_alloc(256, (bytes + 255) / 256 * 256); }
void release(Queue&, void* pointer) noexcept { std::free(pointer); }
void copy_bytes(Queue&, CopyKind, const void* from, void* to, size_t bytes) { std::memcpy(to, from, bytes); }
void zero_bytes(Queue&, void* pointer, size_t bytes) { std::memset(pointer, 0, bytes); }
void synchronize(Queue&) {}
void set_rules(Queue&, const QueueRules&) {}
QueueRules rules_of(Queue&) { return {}; }
int64_t free_bytes(Queue&) { return 0; }

}  // namespace cuda
}  // namespace tagloom::kernels
