#pragma once
// Reductions over the rows of a row-major matrix, coalesced over its columns, in an order that depends on the shape and on the
// device's number of multiprocessors alone.
//
// A block has lanes.x threads along the columns (kVec columns each) and lanes.y along the rows; a grid has one block per chunk of
// rows and tile of columns, at most as many as the device holds at once. Each block writes one partial result per column to the
// queue's workspace, and finish kernels combine the chunks in order.
#include "kernels/cuda/elementwise.cuh"

namespace tagloom::kernels {

constexpr int kColumnThreads = 256;
constexpr int kColumnBlocks = 4;  // per multiprocessor: __launch_bounds__ guarantees it, and the grid assumes it

struct ColumnPlan {
  int64_t rows, cols, chunk_rows;
  int chunks;
  dim3 block, grid;

  ColumnPlan(Queue& q, const char* name, int64_t rows_given, int64_t cols_given, int vec) : rows(rows_given), cols(cols_given) {
    const int64_t packs = cols / vec;
    TL_CHECK(rows * packs < int64_t{1} << 32, "[{}] [{}, {}] has too many values for one launch; use a smaller batch", name, rows,
             cols);
    unsigned lanes = 1;
    while (lanes < packs && lanes < 32) lanes *= 2;
    block = dim3(lanes, kColumnThreads / lanes);
    const int64_t tiles = (packs + lanes - 1) / lanes, together = q.cuda().multiprocessors * kColumnBlocks;
    const int64_t wanted = (rows + block.y * 8 - 1) / (block.y * 8), most = tiles > 0 && tiles < together ? together / tiles : 1;
    const int64_t count = wanted < 1 ? 1 : wanted < most ? wanted : most;
    chunk_rows = rows == 0 ? 1 : (rows + count - 1) / count;
    chunks = rows == 0 ? 0 : static_cast<int>((rows + chunk_rows - 1) / chunk_rows);
    grid = dim3(static_cast<unsigned>(chunks), static_cast<unsigned>(tiles));
  }
};

// Floats at the start of the queue's workspace.
inline float* workspace_floats(Queue& q, const char* name, int64_t count) {
  CudaContext& context = q.cuda();
  TL_CHECK_AS(ErrorKind::kInternal, context.workspace_bytes >= count * sizeof(float),
              "[{}] needs a workspace of {} bytes, the queue has {}", name, count * sizeof(float), context.workspace_bytes);
  return static_cast<float*>(context.workspace);
}

// This thread's first column and its rows: `count` rows from `begin` on, blockDim.y apart.
template <int kVec>
struct ColumnWalk {
  int64_t cols, col, begin;
  int count;
  bool inside;

  __device__ ColumnWalk(int64_t rows, int64_t cols_given, int64_t chunk_rows) : cols(cols_given) {
    col = (blockIdx.y * int64_t(blockDim.x) + threadIdx.x) * kVec;
    inside = col < cols;
    begin = blockIdx.x * chunk_rows + threadIdx.y;
    const int64_t end = min(blockIdx.x * chunk_rows + chunk_rows, rows);
    count = inside && begin < end ? (static_cast<unsigned>(end - begin) + blockDim.y - 1) / blockDim.y : 0;
  }

  // Calls visit(i, step, Width<kRows>{}) for kRows rows at a time, so that kRows loads are in flight before the first is used,
  // and visit(i, step, Width<1>{}) for each remaining row. i = (row * cols + col) / kVec of the first row; the next row is at i +
  // step. Indices have 32 bits, because 64-bit addresses take registers that the loads need.
  template <int kRows, class Visit>
  __device__ void for_rows(Visit visit) const {
    const unsigned step = blockDim.y * static_cast<unsigned>(cols / kVec);
    unsigned i = static_cast<unsigned>((begin * cols + col) / kVec);
    int left = count;
#pragma unroll 1
    for (; left >= kRows; left -= kRows, i += kRows * step) visit(i, step, Width<kRows>{});
#pragma unroll 1
    for (; left > 0; --left, i += step) visit(i, step, Width<1>{});
  }
};

// The kVec columns at i, in N rows that are `step` apart.
template <int N, int kVec, class T>
struct RowValues {
  Stored<T, kVec> of[N];

  RowValues() = default;
  __device__ RowValues(const T* from, unsigned i, unsigned step) { load(from, i, step); }
  __device__ void load(const T* from, unsigned i, unsigned step) {
#pragma unroll
    for (int r = 0; r < N; ++r) of[r].load(from, i + r * step);
  }
  __device__ float at(int r, int j) const { return of[r].at(j); }

