// The CPU's stopwatch, and the choice between it and CUDA's.
#include "kernels/base/stopwatch.h"

#include <chrono>

#include "kernels/base/device_twins.h"

namespace tagloom::kernels {
namespace {

class CpuStopwatch : public Stopwatch {
 public:
  void start() override { begin_ = Clock::now(); }
  double stop() override { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_;
};

}  // namespace

std::unique_ptr<Stopwatch> make_stopwatch(Queue& q) {
  if constexpr (kCudaBuilt) {
    if (q.is_cuda()) return cuda::make_stopwatch(q);
  }
  return std::make_unique<CpuStopwatch>();
}

}  // namespace tagloom::kernels
