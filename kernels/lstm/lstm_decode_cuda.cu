#include "kernels/base/device_twins.h"
#include "kernels/cuda/argmax.cuh"
#include "kernels/cuda/grid_barrier.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/lstm_decode_launch.h"
#include "kernels/cuda/lstm_decode_steps.h"
#include "kernels/lstm/lstm_decode.h"

namespace tagloom::kernels::cuda {
namespace {

struct Decode {
  LstmDecodeShape shape;
  LstmDecodeInputs in;
  LstmDecodeOutputs out;
  DecodePlan plan;
  ArgmaxKey* keys;    // [t, n], 0 before the launch: the best tag so far
  unsigned* arrived;  // of the barrier, 0 before the launch
  // [2, rows, 32 * k_blocks], 0 before the launch: h of this step and the last, by turns; zeros beyond the batch and beyond d.
  Bf16* h;
};

constexpr int kWarps = kDecodeThreads / 32;

__device__ float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

__device__ uint32_t bf16_bits(float x) { return from_float<Bf16>(x).bits; }

// A tile's 16 rows as bfloat16 in the order in which lanes take them: [k block][product of two][lane]. Within 32 columns a lane
// takes eight neighbours of h, which are columns 8s .. 8s+7 with s = lane % 4; so the first product multiplies the columns
// {8s, 8s+1} and {8s+2, 8s+3} and the second one the rest. The order of a sum's terms is free, as long as both sides have it.
template <class RowOf>
__device__ void load_tile(const float* weight, int d, int k_blocks, RowOf row_of, uint4* tile) {
  const auto pair = [=](int row, int k) -> uint32_t {
    const int64_t from = row_of(row);
    if (from < 0 || k >= d) return 0;
    const float* at = weight + from * d + k;
    return bf16_bits(at[0]) | (k + 1 < d ? bf16_bits(at[1]) << 16 : 0);
  };
  for (int i = threadIdx.x; i < k_blocks * 64; i += kDecodeThreads) {
    const int lane = i % 32, row = lane / 4, k = i / 64 * 32 + lane % 4 * 8 + i / 32 % 2 * 4;
    tile[i] = make_uint4(pair(row, k), pair(row + 8, k), pair(row, k + 2), pair(row + 8, k + 2));
  }
}

// sum[j] = tile . h, for the chunk's j-th eight batch rows; `h` is the chunk's first row.
template <int kTiles>
__device__ void products(const uint4* tile, int k_blocks, const Bf16* h, float (&sum)[kTiles][4]) {
  const int lane = threadIdx.x % 32;
  const int64_t width = int64_t(k_blocks) * 32;
  const Bf16* from = h + lane / 4 * width + lane % 4 * 8;
#pragma unroll
  for (int j = 0; j < kTiles; ++j) sum[j][0] = sum[j][1] = sum[j][2] = sum[j][3] = 0.0f;
#pragma unroll 4
  for (int block = 0; block < k_blocks; ++block) {
    uint4 b[kTiles];
#pragma unroll
    for (int j = 0; j < kTiles; ++j) b[j] = load_from_l2(reinterpret_cast<const uint4*>(from + j * 8 * width + block * 32));
    const uint4 first = tile[block * 64 + lane], second = tile[block * 64 + 32 + lane];
#pragma unroll
    for (int j = 0; j < kTiles; ++j) mma_bf16(sum[j], first, b[j].x, b[j].y);
#pragma unroll
    for (int j = 0; j < kTiles; ++j) mma_bf16(sum[j], second, b[j].z, b[j].w);
  }
}

// visit(slot, tile, part) for every item of this block.
template <class Visit>
__device__ void for_each_item(const DecodeShare& share, Visit visit) {
  for (int slot = 0; slot < share.slots; ++slot) {
    const int item = blockIdx.x + slot * gridDim.x;
    if (item < share.tiles * share.parts) visit(slot, item % share.tiles, item / share.tiles);
  }
}

// One warp per chunk of the batch: the gates and the new state of four units.
template <int kTiles>
__device__ void gates_of_tile(const Decode& run, int64_t t, int tile, int first_chunk, const uint4* weights, float* cells) {
  const int n_count = static_cast<int>(run.shape.n), d = static_cast<int>(run.shape.d);
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const bool upper = lane >= 16;
  const int unit = tile * 4 + lane / 4 % 4;
  const int64_t width = int64_t(run.plan.k_blocks) * 32, buffer = run.plan.chunks * (8 * kTiles) * width;
  const Bf16* h_prev = run.h + (t & 1) * buffer;
  Bf16* h_next = run.h + ((t + 1) & 1) * buffer;
  for (int chunk = first_chunk + run.plan.gates.parts * warp; chunk < run.plan.chunks; chunk += run.plan.gates.parts * kWarps) {
    const int first = chunk * 8 * kTiles + lane % 4 * 2 + upper;  // this lane's row of the first eight
    float pre[kTiles][4] = {}, sum[kTiles][4] = {};
#pragma unroll
    for (int j = 0; j < kTiles; ++j) {
      const int n = first + 8 * j;
      if (n >= n_count || unit >= d) continue;
      int64_t row = n;
      if (run.shape.feed == Feed::kWinner) {
        row = t == 0 ? run.shape.v : key_index(load_from_l2(run.keys + (t - 1) * n_count + n));
      }
      for (int gate = 0; row >= 0 && gate < 4; ++gate) pre[j][gate] = run.in.input_gates[(row * 4 + gate) * d + unit];
    }
    if (t > 0 || run.in.h0) products<kTiles>(weights, run.plan.k_blocks, h_prev + int64_t(chunk) * 8 * kTiles * width, sum);
#pragma unroll
    for (int j = 0; j < kTiles; ++j) {
      // A lane of the lower half holds i and g of two neighbours in the batch, the lane 16 above it f and o: each gets one whole.
      const float from_other0 = __shfl_xor_sync(0xffffffffu, upper ? sum[j][0] : sum[j][1], 16);
      const float from_other1 = __shfl_xor_sync(0xffffffffu, upper ? sum[j][2] : sum[j][3], 16);
      const int n = first + 8 * j;
      if (n >= n_count || unit >= d) continue;
      const float i = sigmoid(pre[j][0] + (upper ? from_other0 : sum[j][0]));
      const float f = sigmoid(pre[j][1] + (upper ? sum[j][1] : from_other0));
      const float g = tanhf(pre[j][2] + (upper ? from_other1 : sum[j][2]));
      const float o = sigmoid(pre[j][3] + (upper ? sum[j][3] : from_other1));
      float& cell = cells[n * 4 + unit % 4];
      const float before = t > 0 ? cell : run.in.c0 ? run.in.c0[int64_t(n) * d + unit] : 0.0f;
      cell = f * before + i * g;
      const float hidden = o * tanhf(cell);
      h_next[n * width + unit] = from_float<Bf16>(hidden);
      const int64_t at = t * n_count + n;
      if (run.out.gates) {
        float* to = run.out.gates + at * 4 * d + unit;
        to[0] = i;
        to[d] = f;
        to[2 * int64_t(d)] = g;
        to[3 * int64_t(d)] = o;
      }
      if (run.out.c) run.out.c[at * d + unit] = cell;
      if (run.out.h) run.out.h[at * d + unit] = hidden;
    }
  }
}

__device__ bool was_emitted(const Decode& run, int64_t t, int n, int tag) {
  for (int64_t before = 0; before < t; ++before) {
    if (key_index(load_from_l2(run.keys + before * run.shape.n + n)) == tag) return true;
  }
  return false;
}

// One logit to where it is wanted; gives its key.
__device__ ArgmaxKey put_logit(const Decode& run, int64_t t, int n, int tag, float sum) {
  if (n >= run.shape.n || tag >= run.shape.v) return kNoKey;
  const float logit = sum + run.in.bias_out[tag];
  const int64_t at = n * run.shape.v + tag;
  if (run.out.logits) run.out.logits[t * run.shape.n * run.shape.v + at] = logit;
  if (run.out.pooled && (t == 0 || logit > run.out.pooled[at])) {  // the same thread at every step
    run.out.pooled[at] = logit;
    if (run.out.pooled_arg) run.out.pooled_arg[at] = static_cast<int32_t>(t);
  }
  return run.shape.exclude_emitted && was_emitted(run, t, n, tag) ? kNoKey : argmax_key(logit, tag);
}

// One warp per chunk of the batch: the logits of 16 tags, and the best of them.
template <int kTiles>
__device__ void logits_of_tile(const Decode& run, int64_t t, int tile, int first_chunk, bool winners, const uint4* weights) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int64_t width = int64_t(run.plan.k_blocks) * 32;
  const Bf16* h = run.h + ((t + 1) & 1) * run.plan.chunks * (8 * kTiles) * width;
  for (int chunk = first_chunk + run.plan.output.parts * warp; chunk < run.plan.chunks; chunk += run.plan.output.parts * kWarps) {
    float sum[kTiles][4];
    products<kTiles>(weights, run.plan.k_blocks, h + int64_t(chunk) * 8 * kTiles * width, sum);
#pragma unroll
    for (int j = 0; j < kTiles; ++j) {
#pragma unroll
      for (int side = 0; side < 2; ++side) {
        const int n = chunk * 8 * kTiles + 8 * j + lane % 4 * 2 + side, tag = tile * 16 + lane / 4;
        const ArgmaxKey first = put_logit(run, t, n, tag, sum[j][side]);
        const ArgmaxKey second = put_logit(run, t, n, tag + 8, sum[j][side + 2]);
        if (!winners) continue;
        ArgmaxKey best = first > second ? first : second;
        for (int offset = 4; offset < 32; offset *= 2) {  // the eight lanes with the same n
          const ArgmaxKey other = __shfl_xor_sync(0xffffffffu, best, offset);
          best = other > best ? other : best;
        }
        if (lane < 4 && best != kNoKey) atomicMax(run.keys + t * run.shape.n + n, best);
      }
    }
  }
}

// All blocks stay for all steps. Between a step's two halves every block needs the whole h; between steps, where winners are fed
// back, the winners. h of the step before last is overwritten one barrier after its last reader.
template <int kTiles>
__global__ void __launch_bounds__(kDecodeThreads, 1) lstm_decode_kernel(const Decode run) {
  const int d = static_cast<int>(run.shape.d), v = static_cast<int>(run.shape.v), k_blocks = run.plan.k_blocks;
  const int rows = run.plan.chunks * 8 * kTiles;
  uint4* const gate_tiles = reinterpret_cast<uint4*>(dynamic_shared());
  uint4* const output_tiles = gate_tiles + run.plan.gates.slots * k_blocks * 64;
  float* const cells = reinterpret_cast<float*>(output_tiles + run.plan.output.slots * k_blocks * 64);
  const bool feed_winners = run.shape.feed == Feed::kWinner;
  const bool winners = feed_winners || run.shape.exclude_emitted || run.out.emitted;
  const int64_t thread = blockIdx.x * int64_t(kDecodeThreads) + threadIdx.x, threads = gridDim.x * int64_t(kDecodeThreads);
  GridBarrier barrier(run.arrived);

  // A barrier stands between these tiles and the first product: without h0 the first step's gates need none.
  for_each_item(run.plan.gates, [&](int slot, int tile, int) {
    const auto row_of = [=](int row) -> int64_t {
      const int unit = tile * 4 + row % 4;
      return unit < d ? row / 4 * int64_t(d) + unit : -1;
    };
    load_tile(run.in.weight_hh, d, k_blocks, row_of, gate_tiles + slot * k_blocks * 64);
  });
  for_each_item(run.plan.output, [&](int slot, int tile, int) {
    const auto row_of = [=](int row) -> int64_t { return tile * 16 + row < v ? tile * 16 + row : -1; };
    load_tile(run.in.weight_out, d, k_blocks, row_of, output_tiles + slot * k_blocks * 64);
  });
  if (run.in.h0) {
    for (int64_t i = thread; i < run.shape.n * d; i += threads) {
      run.h[i / d * (k_blocks * 32) + i % d] = from_float<Bf16>(run.in.h0[i]);
    }
    barrier.wait();
  }
  for (int64_t t = 0; t < run.shape.t; ++t) {
    for_each_item(run.plan.gates, [&](int slot, int tile, int part) {
      gates_of_tile<kTiles>(run, t, tile, part, gate_tiles + slot * k_blocks * 64, cells + int64_t(slot) * rows * 4);
    });
    barrier.wait();
    for_each_item(run.plan.output, [&](int slot, int tile, int part) {
      logits_of_tile<kTiles>(run, t, tile, part, winners, output_tiles + slot * k_blocks * 64);
    });
    const bool last = t + 1 == run.shape.t;
    if (last ? run.out.emitted != nullptr : feed_winners) barrier.wait();
  }
  if (run.out.emitted) {
    for (int64_t i = thread; i < run.shape.t * run.shape.n; i += threads)
      run.out.emitted[i] = key_index(load_from_l2(run.keys + i));
  }
}

using Kernel = void (*)(Decode);
Kernel kernel_for(const DecodePlan& plan) {
  return plan.n_tiles == 1 ? lstm_decode_kernel<1> : plan.n_tiles == 2 ? lstm_decode_kernel<2> : lstm_decode_kernel<4>;
}

bool fits(const LstmDecodeShape& shape, const DecodePlan& plan, const TogetherLimits& limits, size_t workspace_bytes) {
  return shape.t <= kMostDecodeSteps && shape.n <= kMostDecodeRows && plan.shared_bytes <= limits.shared_bytes &&
         plan.workspace_bytes <= workspace_bytes;
}

}  // namespace

void lstm_decode(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out) {
  check_lstm_decode(shape, out);
  if (shape.n == 0) return;
  CudaContext& context = q.cuda();
  if (shape.bf16) {
    const TogetherLimits limits = limits_together(context.device, lstm_decode_kernel<1>, 80);
    const DecodePlan plan(shape, limits.blocks > 0 ? limits.blocks : 1);
    if (limits.blocks > 0 && fits(shape, plan, limits_together(context.device, kernel_for(plan), 80), context.workspace_bytes)) {
      auto* const memory = static_cast<unsigned char*>(context.workspace);
      const size_t keys = DecodePlan::keys_bytes(shape);
      const Decode run{shape,
                       in,
                       out,
                       plan,
                       reinterpret_cast<ArgmaxKey*>(memory),
                       reinterpret_cast<unsigned*>(memory + keys),
                       reinterpret_cast<Bf16*>(memory + keys + DecodePlan::kCounterBytes)};
      cuda::zero_bytes(q, memory, plan.workspace_bytes);
      return launch_together(q, "lstm_decode", plan.grid, kDecodeThreads, plan.shared_bytes, kernel_for(plan), run);
    }
  }
  lstm_decode_steps(q, shape, in, out);
}

}  // namespace tagloom::kernels::cuda
