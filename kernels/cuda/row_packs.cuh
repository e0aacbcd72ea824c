#pragma once
// A matrix row in the registers of a warp or a block, read once, 16 bytes at a time, for any length and alignment.
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/vector.cuh"

namespace tagloom::kernels {

// Thread t of kThreads holds kPacks packs of 16 bytes: t, t + kThreads, ... Pack 0 begins at the last 16-byte boundary at or
// before the row (if not `wide`: at the row), so the first and last packs may extend beyond the row.
template <class T, int kPacks, int kThreads>
struct RowPacks {
  static constexpr int kWide = Pack<T>::kCount;
  int cols, begin;  // begin: the first column of this thread's first pack
  bool wide;

  __device__ RowPacks(const T* row, int cols_given, int thread, bool wide_given) : cols(cols_given), wide(wide_given) {
    const int before = wide ? static_cast<int>(reinterpret_cast<uintptr_t>(row) / sizeof(T) % kWide) : 0;
    begin = thread * kWide - before;
  }
  __device__ int column(int k) const { return begin + k * kThreads * kWide; }
  __device__ bool is_inside(int c) const { return c >= 0 && c < cols; }
  __device__ bool is_whole(int k) const { return wide && column(k) >= 0 && column(k) + kWide <= cols; }

  // Issues all loads before it uses the first. Elements outside the row become `fill`.
  __device__ void load(const T* row, float fill, float (&x)[kPacks][kWide]) const {
    Stored<T, kWide> stored[kPacks];
#pragma unroll
    for (int k = 0; k < kPacks; ++k) {
      if (is_whole(k)) stored[k].load(row + column(k));
    }
#pragma unroll
    for (int k = 0; k < kPacks; ++k) {
#pragma unroll
      for (int j = 0; j < kWide; ++j) {
        x[k][j] = fill;
        if (is_whole(k)) {
          x[k][j] = stored[k].at(j);
        } else if (is_inside(column(k) + j)) {
          x[k][j] = to_float(row[column(k) + j]);
        }
      }
    }
  }

  // Rounds value(k, j) for every column of the row.
  template <class Value>
  __device__ void store(T* row, const Value& value) const {
#pragma unroll
    for (int k = 0; k < kPacks; ++k) {
      Stored<T, kWide> stored;
#pragma unroll
      for (int j = 0; j < kWide; j += stored.kPart) stored.set(j, [&](int at) { return value(k, at); });
      if (is_whole(k)) {
        stored.store(row + column(k));
      } else {
#pragma unroll
        for (int j = 0; j < kWide; ++j) {
          if (is_inside(column(k) + j)) row[column(k) + j] = from_float<T>(stored.at(j));
        }
      }
    }
  }
};

// Whether 16-byte boundaries fall on the same elements of both arrays; true for null.
template <class T>
bool same_phase(const T* x, const T* y) {
  return y == nullptr || (reinterpret_cast<uintptr_t>(x) - reinterpret_cast<uintptr_t>(y)) % 16 == 0;
}

// The most 16-byte packs that a row can span, for any alignment.
template <class T>
int64_t packs_of_row(int64_t cols, bool rows_aligned) {
  constexpr int kWide = Pack<T>::kCount;
  return (cols + (rows_aligned && cols % kWide == 0 ? 0 : 2 * kWide - 2)) / kWide;
}

// Calls by(Width<kPacks>{}, Width<kThreads>{}) for a row of so many packs: a warp, or a block of 256 if a warp's threads would
// hold more than 32 floats each. Returns false without a call if a block's threads would, too.
template <class T, class By>
bool in_registers(int64_t packs, const By& by) {
  constexpr int kMost = 32 / Pack<T>::kCount;
  if (packs <= 32) {
    by(Width<1>{}, Width<32>{});
  } else if (packs <= 64) {
    by(Width<2>{}, Width<32>{});
  } else if (packs <= 128) {
    by(Width<4>{}, Width<32>{});
  } else if (packs <= 32 * kMost) {
    by(Width<kMost>{}, Width<32>{});
  } else if (packs <= 256 * kMost) {
    by(Width<kMost>{}, Width<256>{});
  } else {
    return false;
  }
  return true;
}

}  // namespace tagloom::kernels
