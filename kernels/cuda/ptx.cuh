#pragma once
// Instructions that CUDA C++ has no function for, or none that says what is meant. tests/emulated_cuda has another ptx.cuh.
#include <cuda_runtime.h>

#include <cstdint>

namespace tagloom::kernels {

// sum[16, 8] += a[16, 16] b[16, 8] by a warp: bfloat16 operands, float sums (sm_80 and later). Lane l, with r = l / 4 and
// s = l % 4 * 2, holds pairs of neighbours, the first in the lower half:
//
//   a.x = a[r, s..s+1]   a.y = a[r + 8, s..s+1]   a.z = a[r, s+8..s+9]   a.w = a[r + 8, s+8..s+9]
//   b0  = b[s..s+1, r]   b1  = b[s+8..s+9, r]
//   sum[0..1] = sum[r, s..s+1]                    sum[2..3] = sum[r + 8, s..s+1]
__device__ inline void mma_bf16(float (&sum)[4], uint4 a, uint32_t b0, uint32_t b1) {
#if __CUDA_ARCH__ >= 800
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a.x), "r"(a.y), "r"(a.z), "r"(a.w), "r"(b0), "r"(b1));
#else
  __trap();
#endif
}

// Loads that ask the L2 cache, where all blocks see the same: an L1 may hold what was there before another block wrote.
__device__ inline uint4 load_from_l2(const uint4* from) {
  uint4 value;
  asm volatile("ld.global.cg.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
               : "l"(from)
               : "memory");
  return value;
}
__device__ inline unsigned long long load_from_l2(const unsigned long long* from) {
  unsigned long long value;
  asm volatile("ld.global.cg.u64 %0, [%1];" : "=l"(value) : "l"(from) : "memory");
  return value;
}

// *counter += 1, after everything that this thread, and by a barrier those of its block, wrote before.
__device__ inline void arrive_release(unsigned* counter) {
  asm volatile("fence.acq_rel.gpu; red.relaxed.gpu.global.add.u32 [%0], 1;" ::"l"(counter) : "memory");
}

// What is read after this is at least as new as the value.
__device__ inline unsigned load_acquire(const unsigned* counter) {
  unsigned value;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(counter) : "memory");
  return value;
}

}  // namespace tagloom::kernels
