// lstm_decode in thread-block clusters: weights, h and keys stay in shared memory, and barriers span a cluster only.
#include <climits>
#include <vector>

#include "kernels/decode/lstm_decode_forms.h"
#include "kernels/decode/lstm_decode_team.cuh"

namespace tagloom::kernels {
namespace {

class ClusterTeam {
 public:
  static constexpr bool kCluster = true;

  __device__ explicit ClusterTeam(const Decode& run) : rank_(static_cast<int>(cluster_rank())), blocks_(run.plan.blocks) {}
  __device__ int rank() const { return rank_; }
  __device__ int number() const { return static_cast<int>(blockIdx.x) / blocks_; }
  __device__ void arrive() {
    if (blocks_ > 1) arrive_at_cluster();
  }
  __device__ void wait() {
    if (blocks_ > 1) {
      wait_for_cluster();
    } else {
      __syncthreads();
    }
  }
  __device__ void sync() {
    arrive();
    wait();
  }
  template <class T>
  __device__ void publish(T* place, T value, int lane, int lanes) {
#pragma unroll 1
    for (int to = lane; to < blocks_; to += lanes) store_to_block(to, place, value);
  }
  template <class T>
  __device__ T read(const T* place) const {
    return *place;
  }

 private:
  int rank_, blocks_;
};

using Kernel = void (*)(Decode);
// Groups of 40 rows serve 256 rows on seven clusters, because an H200 may not hold eight clusters of 16 blocks. Null if there is
// no kernel.
Kernel kernel_for(const LstmDecodeShape& shape, int n_tiles) {
  if (shape.bf16) {  // with many rows two tiles share each load of h; with floats, registers hold only one
    return n_tiles == 1   ? lstm_decode_kernel<Bf16, 1, 1, ClusterTeam>
           : n_tiles == 2 ? lstm_decode_kernel<Bf16, 1, 2, ClusterTeam>
           : n_tiles == 4 ? lstm_decode_kernel<Bf16, 2, 4, ClusterTeam>
                          : lstm_decode_kernel<Bf16, 2, 5, ClusterTeam>;
  }
  return n_tiles == 1   ? lstm_decode_kernel<float, 1, 1, ClusterTeam>
         : n_tiles == 2 ? lstm_decode_kernel<float, 1, 2, ClusterTeam>
         : n_tiles == 4 ? lstm_decode_kernel<float, 1, 4, ClusterTeam>
                        : Kernel(nullptr);
}

// How many clusters of `blocks` the device can hold, with groups of 8 * n_tiles rows.
int clusters_of(int device, const DecodePlan& plan, Kernel kernel) {
  constexpr int kSm90 = 90;
  const TogetherLimits limits = limits_together(device, kernel, kSm90);
  if (limits.blocks == 0 || plan.shared_bytes > limits.shared_bytes) return 0;
  return clusters_together(device, kernel, plan.blocks, kDecodeThreads, plan.shared_bytes);
}

// Cluster sizes, best first: the fewest blocks that leave each at most 40 units (ten tiles for its eight warps), because more
// blocks exchange more data; then larger ones, which have more room for the weights; then smaller ones, for devices without
// larger clusters.
std::vector<int> cluster_sizes(int64_t d) {
  constexpr int kSizes[] = {1, 2, 4, 8, 16};
  std::vector<int> sizes;
  for (const int size : kSizes) {
    if (d <= 40 * size || size == 16) sizes.push_back(size);
  }
  for (int i = 4 - static_cast<int>(sizes.size()); i >= 0; --i) sizes.push_back(kSizes[i]);
  return sizes;
}

}  // namespace

std::optional<DecodePlan> cluster_decode_plan(Queue& q, const LstmDecodeShape& shape, const LstmDecodeOutputs& out) {
  const int device = q.cuda().device;
  // Of the plans with the fewest groups per cluster, the first one, with the fewest rows per group.
  std::optional<DecodePlan> best;
  int fewest_rounds = INT_MAX;
  for (const int size : cluster_sizes(shape.d)) {
    for (const int n_tiles : {1, 2, 4, 5}) {
      DecodePlan plan(shape, out, {true, size, n_tiles});
      const Kernel kernel = kernel_for(shape, n_tiles);
      const int clusters = kernel != nullptr ? clusters_of(device, plan, kernel) : 0;
      if (clusters == 0) break;
      const int groups = DecodePlan::quotient(shape.n, plan.rows());
      plan.teams = clusters < groups ? clusters : groups;
      if (plan.rounds(shape) >= fewest_rounds) continue;
      fewest_rounds = plan.rounds(shape);
      best.emplace(plan);
    }
    if (fewest_rounds == 1) break;
  }
  return best;
}

void lstm_decode_cluster(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out,
                         const DecodePlan& plan) {
  const Decode run{shape, in, out, plan, nullptr, nullptr};
  launch_clusters(q, "lstm_decode_cluster", plan.teams, plan.blocks, kDecodeThreads, plan.shared_bytes,
                  kernel_for(shape, plan.n_tiles), run);
}

}  // namespace tagloom::kernels
