#pragma once
// PTX instructions without a suitable CUDA C++ function. tests/emulated_cuda replaces this file.
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

// x rounded to the nearest float with 10 mantissa bits, the operands of mma_tf32.
__device__ inline float to_tf32(float x) {
  uint32_t bits;
#if __CUDA_ARCH__ >= 800
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
#else
  bits = __float_as_uint(x);
#endif
  return __uint_as_float(bits);
}

// sum[16, 8] += a[16, 8] b[8, 8] by a warp: operands from to_tf32, float sums (sm_80 and later). With r = l / 4 and s = l % 4:
//
//   a.x = a[r, s]   a.y = a[r + 8, s]   a.z = a[r, s + 4]   a.w = a[r + 8, s + 4]   b0 = b[s, r]   b1 = b[s + 4, r]
//
// The sums are laid out as in mma_bf16.
__device__ inline void mma_tf32(float (&sum)[4], float4 a, float b0, float b1) {
#if __CUDA_ARCH__ >= 800
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(__float_as_uint(a.x)), "r"(__float_as_uint(a.y)), "r"(__float_as_uint(a.z)), "r"(__float_as_uint(a.w)),
        "r"(__float_as_uint(b0)), "r"(__float_as_uint(b1)));
#else
  __trap();
#endif
}

// Loads from the L2 cache, which is coherent across blocks: L1 may hold values from before another block's write.
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

// *to = *from, asynchronously (sm_80 and later); wait_for_copies() waits for this thread's copies.
__device__ inline void copy_to_shared(uint4* to, const uint4* from) {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(static_cast<uint32_t>(__cvta_generic_to_shared(to))), "l"(from)
               : "memory");
#else
  *to = *from;
#endif
}
__device__ inline void copy_to_shared(uint2* to, const uint2* from) {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.ca.shared.global [%0], [%1], 8;" ::"r"(static_cast<uint32_t>(__cvta_generic_to_shared(to))), "l"(from)
               : "memory");
#else
  *to = *from;
#endif
}
__device__ inline void wait_for_copies() {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}

// *counter += 1, after all earlier writes of this thread and, following a block barrier, of its block.
__device__ inline void arrive_release(unsigned* counter) {
  asm volatile("fence.acq_rel.gpu; red.relaxed.gpu.global.add.u32 [%0], 1;" ::"l"(counter) : "memory");
}

// Later reads see all writes that were released before this value.
__device__ inline unsigned load_acquire(const unsigned* counter) {
  unsigned value;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(counter) : "memory");
  return value;
}

__device__ inline unsigned long long global_nanoseconds() {
  unsigned long long now;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
  return now;
}

// Ends the launch with an error.
__device__ inline void trap() { __trap(); }

// Thread-block clusters (sm_90 and later). The blocks of a cluster run at once and can write to each other's shared memory
// between a first cluster barrier, after which all blocks have started, and a last one, before which none has ended.
__device__ inline unsigned cluster_rank() {
  unsigned rank = 0;
#if __CUDA_ARCH__ >= 900
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
#endif
  return rank;
}

// The two halves of a cluster barrier, for all threads: writes before arriving are visible after waiting. It cannot hang, because
// it ignores ended threads and the hardware starts all blocks of a cluster together.
__device__ inline void arrive_at_cluster() {
#if __CUDA_ARCH__ >= 900
  asm volatile("barrier.cluster.arrive.release;" ::: "memory");
#else
  __trap();
#endif
}
__device__ inline void wait_for_cluster() {
#if __CUDA_ARCH__ >= 900
  asm volatile("barrier.cluster.wait.acquire;" ::: "memory");
#endif
}

// Writes to block `rank`'s shared memory, at the address of `mine` in this block.
__device__ inline uint32_t address_in_block(unsigned rank, const void* mine) {
  uint32_t there = 0;
#if __CUDA_ARCH__ >= 900
  const auto here = static_cast<uint32_t>(__cvta_generic_to_shared(mine));
  asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(there) : "r"(here), "r"(rank));
#endif
  return there;
}
__device__ inline void store_to_block(unsigned rank, uint4* mine, uint4 value) {
#if __CUDA_ARCH__ >= 900
  asm volatile("st.shared::cluster.v4.u32 [%0], {%1, %2, %3, %4};" ::"r"(address_in_block(rank, mine)), "r"(value.x),
               "r"(value.y), "r"(value.z), "r"(value.w)
               : "memory");
#endif
}
__device__ inline void store_to_block(unsigned rank, unsigned long long* mine, unsigned long long value) {
#if __CUDA_ARCH__ >= 900
  asm volatile("st.shared::cluster.u64 [%0], %1;" ::"r"(address_in_block(rank, mine)), "l"(value) : "memory");
#endif
}

}  // namespace tagloom::kernels
