#pragma once
// A barrier across all or some blocks of a launch. They must all run at once, which launch_together() guarantees.
#include "kernels/cuda/ptx.cuh"

namespace tagloom::kernels {

// Longer than any barrier takes, even under sanitizers and profilers: after it, a missing block will never arrive.
constexpr unsigned long long kMostBarrierNanoseconds = 2'000'000'000;

// One per thread, constructed at the kernel's start; `arrived` is 0 before the launch and shared by the `blocks` blocks that wait
// for each other.
class GridBarrier {
 public:
  __device__ explicit GridBarrier(unsigned* arrived) : GridBarrier(arrived, gridDim.x) {}
  __device__ GridBarrier(unsigned* arrived, unsigned blocks) : arrived_(arrived), blocks_(blocks) {}

  // The two halves of a barrier. Writes before arriving are visible after waiting, to reads through load_from_l2 or of addresses
  // that no L1 holds yet. The launch fails if a block does not arrive within kMostBarrierNanoseconds.
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
