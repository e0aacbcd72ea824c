#pragma once
// Long sums of the CPU twins: in double, over chunks that depend on the shape alone, added in order. The bits are the same for
// any number of threads.
#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

#include "kernels/base/twins.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {

// This thread's memory for partial sums, kept between calls.
inline double* partial_sums(size_t count) {
  thread_local std::vector<double> memory;
  if (memory.size() < count) memory.resize(count);
  return memory.data();
}

// The sum of term(i) over 0 <= i < n. Each chunk is summed in lanes, so that it vectorises.
template <class Term>
double chunked_sum(int64_t n, const Term& term) {
  constexpr int64_t kChunk = 4096, kLanes = 32;
  const int64_t chunks = (n + kChunk - 1) / kChunk;
  double* partial = partial_sums(chunks);
#pragma omp parallel for schedule(static) if (chunks > 4)
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    const int64_t begin = chunk * kChunk, end = std::min(n, begin + kChunk);
    double lanes[kLanes] = {};
    int64_t i = begin;
    for (; i + kLanes <= end; i += kLanes) {
#pragma omp simd
      for (int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += term(i + lane);
    }
    for (; i < end; ++i) lanes[i % kLanes] += term(i);
    partial[chunk] = std::accumulate(lanes, lanes + kLanes, 0.0);
  }
  return std::accumulate(partial, partial + chunks, 0.0);
}

// sums[s * cols + col] = the sum over rows of terms_of(row)(col)[s]; terms_of(row)(col) is a std::array<double, kSums>.
template <int kSums, class TermsOf>
void sum_of_rows(int64_t rows, int64_t cols, const TermsOf& terms_of, double* sums) {
  const int64_t chunk_rows = std::max<int64_t>(64, (rows + 255) / 256);  // at most 256 chunks
  const int64_t chunks = (rows + chunk_rows - 1) / chunk_rows, width = kSums * cols;
  double* partial = partial_sums(chunks * width);
#pragma omp parallel for schedule(static) if (rows * cols > 16384)
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    double* mine = partial + chunk * width;
    std::fill(mine, mine + width, 0.0);
    const int64_t begin = chunk * chunk_rows, end = std::min(rows, begin + chunk_rows);
    for (int64_t row = begin; row < end; ++row) {
      const auto term = terms_of(row);
      for (int64_t col = 0; col < cols; ++col) {
        const std::array<double, kSums> terms = term(col);
        for (int s = 0; s < kSums; ++s) mine[s * cols + col] += terms[s];
      }
    }
  }
  std::fill(sums, sums + width, 0.0);
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    for (int64_t i = 0; i < width; ++i) sums[i] += partial[chunk * width + i];
  }
}

// The same for term(row, col).
template <int kSums, class Term>
void column_sums(int64_t rows, int64_t cols, const Term& term, double* sums) {
  sum_of_rows<kSums>(
      rows, cols, [&](int64_t row) { return [=](int64_t col) { return term(row, col); }; }, sums);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
