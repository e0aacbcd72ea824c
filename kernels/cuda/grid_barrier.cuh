#pragma once
// A barrier of all blocks of a launch. All of them must be on the GPU at once: launch_together() sees to that.
#include "kernels/cuda/ptx.cuh"

namespace tagloom::kernels {

// One per thread, made at the kernel's start; `arrived` is 0 before the launch and the same for all.
class GridBarrier {
 public:
  __device__ explicit GridBarrier(unsigned* arrived) : arrived_(arrived) {}

  // What any thread wrote before is seen by all that read it after, through load_from_l2 or where no L1 can hold it yet.
  __device__ void wait() {
    awaited_ += gridDim.x;
    __syncthreads();
    if (threadIdx.x == 0) {
      arrive_release(arrived_);
      while (load_acquire(arrived_) < awaited_) {
      }
    }
    __syncthreads();
  }

 private:
  unsigned* arrived_;
  unsigned awaited_ = 0;
};

}  // namespace tagloom::kernels
