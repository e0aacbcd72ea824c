#pragma once
// lstm_decode in one launch: how the work is divided among blocks that stay on the GPU for the whole loop.
//
// A team of blocks takes a group of batch rows through all steps, then the next group. Teams are independent. The weights are in
// shared memory in tiles of 16 rows: four units with their four gates of W_hh (row = 4 * unit + gate), or 16 tags of W_out. A
// block has the tiles of `units` neighbouring units and every blocks-th tile of tags, starting with the last block, which has the
// fewest units. The blocks of a team exchange h and the best tag of every tile. There are two kinds of teams:
//
//   a cluster        h and the keys are in every block's shared memory; the others write them through distributed shared memory
//   part of a grid   all blocks run at once, with h and the keys in the workspace; used if no cluster can hold the weights
//
// A block's shared memory, with G and O its tiles of gates and tags, R the rows of a group:
//
//   weights   (G + O) * k_blocks KiB     a k block is 64 bytes of a row
//   sums      R * (16 (G + O) + 4) * 4   the stacked product; four floats of padding keep a column's rows in different banks
//   cells     R * units * 4
//   pooled    R * 16 O * 4
//   winners   R * 4, times the steps if emitted tags are excluded
//   h         R * k_blocks * 64, in a cluster; twice if a step has one barrier
//   keys      R * (tiles of tags) * 8, in a cluster
//
// On sm_90 a block has 232,448 bytes. In a cluster of 16, with D = 512 in bfloat16, it uses 206,720 for 80 tags and R = 32,
// 221,536 for R = 40, and 230,784 for 291 tags and R = 32; with 1,024 tags R = 8 fits. Floats need twice the space: at most D =
// 384 with 291 tags or D = 416 with 80; D = 512 runs on the grid. A step's product reads a block's tiles once per 8 * kN rows and
// h once per kM tiles (160 KiB each with 291 tags); a block sends its units of h to the others (2 KiB to each) and eight bytes
// per row and tile of tags.
#include "kernels/cuda/context.h"
#include "kernels/decode/lstm_decode.h"

namespace tagloom::kernels {

constexpr int kDecodeThreads = 256, kDecodeWarps = kDecodeThreads / 32;

// The composition of a team, and the rows of a group in chunks of 8 * n_tiles.
struct DecodeTeam {
  bool in_cluster;
  int blocks, n_tiles;
  int chunks = 1, teams = 1;  // teams: in the launch
};

// A team and the sizes that follow from it.
struct DecodePlan : DecodeTeam {
  int k_blocks;                                // of 64 bytes of h, the last one padded with zeros
  int units;                                   // per block: a multiple of those in 16 bytes of h
  int gate_tiles, output_tiles, output_slots;  // per block; in total; at most per block
  bool winners;                                // whether a step's best tag is needed
  int winner_steps;                            // the steps whose winners are stored
  int buffers;                                 // of h: one if a step has two barriers
  size_t shared_bytes;

  DecodePlan(const LstmDecodeShape& shape, const LstmDecodeOutputs& out, const DecodeTeam& team)
      : DecodeTeam(team),
        k_blocks(quotient(shape.d, 64 / operand_bytes(shape))),
        units(units_of_block(shape, blocks)),
        gate_tiles(units / 4),
        output_tiles(quotient(shape.v, 16)),
        output_slots(quotient(output_tiles, blocks)),
        winners(shape.feed == Feed::kWinner || shape.exclude_emitted || out.emitted),
        winner_steps(shape.exclude_emitted ? static_cast<int>(shape.t) : 1),
        buffers(winners ? 1 : 2) {
    shared_bytes = tile_bytes() * (gate_tiles + output_slots) +
                   sizeof(float) * size_t(rows()) * (sum_stride() + units + 16 * output_slots + winner_steps) +
                   (in_cluster ? exchange_bytes() : 0);
  }

  static constexpr int quotient(int64_t a, int64_t b) { return static_cast<int>((a + b - 1) / b); }  // rounded up
  static constexpr int operand_bytes(const LstmDecodeShape& shape) { return shape.bf16 ? 2 : 4; }
  static int units_of_block(const LstmDecodeShape& shape, int blocks) {
    const int step = 16 / operand_bytes(shape);
    return quotient(quotient(shape.d, blocks), step) * step;
  }

  __host__ __device__ int rows() const { return chunks * 8 * n_tiles; }
  // The groups that a team processes in sequence.
  int rounds(const LstmDecodeShape& shape) const { return quotient(quotient(shape.n, rows()), teams); }
  __host__ __device__ size_t tile_bytes() const { return size_t(k_blocks) * 1024; }
  __host__ __device__ int sum_stride() const { return 16 * (gate_tiles + output_slots) + 4; }
  // The sizes of h and the keys of a team.
  __host__ __device__ size_t h_bytes() const { return size_t(rows()) * k_blocks * 64; }
  __host__ __device__ size_t exchange_bytes() const {
    return buffers * h_bytes() + (winners ? size_t(rows()) * output_tiles * 8 : 0);
  }
};

}  // namespace tagloom::kernels
