#pragma once
// The one-launch kernel of lstm_decode, for any kind of team (kernels/decode/lstm_decode_launch.h). A step is
//
//   states    pointwise, from the sums and the last winners; a block sends its units of h_t to all others
//   barrier   h_t is whole
//   products  [W_hh; W_out] h_t in one, as W_hh h_t does not depend on the winner; the best of every 16 tags goes to all blocks
//   barrier   the winner is known, and h_t may be overwritten
//
// If winners are not needed there is no second barrier: h has two buffers, and each is overwritten one barrier after its last
// read.
#include "kernels/cuda/argmax.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/decode/lstm_decode_tiles.cuh"

namespace tagloom::kernels {

struct Decode {
  LstmDecodeShape shape;
  LstmDecodeInputs in;
  LstmDecodeOutputs out;
  DecodePlan plan;
  unsigned char* exchange;  // grid only: plan.exchange_bytes() for each team, 0 before the launch
  unsigned* arrived;        // grid only: a counter for each team, 0 before the launch
};

// Team has number() in the launch and rank() of this block; arrive(), wait() and sync(); read(place); and publish(place, value,
// lane, lanes), which writes to `place` for all blocks: `lanes` neighbouring lanes that hold the same value share the work.
template <class F, int kM, int kN, class Team>
class DecodeBlock {
 public:
  __device__ explicit DecodeBlock(const Decode& run)
      : run_(run),
        plan_(run.plan),
        team_(run),
        d_(static_cast<int>(run.shape.d)),
        first_unit_(team_.rank() * plan_.units),
        units_(min(plan_.units, max(d_ - first_unit_, 0))),
        gate_tiles_((units_ + 3) / 4),
        output_tiles_((plan_.output_tiles - first_output_tile() + plan_.blocks - 1) / plan_.blocks),
        rows_(plan_.rows()) {
    unsigned char* at = dynamic_shared();
    const auto take = [&at](size_t bytes) {
      unsigned char* const taken = at;
      at += bytes;
      return taken;
    };
    tiles_ = reinterpret_cast<uint4*>(take(plan_.tile_bytes() * (plan_.gate_tiles + plan_.output_slots)));
    sums_ = reinterpret_cast<float*>(take(sizeof(float) * rows_ * plan_.sum_stride()));
    cells_ = reinterpret_cast<float*>(take(sizeof(float) * rows_ * plan_.units));
    pooled_ = reinterpret_cast<float*>(take(sizeof(float) * rows_ * 16 * plan_.output_slots));
    winners_ = reinterpret_cast<int32_t*>(take(sizeof(int32_t) * rows_ * plan_.winner_steps));
    if constexpr (!Team::kCluster) at = run.exchange + team_.number() * plan_.exchange_bytes();
    h_ = reinterpret_cast<uint4*>(take(plan_.buffers * plan_.h_bytes()));
    keys_ = reinterpret_cast<ArgmaxKey*>(at);
  }

  __device__ void decode() {
    load_weights();
    // Zeros from column d on, which no block publishes. The grid's buffers are already 0.
    for (int i = threadIdx.x; Team::kCluster && i < plan_.buffers * rows_ * plan_.k_blocks * 4; i += kDecodeThreads) {
      h_[i] = make_uint4(0, 0, 0, 0);
    }
    wait_for_copies();
    for (int64_t row = int64_t(team_.number()) * rows_; row < run_.shape.n; row += int64_t(plan_.teams) * rows_) {
      first_row_ = row;
      team_.sync();  // all blocks have started and finished the previous group
      decode_group();
    }
  }

 private:
  __device__ void decode_group() {
    const bool feed_winners = run_.shape.feed == Feed::kWinner, has_start = run_.in.h0 != nullptr;
    const int steps = static_cast<int>(run_.shape.t);
    for (int t = has_start ? -1 : 0; t < steps; ++t) {  // h_{-1} is h0
      const bool last = t + 1 == steps;
      if (t < 0) {
        publish_start();
      } else {
        states(t, t > 0 || has_start, feed_winners && t > 0);
      }
      team_.sync();
      const bool wants_winners = plan_.winners && t >= 0 && (!last || run_.out.emitted), waits = wants_winners || t < 0;
      stacked_product(t, last ? gate_tiles_ : 0, t < 0 ? gate_tiles_ : gate_tiles_ + output_tiles_, wants_winners);
      if (waits) team_.arrive();
      __syncthreads();
      if (t >= 0) put_logits(t);
      if (waits) team_.wait();
      if (wants_winners) {
        take_winners(t);
        __syncthreads();
      }
    }
  }

