#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/vector.cuh"
#include "kernels/lstm/embedding.h"

namespace tagloom::kernels::cuda {
namespace {

constexpr int kBlock = 128;

// One block per row of the table, one thread per N of its columns. The block scans all ids, kBlock at a time, and adds the
// matching rows in order: no atomics, and the same bits as on the CPU.
template <int N, class T>
__global__ void backward_kernel(int64_t count, int64_t e, const T* dy, const int32_t* id, float* dtable, bool add) {
  __shared__ unsigned is_mine[kBlock / 32];
  const int64_t v = blockIdx.x;
  for (int64_t part = 0; part < e; part += int64_t{kBlock} * N) {  // the whole block: barriers inside
    const int64_t column = part + int64_t(threadIdx.x) * N;
    const bool active = column < e;
    Values<float, N> sum{};
    if (active && add) sum = load<N>(dtable + v * e + column);
    for (int64_t first = 0; first < count; first += kBlock) {
      const int64_t n = first + threadIdx.x;
      const bool match = n < count && id[n] == v;
      const unsigned mine = __ballot_sync(0xffffffffu, match);
      if (!__syncthreads_or(match)) continue;  // also protects is_mine from the next round's writes
      if (threadIdx.x % 32 == 0) is_mine[threadIdx.x / 32] = mine;
      __syncthreads();
      for (int word = 0; active && word < kBlock / 32; ++word) {
        for (unsigned bits = is_mine[word]; bits != 0; bits &= bits - 1) {
          const int64_t source = first + word * 32 + __ffs(bits) - 1;
          const Values<float, N> here = load_floats<N>(dy + source * e + column);
          for (int j = 0; j < N; ++j) sum.v[j] += here.v[j];
        }
      }
    }
    if (active) store<N>(dtable + v * e + column, sum);
  }
}

template <class T>
void add_up(Queue& q, const EmbeddingShape& shape, const T* dy, const int32_t* id, float* dtable, Into into) {
  constexpr int kWide = Pack<T>::kCount;
  const bool vector = shape.e % kWide == 0 && aligned16(dy, dtable);
  launch(q, "embedding_backward", static_cast<unsigned>(shape.v), kBlock, 0,
         vector ? backward_kernel<kWide, T> : backward_kernel<1, T>, shape.n, shape.e, dy, id, dtable, into == Into::kAdd);
}

}  // namespace

void embedding_backward(Queue& q, const EmbeddingShape& shape, const Real* dy, const int32_t* id, Real* dtable, Into into) {
  add_up(q, shape, dy, id, dtable, into);
}
void embedding_backward(Queue& q, const EmbeddingShape& shape, const Bf16* dy, const int32_t* id, Real* dtable, Into into) {
  add_up(q, shape, dy, id, dtable, into);
}

}  // namespace tagloom::kernels::cuda
