#pragma once
// Reading and writing 16 bytes at a time, and walking rows that way whatever their length.
#include <cstdint>

namespace tagloom::kernels {

// Whether every pointer (of 4-byte values) may be read 16 bytes at a time; null counts as yes.
template <class... Pointers>
bool aligned16(const Pointers*... pointers) {
  return ((reinterpret_cast<uintptr_t>(pointers) | ...) & 15) == 0;
}

// N neighbours, moved by one access: 16 bytes for four floats or eight Bf16.
template <class T, int N>
struct alignas(N * sizeof(T)) Values {
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

template <int N>
__device__ inline void store_or_add(float* to, Values<float, N> values, bool add) {
  if (add) {
    const Values<float, N> before = load<N>(to);
    for (int j = 0; j < N; ++j) values.v[j] += before.v[j];
  }
  store<N>(to, values);
}

template <int N>
struct Width {
  static constexpr int kCount = N;
};

// Shares the columns of a row among `threads` threads: visit(column, Width<4>{}) for four columns that begin on a 16-byte
// boundary, visit(column, Width<1>{}) for what is left at either end. `row_begin` is the row's place in its array, whose
// first element is 16-byte aligned if `aligned` says so. A thread always gets the same columns.
template <class Visit>
__device__ inline void for_each_column(bool aligned, int64_t row_begin, int cols, int thread, int threads, Visit visit) {
  const int head = aligned ? min(cols, static_cast<int>(-row_begin & 3)) : cols;
  const int packs = (cols - head) / 4;
  for (int c = thread; c < head; c += threads) visit(c, Width<1>{});
  for (int p = thread; p < packs; p += threads) visit(head + 4 * p, Width<4>{});
  for (int c = head + 4 * packs + thread; c < cols; c += threads) visit(c, Width<1>{});
}

// Rows are worked on by a warp where they are short and by a block of 256 where they are long.
constexpr int kShortRow = 512;
constexpr int kWarpsPerBlock = 4;

inline unsigned blocks_for_rows(int64_t rows, int threads_per_row) {
  return static_cast<unsigned>(threads_per_row == 32 ? (rows + kWarpsPerBlock - 1) / kWarpsPerBlock : rows);
}
inline unsigned block_for_rows(int threads_per_row) { return threads_per_row == 32 ? 32 * kWarpsPerBlock : threads_per_row; }

}  // namespace tagloom::kernels