  __device__ int first_output_tile() const { return plan_.blocks - 1 - team_.rank(); }
  __device__ int tag_of(int output_tile) const { return (first_output_tile() + output_tile * plan_.blocks) * 16; }
  __device__ uint4* tile(int i) const { return tiles_ + int64_t(i) * plan_.k_blocks * 64; }
  __device__ uint4* h_of(int t) const { return h_ + (plan_.buffers == 2 && t % 2 != 0 ? rows_ * plan_.k_blocks * 4 : 0); }
  __device__ int32_t* winners_of(int t) const { return winners_ + (plan_.winner_steps > 1 ? t : 0) * rows_; }

  __device__ void load_weights() {
    for (int i = 0; i < gate_tiles_; ++i) {
      const int unit = first_unit_ + 4 * i, d = d_;
      load_weight(
          run_.in.weight_hh, run_.in.weight_hh16,
          [=](int row) -> int64_t { return unit + row / 4 < d ? row % 4 * int64_t(d) + unit + row / 4 : -1; }, tile(i));
    }
    for (int i = 0; i < output_tiles_; ++i) {
      const int64_t tag = tag_of(i), tags = run_.shape.v;
      load_weight(
          run_.in.weight_out, run_.in.weight_out16, [=](int row) -> int64_t { return tag + row < tags ? tag + row : -1; },
          tile(gate_tiles_ + i));
    }
  }
  template <class RowOf>
  __device__ void load_weight(const float* weight, const Bf16* rounded, RowOf row_of, uint4* to) {
    if (sizeof(F) == sizeof(Bf16) && rounded != nullptr) return load_tile<F>(rounded, d_, plan_.k_blocks, row_of, to);
    load_tile<F>(weight, d_, plan_.k_blocks, row_of, to);
  }

  // Publishes h0 of this block's units.
  __device__ void publish_start() {
    const int width = published_units(), count = rows_ * width;
    for (int i = threadIdx.x; i < count; i += kDecodeThreads) {
      const int row = i / width, unit = i % width;
      const bool exists = first_row_ + row < run_.shape.n && unit < units_;
      publish_unit(row, unit, exists ? run_.in.h0[(first_row_ + row) * d_ + first_unit_ + unit] : 0.0f, -1);
    }
  }

  // Units, rounded up to groups of 16 bytes. With at least eight rows, the lanes of a warp iterate over rows and units together.
  __device__ int published_units() const {
    constexpr int kLanes = 16 / sizeof(F);
    return (units_ + kLanes - 1) / kLanes * kLanes;
  }

  // Publishes a unit of h. All lanes of a warp call it: they have neighbouring units, so that a group of lanes has 16 bytes of a
  // row.
  __device__ void publish_unit(int row, int unit, float value, int t) {
    constexpr int kLanes = 16 / sizeof(F);
    const int lane = threadIdx.x % 32, first = lane / kLanes * kLanes;
    uint32_t word = __float_as_uint(value);
    if (sizeof(F) == sizeof(Bf16)) {
      const uint32_t mine = from_float<Bf16>(value).bits;
      word = mine | __shfl_down_sync(0xffffffffu, mine, 1) << 16;
    }
    constexpr int kStep = kLanes / 4;
    const uint4 words =
        make_uint4(__shfl_sync(0xffffffffu, word, first), __shfl_sync(0xffffffffu, word, first + kStep),
                   __shfl_sync(0xffffffffu, word, first + 2 * kStep), __shfl_sync(0xffffffffu, word, first + 3 * kStep));
    team_.publish(h_of(t) + place_in_h(row, (first_unit_ + unit) / kLanes, plan_.k_blocks), words, lane - first, kLanes);
  }

