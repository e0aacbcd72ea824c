#include "kernels/cuda/argmax.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/vector.cuh"
#include "kernels/lstm/top_k.h"

namespace tagloom::kernels::cuda {
namespace {

// The best key below `limit` among a thread's columns.
template <int kThreads>
__device__ ArgmaxKey best_below(ArgmaxKey limit, const float* x, const uint8_t* excluded, int cols, int thread) {
  ArgmaxKey best = kNoKey;
  for (int c = thread; c < cols; c += kThreads) {
    const ArgmaxKey key = excluded && excluded[c] ? kNoKey : argmax_key(x[c], c);
    if (key < limit && key > best) best = key;
  }
  return best;
}

// kThreads (a warp or a block) per row. Each thread keeps its best column; after each round only the winner's owner rescans its
// columns.
template <int kThreads>
__global__ void top_k_kernel(TopKShape shape, const float* x, const uint8_t* excluded, int32_t* index, float* value) {
  const int64_t row = blockIdx.x * int64_t(blockDim.x / kThreads) + threadIdx.x / kThreads;
  if (row >= shape.rows) return;  // whole groups return, so the reductions below are complete
  const int thread = threadIdx.x % kThreads, cols = static_cast<int>(shape.cols);
  const float* row_x = x + row * shape.cols;
  const uint8_t* row_excluded = excluded ? excluded + row * shape.cols : nullptr;
  ArgmaxKey mine = best_below<kThreads>(~ArgmaxKey{0}, row_x, row_excluded, cols, thread);
  for (int64_t i = 0; i < shape.k; ++i) {
    const ArgmaxKey winner = kThreads == 32 ? warp_max(mine) : block_max(mine);
    if (thread == 0) {
      index[row * shape.k + i] = key_index(winner);
      if (value) value[row * shape.k + i] = key_value(winner);
    }
    if (winner != kNoKey && winner == mine) mine = best_below<kThreads>(winner, row_x, row_excluded, cols, thread);
    if (kThreads == 32) __syncwarp();
  }
}

}  // namespace

void top_k(Queue& q, const TopKShape& shape, const Real* x, const uint8_t* excluded, int32_t* index, Real* value) {
  const int threads = shape.cols <= kShortRow ? 32 : 256;
  launch(q, "top_k", blocks_for_rows(shape.rows, threads), block_for_rows(threads), 0,
         threads == 32 ? top_k_kernel<32> : top_k_kernel<256>, shape, x, excluded, index, value);
}

}  // namespace tagloom::kernels::cuda