  // Rounds all value(r, j), column by column, so that a column's constants occupy registers only briefly.
  template <class Value>
  __device__ void set(const Value& value) {
#pragma unroll
    for (int j = 0; j < kVec; j += Stored<T, kVec>::kPart) {
#pragma unroll
      for (int r = 0; r < N; ++r) of[r].set(j, [&](int at) { return value(r, at); });
    }
  }
  __device__ void store(T* to, unsigned i, unsigned step) const {
#pragma unroll
    for (int r = 0; r < N; ++r) of[r].store(to, i + r * step);
  }
};

// kCount floats per column of a block's tile, in shared memory: all threads of a column share them, which saves registers.
template <int kCount, int kVec>
struct ColumnConstants {
  static constexpr int kPart = kVec < 4 ? kVec : 4;  // neighbouring threads read neighbouring 16 bytes
  Values<float, kPart> of[kCount][kVec / kPart][32];

  // make(col, floats) for every column; the whole block calls it, once.
  template <class Make>
  __device__ void fill(int64_t cols, Make make) {
#pragma unroll 1
    for (int k = threadIdx.y * blockDim.x + threadIdx.x; k < blockDim.x * kVec; k += kColumnThreads) {
      const int64_t col = blockIdx.y * int64_t(blockDim.x) * kVec + k;
      float floats[kCount] = {};
      if (col < cols) make(col, floats);
      for (int s = 0; s < kCount; ++s) of[s][k % kVec / kPart][k / kVec].v[k % kPart] = floats[s];
    }
    __syncthreads();
  }
  __device__ float at(int s, int j) const { return of[s][j / kPart][threadIdx.x].v[j % kPart]; }
};

// partial[chunk, s, col] = sum over the chunk's rows of terms. One thread per kVec columns and every blockDim.y-th row; then
// the block's rows are added pairwise. terms.add(i, step, Width<N>, col, sums) adds the kVec columns at i of N rows;
// terms.finish(col, sums) transforms a thread's sums.
template <int kSums, int kVec, class Terms>
__global__ void __launch_bounds__(kColumnThreads, kColumnBlocks)
    column_partials_kernel(int64_t rows, int64_t cols, int64_t chunk_rows, Terms terms, float* partial) {
  __shared__ float shared[kSums * kVec][kColumnThreads];
  const ColumnWalk<kVec> walk(rows, cols, chunk_rows);
  float sums[kSums][kVec] = {};
  if (walk.inside) {
    walk.template for_rows<Terms::kRows>([&](unsigned i, unsigned step, auto n) { terms.add(i, step, n, walk.col, sums); });
    terms.finish(walk.col, sums);
  }
  const int thread = threadIdx.y * blockDim.x + threadIdx.x;
  for (int s = 0; s < kSums; ++s) {
    for (int j = 0; j < kVec; ++j) shared[s * kVec + j][thread] = sums[s][j];
  }
  for (int half = blockDim.y / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.y < half) {
      for (int k = 0; k < kSums * kVec; ++k) shared[k][thread] += shared[k][thread + half * blockDim.x];
    }
  }
  if (threadIdx.y == 0 && walk.inside) {
    for (int s = 0; s < kSums; ++s) {
      for (int j = 0; j < kVec; ++j) {
        partial[(int64_t(blockIdx.x) * kSums + s) * cols + walk.col + j] = shared[s * kVec + j][thread];
      }
    }
  }
}

// Threads: x over 32 columns, y over chunks. The sum over chunks of partial[chunk, col], for the threads with y = 0.
__device__ inline float sum_chunks(int chunks, int64_t width, const float* partial, int64_t col) {
  __shared__ float shared[32][33];
  float total = 0.0f;
  if (col < width) {
    for (int chunk = threadIdx.y; chunk < chunks; chunk += blockDim.y) total += partial[chunk * width + col];
  }
  __syncthreads();  // shared may still be read from the last call
  shared[threadIdx.y][threadIdx.x] = total;
  for (int half = blockDim.y / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.y < half) shared[threadIdx.y][threadIdx.x] += shared[threadIdx.y + half][threadIdx.x];
  }
  return shared[0][threadIdx.x];  // threads with y = 0 wrote it themselves
}

}  // namespace tagloom::kernels
