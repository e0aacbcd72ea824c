#pragma once
// 16-byte accesses, and loops over rows of any length with them.
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/cuda/launch.cuh"

namespace tagloom::kernels {

// Whether every pointer is 16-byte aligned; null counts as aligned.
template <class... Pointers>
bool aligned16(const Pointers*... pointers) {
  return ((reinterpret_cast<uintptr_t>(pointers) | ...) & 15) == 0;
}

// N neighbours, moved in one access of up to 16 bytes (four floats or eight Bf16), or in several.
template <class T, int N>
struct alignas(N * sizeof(T) < 16 ? N * sizeof(T) : 16) Values {
  T v[N];
};

template <int N, class T>
__device__ inline Values<T, N> load(const T* from) {
  return *reinterpret_cast<const Values<T, N>*>(from);
}

// *to = value, in whole accesses: nvcc 13 splits a plain assignment if another branch stores to the same address.
template <class Some>
__device__ inline void store_whole(Some* to, const Some& value) {
  constexpr int kParts = sizeof value / 16;
  if constexpr (kParts > 0) {
    uint4 parts[kParts];
    memcpy(parts, &value, sizeof value);
#pragma unroll
    for (int part = 0; part < kParts; ++part) __stwb(reinterpret_cast<uint4*>(to) + part, parts[part]);
  } else {
    *to = value;
  }
}

template <int N, class T>
__device__ inline void store(T* to, const Values<T, N>& values) {
  store_whole(reinterpret_cast<Values<T, N>*>(to), values);
}

// N neighbours in their storage type, moved by 16-byte accesses if they fill one. A pair of Bf16 shares a register, the first in
// its lower half, until it is used.
template <class T, int N>
struct Stored {
  static constexpr bool kPairs = sizeof(T) == 2 && N % 2 == 0;
  using Word = std::conditional_t<kPairs, uint32_t, T>;
  struct __attribute__((may_alias, aligned(alignof(Values<T, N>)))) Words {
    Word v[kPairs ? N / 2 : N];
  } words;

  Stored() = default;
  __device__ explicit Stored(const T* from) { load(from); }
  __device__ void load(const T* from, unsigned i = 0) { words = reinterpret_cast<const Words*>(from)[i]; }
  __device__ void store(T* to, unsigned i = 0) const { store_whole(reinterpret_cast<Words*>(to) + i, words); }

  __device__ float at(int j) const {
    if constexpr (kPairs) {
      return __uint_as_float(j % 2 == 0 ? words.v[j / 2] << 16 : words.v[j / 2] & 0xffff0000u);
    } else {
      return to_float(words.v[j]);
    }
  }
  // Rounds value(j) for the kPart values from j on.
  static constexpr int kPart = kPairs ? 2 : 1;
  template <class Value>
  __device__ void set(int j, const Value& value) {
    if constexpr (kPairs) {
      const __nv_bfloat162 pair = __floats2bfloat162_rn(value(j), value(j + 1));
      words.v[j / 2] = uint32_t{__bfloat16_as_ushort(pair.x)} | uint32_t{__bfloat16_as_ushort(pair.y)} << 16;
    } else {
      words.v[j] = from_float<T>(value(j));
    }
  }
};

// The same, converting between floats and the storage type.
template <int N, class T>
__device__ inline Values<float, N> load_floats(const T* from) {
  Stored<T, N> stored;
  stored.load(from);
  Values<float, N> values;
#pragma unroll
  for (int j = 0; j < N; ++j) values.v[j] = stored.at(j);
  return values;
}

template <int N, class T>
__device__ inline void store_floats(T* to, const Values<float, N>& values) {
  Stored<T, N> stored;
#pragma unroll
  for (int j = 0; j < N; j += stored.kPart) stored.set(j, [&](int at) { return values.v[at]; });
  stored.store(to);
}

template <int N, class T>
__device__ inline void store_or_add(T* to, Values<float, N> values, bool add) {
  if (add) {
    const Values<float, N> before = load_floats<N>(to);
    for (int j = 0; j < N; ++j) values.v[j] += before.v[j];
  }
  store_floats<N>(to, values);
}

template <int N>
struct Width {
  static constexpr int kCount = N;
};

// Distributes the columns of a row among `threads` threads: visit(column, Width<kWide>{}) for each 16-byte group (four floats or
// eight Bf16), visit(column, Width<1>{}) for the columns left at either end. `row_begin` is the row's offset in its array, which
// is 16-byte aligned if `aligned`. A thread always gets the same columns.
template <int kWide = 4, class Visit>
__device__ inline void for_each_column(bool aligned, int64_t row_begin, int cols, int thread, int threads, Visit visit) {
  const int head = aligned ? min(cols, static_cast<int>(-row_begin & (kWide - 1))) : cols;
  const int packs = (cols - head) / kWide;
  for (int c = thread; c < head; c += threads) visit(c, Width<1>{});
  for (int p = thread; p < packs; p += threads) visit(head + kWide * p, Width<kWide>{});
  for (int c = head + kWide * packs + thread; c < cols; c += threads) visit(c, Width<1>{});
}

// A warp processes a short row, a block of 256 threads a long one.
constexpr int kShortRow = 512;  // in floats; the same number of bytes for other types
constexpr int kWarpsPerBlock = 4;

template <class T>
int threads_per_row(int64_t cols) {
  return cols <= kShortRow * int64_t(sizeof(float) / sizeof(T)) ? 32 : 256;
}

inline unsigned blocks_for_rows(int64_t rows, int threads_per_row) {
  return static_cast<unsigned>(threads_per_row == 32 ? (rows + kWarpsPerBlock - 1) / kWarpsPerBlock : rows);
}
inline unsigned block_for_rows(int threads_per_row) { return threads_per_row == 32 ? 32 * kWarpsPerBlock : threads_per_row; }

}  // namespace tagloom::kernels
