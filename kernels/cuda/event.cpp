// CUDA events, without timing.
#include "kernels/base/event.h"

#include "kernels/base/device_twins.h"
#include "kernels/cuda/context.h"

namespace tagloom::kernels::cuda {
namespace {

class CudaEvent : public Event {
 public:
  explicit CudaEvent(Queue& q) {
    TL_CUDA(cudaSetDevice(q.cuda().device));
    TL_CUDA(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming));
  }
  ~CudaEvent() override { cudaEventDestroy(event_); }
  CudaEvent(const CudaEvent&) = delete;
  CudaEvent& operator=(const CudaEvent&) = delete;
  void record(Queue& q) override { TL_CUDA(cudaEventRecord(event_, q.cuda().stream)); }
  void wait(Queue& q) override { TL_CUDA(cudaStreamWaitEvent(q.cuda().stream, event_, 0)); }
  void synchronize() override { TL_CUDA(cudaEventSynchronize(event_)); }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace

std::unique_ptr<Event> make_event(Queue& q) { return std::make_unique<CudaEvent>(q); }

}  // namespace tagloom::kernels::cuda
