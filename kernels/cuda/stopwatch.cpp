// The CUDA stopwatch: two events in the queue's stream.
#include "kernels/base/stopwatch.h"

#include "kernels/base/device_twins.h"
#include "kernels/cuda/context.h"

namespace tagloom::kernels {
namespace {

class CudaStopwatch : public Stopwatch {
 public:
  explicit CudaStopwatch(Queue& q) : stream_(q.cuda().stream) {
    TL_CUDA(cudaSetDevice(q.cuda().device));
    TL_CUDA(cudaEventCreate(&begin_));
    TL_CUDA(cudaEventCreate(&end_));
  }
  ~CudaStopwatch() override {
    cudaEventDestroy(begin_);
    cudaEventDestroy(end_);
  }
  void start() override { TL_CUDA(cudaEventRecord(begin_, stream_)); }
  double stop() override {
    TL_CUDA(cudaEventRecord(end_, stream_));
    TL_CUDA(cudaEventSynchronize(end_));
    float milliseconds = 0;
    TL_CUDA(cudaEventElapsedTime(&milliseconds, begin_, end_));
    return 1e-3 * milliseconds;
  }

 private:
  cudaStream_t stream_;
  cudaEvent_t begin_ = nullptr, end_ = nullptr;
};

}  // namespace

namespace cuda {

std::unique_ptr<Stopwatch> make_stopwatch(Queue& q) { return std::make_unique<CudaStopwatch>(q); }

}  // namespace cuda
}  // namespace tagloom::kernels
