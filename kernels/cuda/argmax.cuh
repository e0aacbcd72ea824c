#pragma once
// Argmax as the maximum of 64-bit keys: the value in the upper half, the inverted index in the lower. Among equal values the
// lower index wins, and the winner does not depend on the order of reduction.
#include <cuda_runtime.h>

#include <cstdint>

namespace tagloom::kernels {

using ArgmaxKey = unsigned long long;

constexpr ArgmaxKey kNoKey = 0;  // smaller than the key of any value, -inf included

// NaN has no key; 0 and -0 have the same value.
__device__ inline ArgmaxKey argmax_key(float value, int32_t index) {
  if (isnan(value)) return kNoKey;
  const uint32_t bits = __float_as_uint(value == 0.0f ? 0.0f : value);
  const uint32_t ordered = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
  return static_cast<ArgmaxKey>(ordered) << 32 | ~static_cast<uint32_t>(index);
}

__device__ inline int32_t key_index(ArgmaxKey key) {
  return key == kNoKey ? -1 : static_cast<int32_t>(~static_cast<uint32_t>(key));
}

__device__ inline float key_value(ArgmaxKey key) {
  const uint32_t ordered = static_cast<uint32_t>(key >> 32);
  return key == kNoKey ? -INFINITY : __uint_as_float(ordered & 0x80000000u ? ordered & 0x7fffffffu : ~ordered);
}

__device__ inline ArgmaxKey warp_max(ArgmaxKey key) {
  for (int offset = 16; offset > 0; offset >>= 1) {
    const ArgmaxKey other = __shfl_xor_sync(0xffffffffu, key, offset);
    key = other > key ? other : key;
  }
  return key;
}

// Every thread of the block gets the maximum. The block is a multiple of 32 threads, at most 1024; all must call it.
__device__ inline ArgmaxKey block_max(ArgmaxKey key) {
  __shared__ ArgmaxKey partial[32];
  const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, warps = blockDim.x >> 5;
  key = warp_max(key);
  __syncthreads();  // partial may still be read from the last call
  if (lane == 0) partial[warp] = key;
  __syncthreads();
  return warp_max(lane < warps ? partial[lane] : kNoKey);
}

}  // namespace tagloom::kernels
