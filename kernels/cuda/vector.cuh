#pragma once
// Reading and writing 16 bytes at a time, and walking rows that way whatever their length.
#include <cstdint>

#include "kernels/cuda/launch.cuh"

namespace tagloom::kernels {

// Whether every pointer may be read 16 bytes at a time; null counts as yes.
template <class... Pointers>
bool aligned16(const Pointers*... pointers) {
  return ((reinterpret_cast<uintptr_t>(pointers) | ...) & 15) == 0;
}

// N neighbours, moved by one access: 16 bytes for four floats or eight Bf16. More than 16 bytes take several.
template <class T, int N>
struct alignas(N * sizeof(T) < 16 ? N * sizeof(T) : 16) Values {
  T v[N];
};

template <int N, class T>
__device__ inline Values<T, N> load(const T* from) {
  return *reinterpret_cast<const Values<T, N>*>(from);
}

template <int N, class T>
__device__ inline void store(T* to, const Values<T, N>& values) {
  *reinterpret_cast<Values<T, N>*>(to) = values;
}

// The same between floats and the type they are stored as.
template <int N, class T>
__device__ inline Values<float, N> load_floats(const T* from) {
  const Values<T, N> stored = load<N>(from);
  Values<float, N> values;
#pragma unroll
  for (int j = 0; j < N; ++j) values.v[j] = to_float(stored.v[j]);
  return values;
}

template <int N, class T>
__device__ inline void store_floats(T* to, const Values<float, N>& values) {
  Values<T, N> stored;
#pragma unroll
  for (int j = 0; j < N; ++j) stored.v[j] = from_float<T>(values.v[j]);
  store<N>(to, stored);
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

// Shares the columns of a row among `threads` threads: visit(column, Width<kWide>{}) for the four columns of float, or eight of Bf16,
// that begin on a 16-byte boundary, visit(column, Width<1>{}) for what is left at either end. `row_begin` is the row's place in its
// array, whose first element is 16-byte aligned if `aligned` says so. A thread always gets the same columns.
template <int kWide = 4, class Visit>
__device__ inline void for_each_column(bool aligned, int64_t row_begin, int cols, int thread, int threads, Visit visit) {
  const int head = aligned ? min(cols, static_cast<int>(-row_begin & (kWide - 1))) : cols;
  const int packs = (cols - head) / kWide;
  for (int c = thread; c < head; c += threads) visit(c, Width<1>{});
  for (int p = thread; p < packs; p += threads) visit(head + kWide * p, Width<kWide>{});
  for (int c = head + kWide * packs + thread; c < cols; c += threads) visit(c, Width<1>{});
}

// Rows are worked on by a warp where they are short and by a block of 256 where they are long.
constexpr int kShortRow = 512;  // floats; as many bytes of another type
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
