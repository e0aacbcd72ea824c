// The CUDA implementation of kernels/base/device.h on host memory.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>

#include "kernels/base/device_twins.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda_libraries/libraries.h"
#include "tests/emulated_cuda/emulated.h"
#include "tests/emulated_cuda/memory.h"
#include "tests/emulated_cuda/queue_order.h"

namespace tagloom::emulated {
namespace {

using KeptWork = std::vector<std::function<void()>>;
KeptWork* kept_work = nullptr;  // of the queue that is being recorded
QueueOrder order = QueueOrder::kAsGiven;

// A queue's work, done in the order of submission.
struct Stream {
  bool of_copies;
  std::deque<std::function<void()>> waiting;
  uint64_t given = 0, done = 0;

  void do_until(uint64_t number) {
    if (done >= number) return;
    const DeviceWork opens_memory;
    while (done < number) {
      const std::function<void()> work = std::move(waiting.front());
      waiting.pop_front();
      ++done;
      work();
    }
  }
  bool is_late() const {
    return order == QueueOrder::kAllLate || order == (of_copies ? QueueOrder::kCopiesLate : QueueOrder::kCopiesEarly);
  }
};

std::vector<Stream*> streams;

Stream& stream_of(cudaStream_t queue) { return *reinterpret_cast<Stream*>(queue); }

void do_all() {
  for (Stream* stream : streams) stream->do_until(stream->given);
}

}  // namespace

void do_or_keep(cudaStream_t queue, std::function<void()> work) {
  if (kept_work != nullptr) {
    kept_work->push_back(std::move(work));
    return;
  }
  Stream& stream = stream_of(queue);
  stream.waiting.push_back(std::move(work));
  ++stream.given;
  if (!stream.is_late()) stream.do_until(stream.given);
}

void set_order(QueueOrder now) {
  do_all();
  order = now;
  keep_host_out(now == QueueOrder::kAllLate);
}

}  // namespace tagloom::emulated

namespace tagloom::kernels {

using emulated::do_or_keep;
using emulated::kept_work;
using emulated::stream_of;

CudaContext::CudaContext(int, size_t bytes) : multiprocessors(4), workspace_bytes(bytes) {
  workspace = emulated::map_memory(bytes);
  auto* const queue = new emulated::Stream{.of_copies = bytes == 0, .waiting = {}};
  emulated::streams.push_back(queue);
  stream = reinterpret_cast<cudaStream_t>(queue);
}
CudaContext::~CudaContext() {
  destroy_library_handles(*this);
  emulated::Stream* const queue = &stream_of(stream);
  queue->do_until(queue->given);
  std::erase(emulated::streams, queue);
  delete queue;
  emulated::unmap_memory(workspace);
}

bool synchronous_launches() { return false; }

void check_cuda(cudaError_t code, const char* what, const char*, int) {
  TL_CHECK_AS(ErrorKind::kDevice, code == cudaSuccess, "{} needs a GPU", what);
}

namespace cuda {

int device_count() { return 1; }
CudaDeviceInfo device_info(int) {  // a device that this build supports
  const int architecture = std::atoi(kCudaArchitectures);
  return {"emulated", architecture / 10, architecture % 10, 0};
}
std::string versions() { return "emulated"; }
Queue make_queue(int device, size_t workspace_bytes) { return Queue(std::make_shared<CudaContext>(device, workspace_bytes)); }
void allocate(Queue&, size_t bytes, void** pointer) {
  TL_CHECK_AS(ErrorKind::kDevice, kept_work == nullptr, "memory cannot be allocated during recording");
  *pointer = emulated::map_memory(bytes);
}
void release(Queue&, void* pointer) noexcept {  // like the driver, after all work that may use it
  emulated::do_all();
  emulated::unmap_memory(pointer);
}
void allocate_host(Queue&, size_t bytes, void** pointer) {
  TL_CHECK_AS(ErrorKind::kDevice, kept_work == nullptr, "memory cannot be allocated during recording");
  *pointer = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
}
void release_host(Queue&, void* pointer) noexcept {
  emulated::do_all();
  std::free(pointer);
}
void copy_bytes(Queue& q, CopyKind kind, const void* from, void* to, size_t bytes) {
  if (bytes > 0 && kind != CopyKind::kHostToDevice) emulated::expect_on_device("a copy from the device", from);
  if (bytes > 0 && kind != CopyKind::kDeviceToHost) emulated::expect_on_device("a copy to the device", to);
  do_or_keep(q.cuda().stream, [=] { std::memcpy(to, from, bytes); });
}
void zero_bytes(Queue& q, void* pointer, size_t bytes) {
  do_or_keep(q.cuda().stream, [=] { std::memset(pointer, 0, bytes); });
}
void synchronize(Queue& q) {
  TL_CHECK_AS(ErrorKind::kDevice, kept_work == nullptr, "waiting is not allowed during recording");
  emulated::Stream& stream = stream_of(q.cuda().stream);
  stream.do_until(stream.given);
}
void set_rules(Queue& q, const QueueRules& rules) { q.cuda().rules = rules; }
QueueRules rules_of(Queue& q) { return q.cuda().rules; }
int64_t free_bytes(Queue&) { return 0; }

std::unique_ptr<Event> make_event(Queue&) {
  struct Place : Event {
    emulated::Stream* stream = nullptr;
    uint64_t number = 0;
    void record(Queue& q) override {
      stream = &stream_of(q.cuda().stream);
      number = stream->given;
    }
    void wait(Queue& q) override {
      if (stream != nullptr) do_or_keep(q.cuda().stream, [now = *this] { now.stream->do_until(now.number); });
    }
    void synchronize() override {
      if (stream != nullptr) stream->do_until(number);
    }
  };
  return std::make_unique<Place>();
}

// The same as in cuda/recording.cpp.
bool can_record(Queue& q) { return q.cuda().rules.graphs; }
bool is_recording(Queue&) { return kept_work != nullptr; }

std::unique_ptr<Recording> record(Queue&, const std::function<void()>& work) {
  struct Kept : Recording {
    std::shared_ptr<emulated::KeptWork> work = std::make_shared<emulated::KeptWork>();
    void repeat(Queue& q) override {
      do_or_keep(q.cuda().stream, [work = work] {
        for (const auto& one : *work) one();
      });
    }
  };
  auto kept = std::make_unique<Kept>();
  kept_work = kept->work.get();
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