  // The cells and h_t of this block's units. input_gates is loaded for four at a time.
  __device__ void states(int t, bool has_sums, bool has_winners) {
    constexpr int kBatch = 4;
    const int width = published_units(), count = rows_ * width;
    for (int begin = threadIdx.x; begin < count; begin += kBatch * kDecodeThreads) {
      float input[kBatch][4];
#pragma unroll
      for (int b = 0; b < kBatch; ++b) {
        const int i = begin + b * kDecodeThreads, row = i / width, unit = i % width;
        const int64_t n = first_row_ + row;
        int64_t from = -1;
        if (i < count && n < run_.shape.n && unit < units_) {
          from = run_.shape.feed == Feed::kOwnRow ? n : has_winners ? winners_of(t - 1)[row] : run_.shape.v;
        }
        const float* const gates = run_.in.input_gates + from * 4 * d_ + first_unit_ + unit;
#pragma unroll
        for (int gate = 0; gate < 4; ++gate) input[b][gate] = from < 0 ? 0.0f : gates[gate * int64_t(d_)];
      }
#pragma unroll
      for (int b = 0; b < kBatch; ++b) {
        const int i = begin + b * kDecodeThreads;
        if (i >= count) break;  // for all lanes of a warp
        const int row = i / width, unit = i % width;
        const bool exists = first_row_ + row < run_.shape.n && unit < units_;
        publish_unit(row, unit, exists ? next_h(t, has_sums, row, unit, input[b]) : 0.0f, t);
      }
    }
  }

  __device__ float next_h(int t, bool has_sums, int row, int unit, const float (&input)[4]) {
    const int64_t n = first_row_ + row, at = t * run_.shape.n + n;
    const float4 sums =
        has_sums ? *reinterpret_cast<const float4*>(sums_ + row * plan_.sum_stride() + unit * 4) : float4{0, 0, 0, 0};
    float& cell = cells_[row * plan_.units + unit];
    const float before = t > 0 ? cell : run_.in.c0 ? run_.in.c0[n * d_ + first_unit_ + unit] : 0.0f;
    const float i = sigmoid(input[0] + sums.x), f = sigmoid(input[1] + sums.y), g = tanhf(input[2] + sums.z),
                o = sigmoid(input[3] + sums.w);
    cell = f * before + i * g;
    const float h = o * tanhf(cell);
    if (run_.out.gates) {
      float* const to = run_.out.gates + at * 4 * d_ + first_unit_ + unit;
      to[0] = i;
      to[d_] = f;
      to[2 * int64_t(d_)] = g;
      to[3 * int64_t(d_)] = o;
    }
    if (run_.out.c) run_.out.c[at * d_ + first_unit_ + unit] = cell;
    if (run_.out.h) run_.out.h[at * d_ + first_unit_ + unit] = h;
    return h;
  }
  __device__ static float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

  // The sums of tiles begin .. end - 1: a warp computes kM tiles and 8 * kN rows at a time.
  __device__ void stacked_product(int t, int begin, int end, bool wants_winners) {
    const int lane = threadIdx.x % 32, groups = (end - begin + kM - 1) / kM;
    for (int item = threadIdx.x / 32; item < groups * plan_.chunks; item += kDecodeWarps) {
      const int first_tile = begin + item % groups * kM, first_row = item / groups * 8 * kN;
      const uint4* tiles[kM];
      float bias[kM][2];
#pragma unroll
      for (int i = 0; i < kM; ++i) {
        tiles[i] = tile(min(first_tile + i, end - 1));
        const int tag = tag_of(first_tile + i - gate_tiles_) + lane / 4;
        const bool is_output = first_tile + i >= gate_tiles_;
        bias[i][0] = is_output && tag < run_.shape.v ? run_.in.bias_out[tag] : 0.0f;
        bias[i][1] = is_output && tag + 8 < run_.shape.v ? run_.in.bias_out[tag + 8] : 0.0f;
      }
      Sums<kM, kN> sums;
      products<F>(
          tiles, plan_.k_blocks, h_of(t), first_row, [this](const uint4* at) { return team_.read(at); }, sums);
#pragma unroll
      for (int i = 0; i < kM; ++i) {
        if (first_tile + i >= end) break;
#pragma unroll
        for (int j = 0; j < kN; ++j) {
#pragma unroll
          for (int side = 0; side < 2; ++side) {
            const int row = first_row + 8 * j + lane % 4 * 2 + side;
            const float first = sums.of[i][j][side] + bias[i][0], second = sums.of[i][j][side + 2] + bias[i][1];
            float* const to = sums_ + row * plan_.sum_stride() + (first_tile + i) * 16 + lane / 4;
            to[0] = first;
            to[8] = second;
          }
        }
        if (wants_winners && first_tile + i >= gate_tiles_) publish_best(t, first_tile + i, first_row);
      }
    }
  }

