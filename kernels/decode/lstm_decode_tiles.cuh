#pragma once
// The products of lstm_decode on tensor cores: tiles of 16 weight rows in shared memory, multiplied by h of eight batch rows at a
// time.
//
// A row of operands consists of four-byte words (two bfloat16 columns or one float), 16 words to a k block. A lane loads words 4s
// .. 4s+3 of a row with s = lane % 4, 16 bytes at once: the first product of a k block multiplies the words 4s and 4s+1 of all s,
// the second one 4s+2 and 4s+3. The order of a sum's terms is free as long as both operands share it. A tile is stored in the
// order in which lanes load it: [k block][rows 0..7 or 8..15][lane] of 16 bytes, with row lane / 4.
//
// Floats are split as x = big + small with 11 bits (tf32) each and multiplied as small * big + big * small + big * big, which
// omits less than 2^-20 |w h| of each term. A tensor core, whose sums may be truncated rather than rounded, sums over half a k
// block only; these partial sums are added as floats. An infinite weight gives NaN.
#include <cstring>
#include <type_traits>

#include "kernels/cuda/ptx.cuh"
#include "kernels/cuda/vector.cuh"
#include "kernels/decode/lstm_decode_launch.h"

namespace tagloom::kernels {

// 16 bytes of a row from column k on, zeros from column d on. `wide`: the row is 16-byte aligned.
template <class F, class T>
__device__ uint4 part_of_row(const T* row, int k, int d, bool wide) {
  constexpr int kCount = 16 / sizeof(F);
  Values<F, kCount> part;
  if (wide && k + kCount <= d) {
    const Values<T, kCount> stored = load<kCount>(row + k);
#pragma unroll
    for (int i = 0; i < kCount; ++i) part.v[i] = from_float<F>(to_float(stored.v[i]));
  } else {
#pragma unroll
    for (int i = 0; i < kCount; ++i) part.v[i] = from_float<F>(k + i < d ? to_float(row[k + i]) : 0.0f);
  }
  uint4 bytes;
  memcpy(&bytes, &part, sizeof bytes);
  return bytes;
}

// Fills a tile: its row r is row_of(r) of the weight, or zeros if that is negative. Values that need no rounding are copied
// asynchronously: call wait_for_copies() before the barrier.
template <class F, class T, class RowOf>
__device__ void load_tile(const T* weight, int d, int k_blocks, RowOf row_of, uint4* tile) {
  const auto aligned = [=](int bytes) { return reinterpret_cast<uintptr_t>(weight) % bytes == 0 && d * sizeof(T) % bytes == 0; };
  const bool wide = aligned(16), half_wide = aligned(8);
#pragma unroll 8
  for (int i = threadIdx.x; i < k_blocks * 64; i += kDecodeThreads) {
    const int k = (i / 64 * 16 + i % 4 * 4) * static_cast<int>(4 / sizeof(F));
    const int64_t from = row_of(i % 64 / 4);
    const T* const row = weight + from * d;
    if (from < 0 || k >= d) {
      tile[i] = make_uint4(0, 0, 0, 0);
    } else if (std::is_same_v<F, T> && half_wide && k + 16 / static_cast<int>(sizeof(T)) <= d) {
      if (wide) {
        copy_to_shared(tile + i, reinterpret_cast<const uint4*>(row + k));
      } else {
        const auto* const halves = reinterpret_cast<const uint2*>(row + k);
        copy_to_shared(reinterpret_cast<uint2*>(tile + i), halves);
        copy_to_shared(reinterpret_cast<uint2*>(tile + i) + 1, halves + 1);
      }
    } else {
      tile[i] = part_of_row<F>(row, k, d, wide);
    }
  }
}

// The position of the 16 bytes number `part` of row `row` of h. Each instruction reads two of eight rows: swapping the k blocks
// of every other row keeps those two in different banks of shared memory.
__device__ inline int place_in_h(int row, int part, int k_blocks) {
  const int swap = k_blocks % 2 == 0 && row % 2 == 1 ? 4 : 0;
  return row * k_blocks * 4 + (part ^ swap);
}

__device__ inline float4 big_of(float4 x) { return {to_tf32(x.x), to_tf32(x.y), to_tf32(x.z), to_tf32(x.w)}; }
__device__ inline float4 small_of(float4 x, float4 big) {
  return {to_tf32(x.x - big.x), to_tf32(x.y - big.y), to_tf32(x.z - big.z), to_tf32(x.w - big.w)};
}
__device__ inline float4 floats_of(uint4 x) {
  return {__uint_as_float(x.x), __uint_as_float(x.y), __uint_as_float(x.z), __uint_as_float(x.w)};
}

__device__ inline uint4 operand(const uint4 (&a)[2], int half) {
  return half == 0 ? make_uint4(a[0].x, a[1].x, a[0].y, a[1].y) : make_uint4(a[0].z, a[1].z, a[0].w, a[1].w);
}

template <int kM, int kN>
struct Sums {
  float of[kM][kN][4];  // in the layout of ptx.cuh
};

// sums += both products of a k block: a[i][0] and a[i][1] are the upper and lower rows of tile i, b[j] is the j-th eight rows of
// h.
template <int kM, int kN>
__device__ void multiply(Bf16, const uint4 (&a)[kM][2], const uint4 (&b)[kN], Sums<kM, kN>& sums) {
#pragma unroll
  for (int half = 0; half < 2; ++half) {
#pragma unroll
    for (int i = 0; i < kM; ++i) {
#pragma unroll
      for (int j = 0; j < kN; ++j)
        mma_bf16(sums.of[i][j], operand(a[i], half), half == 0 ? b[j].x : b[j].z, half == 0 ? b[j].y : b[j].w);
    }
  }
}
template <int kM, int kN>
__device__ void multiply(float, const uint4 (&a)[kM][2], const uint4 (&b)[kN], Sums<kM, kN>& sums) {
  float4 b_big[kN], b_small[kN];
#pragma unroll
  for (int j = 0; j < kN; ++j) {
    b_big[j] = big_of(floats_of(b[j]));
    b_small[j] = small_of(floats_of(b[j]), b_big[j]);
  }
#pragma unroll
  for (int i = 0; i < kM; ++i) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const float4 a_big = big_of(floats_of(operand(a[i], half))), a_small = small_of(floats_of(operand(a[i], half)), a_big);
      float block[kN][4] = {};
#pragma unroll
      for (int j = 0; j < kN; ++j)
        mma_tf32(block[j], a_small, half == 0 ? b_big[j].x : b_big[j].z, half == 0 ? b_big[j].y : b_big[j].w);
#pragma unroll
      for (int j = 0; j < kN; ++j)
        mma_tf32(block[j], a_big, half == 0 ? b_small[j].x : b_small[j].z, half == 0 ? b_small[j].y : b_small[j].w);
#pragma unroll
      for (int j = 0; j < kN; ++j)
        mma_tf32(block[j], a_big, half == 0 ? b_big[j].x : b_big[j].z, half == 0 ? b_big[j].y : b_big[j].w);
#pragma unroll
      for (int j = 0; j < kN; ++j) {
        for (int e = 0; e < 4; ++e) sums.of[i][j][e] += block[j][e];
      }
    }
  }
}

