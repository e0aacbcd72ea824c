#pragma once
// CUDA's device functions and variables for .cu files compiled as C++: threadIdx and so on, barriers, shuffles and votes.
//
// A block's threads are fibers of one CPU thread. They switch only at barriers and warp operations, in a new random order each
// time, so a kernel that relies on an order, or misses a barrier, tends to give another result. A barrier that some threads never
// reach, and a warp operation without all 32 lanes, throw. The emulation does not cover speed, the hardware's rounding, and races
// within a warp.
//
// Blocks run one after the other; run_together() runs all blocks of a small grid at once, for kernels with barriers across
// blocks, and run_clusters() runs one cluster after another. Such kernels must keep shared data in dynamic_shared(), because all
// blocks share a __shared__ variable here. A write outside dynamic_shared() throws. So does a store to another block of the
// cluster unless a cluster barrier precedes it (the block has started) and follows it (the block has not ended). Between the two,
// a store becomes visible at random either at once or when the next cluster barrier completes.
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <string>

namespace tagloom::emulated {

extern uint3 thread_index, block_index;  // of the running fiber
extern dim3 block_size, grid_size;
extern std::map<std::string, int> launches;  // so far, by the kernel's name

void run(const char* name, dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()>& thread);
void run_together(const char* name, dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()>& thread);
void run_clusters(const char* name, int clusters, int cluster, dim3 block, size_t shared_bytes,
                  const std::function<void()>& thread);

// The device's limits. It has more shared memory than any GPU, because four blocks do the work of a hundred.
struct Limits {
  int blocks_together = 4;                                // 0: blocks cannot wait for each other
  int least_cluster = 1, most_cluster = 4, clusters = 3;  // the smallest and largest cluster; clusters at once
  size_t shared_bytes = size_t{4} << 20;
};
extern Limits limits;

// A queue's work (device.cpp): done at once, kept during recording, or done later in the order of submission.
void do_or_keep(cudaStream_t queue, std::function<void()> work);

struct MmaOperands {
  uint32_t a[4], b[2];
};

int lane();
void wait_for_block();
void wait_for_warp();
void let_others_run();                                      // lets other threads run while this one waits for a value
uint64_t nanoseconds();                                     // advances while threads only wait for values
[[noreturn]] void trap();                                   // ends the launch with an error
unsigned cluster_rank();                                    // of the block in its cluster
void copy_later(void* to, const void* from, size_t bytes);  // complete when this thread waits for it
void wait_for_copies();
void arrive_at_cluster();
void wait_for_cluster();
void store_to_block(unsigned rank, void* mine, const void* value, size_t bytes);  // to the same address in another block
unsigned char* shared_memory();                              // the block's, 16-byte aligned; NaN before each launch
bool any_of_block(bool mine);                                // waits for the whole block
uint64_t exchange_in_warp(uint64_t mine, int from_lane);     // waits for the whole warp
unsigned ballot(bool mine);                                  // waits for the whole warp
const MmaOperands* gather_in_warp(const MmaOperands& mine);  // of all 32 lanes; waits for the whole warp

template <class T>
T shuffle(T value, int from_lane) {
  static_assert(sizeof(T) <= sizeof(uint64_t));
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = exchange_in_warp(bits, from_lane);
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

}  // namespace tagloom::emulated

#define threadIdx (::tagloom::emulated::thread_index)
#define blockIdx (::tagloom::emulated::block_index)
#define blockDim (::tagloom::emulated::block_size)
#define gridDim (::tagloom::emulated::grid_size)
#undef __shared__
#define __shared__ static  // blocks run one after the other
#undef __launch_bounds__
#define __launch_bounds__(...)

inline void __syncthreads() { ::tagloom::emulated::wait_for_block(); }
inline int __syncthreads_or(int mine) { return ::tagloom::emulated::any_of_block(mine != 0); }
inline void __syncwarp(unsigned = 0xffffffffu) { ::tagloom::emulated::wait_for_warp(); }
inline unsigned __ballot_sync(unsigned, int mine) { return ::tagloom::emulated::ballot(mine != 0); }
template <class T>
T __shfl_sync(unsigned, T value, int from_lane) {
  return ::tagloom::emulated::shuffle(value, from_lane);
}
template <class T>
T __shfl_xor_sync(unsigned, T value, int mask) {
  return ::tagloom::emulated::shuffle(value, ::tagloom::emulated::lane() ^ mask);
}
template <class T>
T __shfl_down_sync(unsigned, T value, int distance) {
  const int lane = ::tagloom::emulated::lane();
  return ::tagloom::emulated::shuffle(value, lane + distance < 32 ? lane + distance : lane);
}

// Fibers switch only in the functions above, so a plain read and write is atomic.
inline unsigned long long atomicMax(unsigned long long* place, unsigned long long value) {
  const unsigned long long before = *place;
  if (value > before) *place = value;
  return before;
}

inline unsigned __float_as_uint(float x) {
  unsigned bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}
inline float __uint_as_float(unsigned bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
inline int min(int a, int b) { return a < b ? a : b; }
inline int max(int a, int b) { return a > b ? a : b; }
inline long min(long a, long b) { return a < b ? a : b; }
inline long max(long a, long b) { return a > b ? a : b; }
using std::isfinite;
using std::isnan;

// Fast arithmetic with the largest error that CUDA's manual allows: 2 ulp for quotients and exponentials, in either direction.
inline float __fdividef(float x, float y) { return x / y * (1.0f + (__float_as_uint(y) & 1 ? 1.5e-7f : -1.5e-7f)); }
inline float __expf(float x) { return std::exp2(x * 1.44269504f) * (1.0f + (__float_as_uint(x) & 1 ? 1.5e-7f : -1.5e-7f)); }
inline void __stwb(uint4* to, uint4 value) { std::memcpy(__builtin_assume_aligned(to, 16), &value, sizeof value); }
