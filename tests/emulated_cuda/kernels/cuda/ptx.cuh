#pragma once
// Stands in for kernels/cuda/ptx.cuh. The places of mma.sync's operands are written out from the PTX ISA ("Matrix Fragments for
// mma.m16n8k16 with floating point type"), not from that file.
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

template <class T>
T load_from_l2(const T* from) {
  return *from;
}

inline void arrive_release(unsigned* counter) { ++*counter; }

inline unsigned load_acquire(const unsigned* counter) {
  emulated::look_again();
  return *counter;
}

}  // namespace tagloom::kernels
