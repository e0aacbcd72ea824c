#pragma once
// A barrier of all blocks of a launch, or of some. All of them must be on the GPU at once: launch_together() sees to that.
#include "kernels/cuda/ptx.cuh"

namespace tagloom::kernels {

// Longer than any barrier takes, sanitizers and profilers included: past it, a block that the others wait for will never come.
constexpr unsigned long long kMostBarrierNanoseconds = 2'000'000'000;

// One per thread, made at the kernel's start; `arrived` is 0 before the launch and the same for all `blocks` that wait for each
// other.
class GridBarrier {
 public:
  __device__ explicit GridBarrier(unsigned* arrived) : GridBarrier(arrived, gridDim.x) {}
  __device__ GridBarrier(unsigned* arrived, unsigned blocks) : arrived_(arrived), blocks_(blocks) {}

  // The two halves of a barrier. What any thread wrote before it arrives is seen by all that read it after waiting, through
  // load_from_l2 or where no L1 can hold it yet. The launch ends with an error where a block does not come within
  // kMostBarrierNanoseconds.
  __device__ void arrive() {
    awaited_ += blocks_;
    __syncthreads();
    if (threadIdx.x == 0) arrive_release(arrived_);
  }
  __device__ void wait() {
    if (threadIdx.x == 0) {
      const unsigned long long begin = global_nanoseconds();
      while (load_acquire(arrived_) < awaited_) {
        if (global_nanoseconds() - begin > kMostBarrierNanoseconds) trap();
      }
    }
    __syncthreads();
  }
  __device__ void sync() {
    arrive();
    wait();
  }

 private:
  unsigned* arrived_;
  unsigned blocks_, awaited_ = 0;
};

}  // namespace tagloom::kernels
