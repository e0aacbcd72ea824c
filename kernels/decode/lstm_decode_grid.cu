// lstm_decode on a whole GPU: the weights are spread over all multiprocessors, h and the keys go through the L2 cache, and blocks
// wait for each other at grid barriers.
#include "kernels/base/device_twins.h"
#include "kernels/decode/grid_barrier.cuh"
#include "kernels/decode/lstm_decode_forms.h"
#include "kernels/decode/lstm_decode_team.cuh"

namespace tagloom::kernels {
namespace {

class GridTeam {
 public:
  static constexpr bool kCluster = false;

  __device__ explicit GridTeam(const Decode& run)
      : rank_(static_cast<int>(blockIdx.x) % run.plan.blocks),
        number_(static_cast<int>(blockIdx.x) / run.plan.blocks),
        barrier_(run.arrived + number_, static_cast<unsigned>(run.plan.blocks)) {}
  __device__ int rank() const { return rank_; }
  __device__ int number() const { return number_; }
  __device__ void arrive() { barrier_.arrive(); }
  __device__ void wait() { barrier_.wait(); }
  __device__ void sync() { barrier_.sync(); }
  template <class T>
  __device__ void publish(T* place, T value, int lane, int) {
    if (lane == 0) *place = value;
  }
  template <class T>
  __device__ T read(const T* place) const {
    return load_from_l2(place);
  }

 private:
  int rank_, number_;
  GridBarrier barrier_;
};

using Kernel = void (*)(Decode);
// With many rows, two tiles share each load of h, which comes from the L2 cache.
Kernel kernel_for(const LstmDecodeShape& shape, int n_tiles) {
  if (!shape.bf16) return n_tiles == 1 ? lstm_decode_kernel<float, 1, 1, GridTeam> : lstm_decode_kernel<float, 2, 2, GridTeam>;
  return n_tiles == 1   ? lstm_decode_kernel<Bf16, 1, 1, GridTeam>
         : n_tiles == 2 ? lstm_decode_kernel<Bf16, 2, 2, GridTeam>
                        : lstm_decode_kernel<Bf16, 2, 4, GridTeam>;
}

// As many teams as leave each block few units: those in 16 bytes of h, or with many rows those of two tiles.
DecodePlan plan_for(const LstmDecodeShape& shape, const LstmDecodeOutputs& out, int most_blocks) {
  constexpr int kFewRows = 64;
  const int few_units = shape.n <= kFewRows ? 16 / DecodePlan::operand_bytes(shape) : 8;
  int teams = 1;
  while (8 * teams < shape.n && teams < most_blocks &&
         DecodePlan::units_of_block(shape, most_blocks / (teams + 1)) <= few_units) {
    ++teams;
  }
  const int units = DecodePlan::units_of_block(shape, most_blocks / teams);
  const int useful = DecodePlan::quotient(shape.d, units) + DecodePlan::quotient(shape.v, 16);  // blocks with units or tags
  const int blocks = useful < most_blocks / teams ? useful : most_blocks / teams;
  const int rows = DecodePlan::quotient(shape.n, teams);
  const int n_tiles = rows <= kFewRows ? 1 : rows <= 2 * kFewRows || !shape.bf16 ? 2 : 4;
  return DecodePlan(shape, out, {false, blocks, n_tiles, DecodePlan::quotient(rows, 8 * n_tiles), teams});
}

// The workspace holds a counter for each team, then the teams' exchange buffers.
size_t counter_bytes(const DecodePlan& plan) { return (sizeof(unsigned) * plan.teams + 255) / 256 * 256; }

}  // namespace

std::optional<DecodePlan> grid_decode_plan(Queue& q, const LstmDecodeShape& shape, const LstmDecodeOutputs& out) {
  constexpr int kSm80 = 80;
  const CudaContext& context = q.cuda();
  const int most_blocks = limits_together(context.device, kernel_for(shape, 1), kSm80).blocks;
  if (most_blocks == 0) return std::nullopt;
  const DecodePlan plan = plan_for(shape, out, most_blocks);
  const Kernel kernel = kernel_for(shape, plan.n_tiles);
  if (plan.shared_bytes > limits_together(context.device, kernel, kSm80).shared_bytes ||
      counter_bytes(plan) + plan.teams * plan.exchange_bytes() > context.workspace_bytes ||
      blocks_together(context.device, kernel, kDecodeThreads, plan.shared_bytes) < plan.blocks * plan.teams) {
    return std::nullopt;
  }
  return plan;
}

void lstm_decode_grid(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out,
                      const DecodePlan& plan) {
  auto* const memory = static_cast<unsigned char*>(q.cuda().workspace);
  cuda::zero_bytes(q, memory, counter_bytes(plan) + plan.teams * plan.exchange_bytes());
  const Decode run{shape, in, out, plan, memory + counter_bytes(plan), reinterpret_cast<unsigned*>(memory)};
  launch_together(q, "lstm_decode_grid", plan.blocks * plan.teams, kDecodeThreads, plan.shared_bytes,
                  kernel_for(shape, plan.n_tiles), run);
}

}  // namespace tagloom::kernels
