#pragma once
// Reductions over the rows of a row-major matrix, coalesced over its columns, in an order that depends on the shape alone.
//
// A block has lanes.x threads side by side over columns (kVec of them each) and lanes.y over rows; a grid has one block per
// chunk of rows and tile of columns. Each block leaves one partial result per column in the queue's workspace, and
// finish kernels go over the chunks in order.
#include "kernels/cuda/elementwise.cuh"

namespace tagloom::kernels {

constexpr int kColumnThreads = 256;

struct ColumnPlan {
  int64_t rows, cols, chunk_rows;
  int chunks;
  dim3 block, grid;

  ColumnPlan(int64_t rows_given, int64_t cols_given, int vec) : rows(rows_given), cols(cols_given) {
    const int64_t packs = cols / vec;
    unsigned lanes = 1;
    while (lanes < packs && lanes < 32) lanes *= 2;
    block = dim3(lanes, kColumnThreads / lanes);
    const int64_t tiles = (packs + lanes - 1) / lanes;
    const int64_t wanted = (rows + block.y * 8 - 1) / (block.y * 8), most = tiles > 0 && tiles < 528 ? 528 / tiles : 1;
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

// The first column of this thread, and the rows it walks.
template <int kVec>
struct ColumnWalk {
  int64_t col, begin, end;
  bool inside;

  __device__ ColumnWalk(int64_t rows, int64_t cols, int64_t chunk_rows) {
    col = (blockIdx.y * int64_t(blockDim.x) + threadIdx.x) * kVec;
    inside = col < cols;
    begin = blockIdx.x * chunk_rows + threadIdx.y;
    end = blockIdx.x * chunk_rows + chunk_rows;
    if (end > rows) end = rows;
  }
};

// partial[chunk, s, col] = sum over the chunk's rows of terms. One thread per kVec columns and every blockDim.y-th row; then
// the block's rows are added up pairwise. terms.add(i, col, sums) adds the kVec columns from i = row * cols + col on.
template <int kSums, int kVec, class Terms>
__global__ void column_partials_kernel(int64_t rows, int64_t cols, int64_t chunk_rows, Terms terms, float* partial) {
  __shared__ float shared[kSums * kVec][kColumnThreads];
  const ColumnWalk<kVec> walk(rows, cols, chunk_rows);
  float sums[kSums][kVec] = {};
  if (walk.inside) {
    for (int64_t row = walk.begin; row < walk.end; row += blockDim.y) terms.add(row * cols + walk.col, walk.col, sums);
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
  __syncthreads();  // the last call's readers are done
  shared[threadIdx.y][threadIdx.x] = total;
  for (int half = blockDim.y / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.y < half) shared[threadIdx.y][threadIdx.x] += shared[threadIdx.y + half][threadIdx.x];
  }
  return shared[0][threadIdx.x];  // threads with y = 0 wrote it themselves
}

}  // namespace tagloom::kernels
