// CUDA's side of kernels/base/device.h, with host memory in place of a GPU's.
#include <cstdlib>
#include <cstring>

#include "kernels/base/device_twins.h"
#include "kernels/cuda/context.h"
#include "tests/emulated_cuda/emulated.h"

namespace tagloom::emulated {
namespace {

using KeptWork = std::vector<std::function<void()>>;
KeptWork* kept_work = nullptr;  // of the queue that is recorded

}  // namespace

void do_or_keep(std::function<void()> work) {
  if (kept_work == nullptr) return work();
  kept_work->push_back(std::move(work));
}

}  // namespace tagloom::emulated

namespace tagloom::kernels {

using emulated::do_or_keep;
using emulated::kept_work;

CudaContext::CudaContext(int, size_t bytes) : workspace_bytes(bytes) {
  Queue cpu;
  workspace = allocate(cpu, bytes);
}
CudaContext::~CudaContext() { std::free(workspace); }

bool synchronous_launches() { return false; }

void check_cuda(cudaError_t code, const char* what, const char*, int) {
  TL_CHECK_AS(ErrorKind::kDevice, code == cudaSuccess, "{} needs a GPU", what);
}

namespace cuda {

int device_count() { return 1; }
CudaDeviceInfo device_info(int) {  // one that this build is for
  const int architecture = std::atoi(kCudaArchitectures);
  return {"emulated", architecture / 10, architecture % 10, 0};
}
std::string versions() { return "emulated"; }
Queue make_queue(int device, size_t workspace_bytes) { return Queue(std::make_shared<CudaContext>(device, workspace_bytes)); }
void allocate(Queue&, size_t bytes, void** pointer) {
  TL_CHECK_AS(ErrorKind::kDevice, kept_work == nullptr, "no memory can be had while work is recorded");
  *pointer = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
}
void release(Queue&, void* pointer) noexcept { std::free(pointer); }
void allocate_host(Queue& q, size_t bytes, void** pointer) { allocate(q, bytes, pointer); }
void release_host(Queue&, void* pointer) noexcept { std::free(pointer); }
void copy_bytes(Queue&, CopyKind, const void* from, void* to, size_t bytes) {
  do_or_keep([=] { std::memcpy(to, from, bytes); });
}
void zero_bytes(Queue&, void* pointer, size_t bytes) {
  do_or_keep([=] { std::memset(pointer, 0, bytes); });
}
void synchronize(Queue&) {
  TL_CHECK_AS(ErrorKind::kDevice, kept_work == nullptr, "nothing can be waited for while work is recorded");
}
void set_rules(Queue& q, const QueueRules& rules) { q.cuda().rules = rules; }
QueueRules rules_of(Queue& q) { return q.cuda().rules; }
int64_t free_bytes(Queue&) { return 0; }

// As cuda/recording.cpp's.
bool can_record(Queue& q) { return q.cuda().rules.graphs; }

std::unique_ptr<Recording> record(Queue&, const std::function<void()>& work) {
  struct Kept : Recording {
    emulated::KeptWork work;
    void repeat(Queue&) override {
      for (const auto& one : work) one();
    }
  };
  auto kept = std::make_unique<Kept>();
  kept_work = &kept->work;
  try {
    work();
  } catch (...) {
    kept_work = nullptr;
    throw;
  }
  kept_work = nullptr;
  return kept;
}

}  // namespace cuda
}  // namespace tagloom::kernels
