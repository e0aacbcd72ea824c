#pragma once
// A barrier of all blocks of a launch. All of them must be on the GPU at once: launch_together() sees to that.
#include "kernels/cuda/ptx.cuh"

namespace tagloom::kernels {

// Longer than any barrier takes, sanitizers and profilers included: past it, a block that the others wait for will never come.
constexpr unsigned long long kMostBarrierNanoseconds = 2'000'000'000;

// One per thread, made at the kernel's start; `arrived` is 0 before the launch and the same for all.
class GridBarrier {
 public:
  __device__ explicit GridBarrier(unsigned* arrived) : arrived_(arrived) {}

  // What any thread wrote before is seen by all that read it after, through load_from_l2 or where no L1 can hold it yet. The launch
  // ends with an error where a block does not come within kMostBarrierNanoseconds.
  __device__ void wait() {
    awaited_ += gridDim.x;
    __syncthreads();
    if (threadIdx.x == 0) {
      arrive_release(arrived_);
      const unsigned long long begin = global_nanoseconds();
      while (load_acquire(arrived_) < awaited_) {
        if (global_nanoseconds() - begin > kMostBarrierNanoseconds) trap();
      }
    }
    __syncthreads();
  }

 private:
  unsigned* arrived_;
  unsigned awaited_ = 0;
};

}  // namespace tagloom::kernels