// sums.of[i][j] = tiles[i] . h for the j-th eight rows from `first_row` (a multiple of eight) on. read(place) returns 16 bytes of
// h.
template <class F, int kM, int kN, class Read>
__device__ void products(const uint4* const (&tiles)[kM], int k_blocks, const uint4* h, int first_row, Read read,
                         Sums<kM, kN>& sums) {
  const int lane = threadIdx.x % 32, swap = place_in_h(lane / 4, 0, k_blocks) - lane / 4 * k_blocks * 4;
  const uint4* const from = h + (first_row + lane / 4) * k_blocks * 4 + lane % 4;
  [[maybe_unused]] constexpr int kAhead = sizeof(F) == sizeof(Bf16) ? 4 : 2;  // as many as registers allow
  sums = {};
#pragma unroll kAhead
  for (int block = 0; block < k_blocks; ++block) {
    uint4 a[kM][2], b[kN];
#pragma unroll
    for (int j = 0; j < kN; ++j) b[j] = read(from + j * 8 * k_blocks * 4 + (block * 4 ^ swap));
#pragma unroll
    for (int i = 0; i < kM; ++i) {
      a[i][0] = tiles[i][block * 64 + lane];
      a[i][1] = tiles[i][block * 64 + 32 + lane];
    }
    multiply(F(), a, b, sums);
  }
}

}  // namespace tagloom::kernels
