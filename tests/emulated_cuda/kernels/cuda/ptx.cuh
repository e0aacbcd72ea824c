#pragma once
// Replaces kernels/cuda/ptx.cuh. The layout of mma.sync's operands follows the PTX ISA ("Matrix Fragments for mma.m16n8k16 with
// floating point type"), independently of that file.
#include "tests/emulated_cuda/emulated.h"

namespace tagloom::kernels {

inline float bf16_half(uint32_t pair, int half) { return __uint_as_float(half == 0 ? pair << 16 : pair & 0xffff0000u); }

inline void mma_bf16(float (&sum)[4], uint4 a, uint32_t b0, uint32_t b1) {
  const emulated::MmaOperands* warp = emulated::gather_in_warp({{a.x, a.y, a.z, a.w}, {b0, b1}});
  const auto a_at = [warp](int row, int col) {
    const int element = col % 2 + (row < 8 ? 0 : 2) + (col < 8 ? 0 : 4);  // a0 .. a7
    return bf16_half(warp[row % 8 * 4 + col % 8 / 2].a[element / 2], element % 2);
  };
  const auto b_at = [warp](int row, int col) {
    const int element = row % 2 + (row < 8 ? 0 : 2);  // b0 .. b3
    return bf16_half(warp[col * 4 + row % 8 / 2].b[element / 2], element % 2);
  };
  const int group = emulated::lane() >> 2, in_group = emulated::lane() % 4;
  for (int i = 0; i < 4; ++i) {  // c0 .. c3
    const int row = i < 2 ? group : group + 8, col = in_group * 2 + (i & 1);
    for (int k = 0; k < 16; ++k) sum[i] += a_at(row, k) * b_at(k, col);
  }
}

// cvt.rna: rounds to nearest, ties away from zero.
inline float to_tf32(float x) { return isfinite(x) ? __uint_as_float((__float_as_uint(x) + 0x1000u) & ~0x1fffu) : x; }

// From the PTX ISA's "Matrix Fragments for mma.m16n8k8", .tf32. Bits that a tensor core ignores are truncated.
inline void mma_tf32(float (&sum)[4], float4 a, float b0, float b1) {
  const auto bits = [](float x) { return __float_as_uint(x) & ~0x1fffu; };
  const emulated::MmaOperands* warp =
      emulated::gather_in_warp({{bits(a.x), bits(a.y), bits(a.z), bits(a.w)}, {bits(b0), bits(b1)}});
  const auto a_at = [warp](int row, int col) {
    return __uint_as_float(warp[row % 8 * 4 + col % 4].a[(row < 8 ? 0 : 1) + (col < 4 ? 0 : 2)]);
  };
  const auto b_at = [warp](int row, int col) { return __uint_as_float(warp[col * 4 + row % 4].b[row < 4 ? 0 : 1]); };
  const int group = emulated::lane() >> 2, in_group = emulated::lane() % 4;
  for (int i = 0; i < 4; ++i) {
    const int row = i < 2 ? group : group + 8, col = in_group * 2 + (i & 1);
    for (int k = 0; k < 8; ++k) sum[i] += a_at(row, k) * b_at(k, col);
  }
}

template <class T>
T load_from_l2(const T* from) {
  return *from;
}

template <class T>
void copy_to_shared(T* to, const T* from) {
  emulated::copy_later(to, from, sizeof *to);
}
inline void wait_for_copies() { emulated::wait_for_copies(); }

inline void arrive_release(unsigned* counter) { ++*counter; }

inline unsigned load_acquire(const unsigned* counter) {
  emulated::let_others_run();
  return *counter;
}

inline unsigned long long global_nanoseconds() { return emulated::nanoseconds(); }
inline void trap() { emulated::trap(); }

inline unsigned cluster_rank() { return emulated::cluster_rank(); }
inline void arrive_at_cluster() { emulated::arrive_at_cluster(); }
inline void wait_for_cluster() { emulated::wait_for_cluster(); }
template <class T>
void store_to_block(unsigned rank, T* mine, T value) {
  emulated::store_to_block(rank, mine, &value, sizeof(T));
}

}  // namespace tagloom::kernels