  // Publishes the best of a tile's 16 tags for the rows of a warp, from the sums that the warp has stored: eight rows at a time,
  // four lanes each.
  __device__ void publish_best(int t, int stacked_tile, int first_row) {
    const int lane = threadIdx.x % 32, column = lane % 4 * 4, tag = tag_of(stacked_tile - gate_tiles_);
    __syncwarp();
#pragma unroll
    for (int j = 0; j < kN; ++j) {
      const int row = first_row + 8 * j + lane / 4;
      const float4 logits = *reinterpret_cast<const float4*>(sums_ + row * plan_.sum_stride() + stacked_tile * 16 + column);
      ArgmaxKey best = key_of(t, row, logits.x, tag + column);
      best = better(best, key_of(t, row, logits.y, tag + column + 1));
      best = better(best, key_of(t, row, logits.z, tag + column + 2));
      best = better(best, key_of(t, row, logits.w, tag + column + 3));
#pragma unroll
      for (int offset = 1; offset < 4; offset *= 2) best = better(best, __shfl_xor_sync(0xffffffffu, best, offset));
      team_.publish(keys_ + int64_t(tag / 16) * rows_ + row, best, lane % 4, 4);
    }
  }
  __device__ static ArgmaxKey better(ArgmaxKey a, ArgmaxKey b) { return a > b ? a : b; }
  __device__ ArgmaxKey key_of(int t, int row, float logit, int tag) const {
    if (tag >= run_.shape.v) return kNoKey;
    for (int before = 0; run_.shape.exclude_emitted && before < t; ++before) {
      if (winners_of(before)[row] == tag) return kNoKey;
    }
    return argmax_key(logit, tag);
  }

  // Reads the winner of every row, eight lanes per row.
  __device__ void take_winners(int t) {
    for (int i = threadIdx.x; i < rows_ * 8; i += kDecodeThreads) {
      const int row = i / 8;
      ArgmaxKey best = kNoKey;
      for (int tile = i % 8; tile < plan_.output_tiles; tile += 8) {
        best = better(best, team_.read(keys_ + int64_t(tile) * rows_ + row));
      }
#pragma unroll
      for (int offset = 1; offset < 8; offset *= 2) best = better(best, __shfl_xor_sync(0xffffffffu, best, offset));
      if (i % 8 != 0) continue;
      winners_of(t)[row] = key_index(best);
      const int64_t n = first_row_ + row;
      if (run_.out.emitted && n < run_.shape.n && row % plan_.blocks == team_.rank()) {
        run_.out.emitted[t * run_.shape.n + n] = key_index(best);
      }
    }
  }

  // Writes the logits of this block's tags to the outputs. A thread handles the same ones at every step.
  __device__ void put_logits(int t) {
    const int width = 16 * output_tiles_;
    for (int i = threadIdx.x; i < rows_ * width; i += kDecodeThreads) {
      const int row = i / width, column = i % width, tag = tag_of(column / 16) + column % 16;
      const int64_t n = first_row_ + row, at = n * run_.shape.v + tag;
      if (n >= run_.shape.n || tag >= run_.shape.v) continue;
      const float logit = sums_[row * plan_.sum_stride() + gate_tiles_ * 16 + column];
      if (run_.out.logits) run_.out.logits[t * run_.shape.n * run_.shape.v + at] = logit;
      if (!run_.out.pooled) continue;
      if (t == 0 || logit > pooled_[i]) {
        pooled_[i] = logit;
        if (run_.out.pooled_arg) run_.out.pooled_arg[at] = t;
      }
      if (t + 1 == run_.shape.t) run_.out.pooled[at] = pooled_[i];
    }
  }

  const Decode& run_;
  const DecodePlan& plan_;
  Team team_;
  int d_, first_unit_, units_, gate_tiles_, output_tiles_, rows_;  // this block's
  int64_t first_row_ = 0;                                          // the group's first row in the batch
  uint4* tiles_;
  float *sums_, *cells_, *pooled_;
  int32_t* winners_;
  uint4* h_;
  ArgmaxKey* keys_;  // [tiles of tags][rows]
};

template <class F, int kM, int kN, class Team>
__global__ void __launch_bounds__(kDecodeThreads, 1) lstm_decode_kernel(const __grid_constant__ Decode run) {
  DecodeBlock<F, kM, kN, Team>(run).decode();
}

}  // namespace tagloom::kernels
