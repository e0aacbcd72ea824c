#pragma once
// lstm_decode in one launch: how the work is shared among blocks that stay on the GPU for the whole loop.
//
// A team of blocks takes a group of batch rows through all steps, then the next group. Teams are independent. The weights lie in
// shared memory in tiles of 16 rows: of W_hh four units with their four gates (row = 4 * unit + gate), of W_out 16 tags. A block
// has the tiles of `units` neighbouring units, and every blocks-th tile of tags, the last block first: it has the fewest units.
// What the blocks of a team tell each other is h, and the best tag of every tile. A team is one of two things:
//
//   a cluster        h and the keys are in every block's shared memory, where others write them through distributed shared memory
//   part of a grid   its blocks are all on the GPU at once, h and the keys in the workspace: where no cluster holds the weights
//
// A block's shared memory, with F the type of operands, G and O its tiles of gates and of tags, R the rows of a group:
//
//   weights   (G + O) * k_blocks KiB     a k block is 64 bytes of a row
//   sums      R * (16 (G + O) + 4) * 4   the stacked product; four floats of padding keep a column's rows in different banks
//   cells     R * units * 4
//   pooled    R * 16 O * 4
//   winners   R * 4, times the steps where emitted tags are excluded
//   h         R * k_blocks * 64, in a cluster; twice where a step has one barrier
//   keys      R * (tiles of tags) * 8, in a cluster
//
// Of an sm_90's 232,448 bytes a block of 16 takes, for D = 512 in bfloat16, 206,720 with 80 tags and R = 32, 221,536 with R = 40,
// 230,784 with 291 tags and R = 32, and with 1,024 it has room for R = 8. Floats need four bytes for two: D = 384 with 291 tags
// or 416 with 80 is the most, and D = 512 is the grid's. A step's product reads a block's tiles once for each 8 * kN rows and h
// once for each kM tiles (with 291 tags 160 KiB and as much again); a block sends its units of h to the others (2 KiB to each)
// and eight bytes a row and tile of tags.
#include "kernels/cuda/context.h"
#include "kernels/decode/lstm_decode.h"

namespace tagloom::kernels {

constexpr int kDecodeThreads = 256, kDecodeWarps = kDecodeThreads / 32;

// A choice: who makes up a team, and the rows of a group in chunks of 8 * n_tiles.
struct DecodeTeam {
  bool in_cluster;
  int blocks, n_tiles;
  int chunks = 1, teams = 1;  // teams: in the launch
};

// And what follows from it.
struct DecodePlan : DecodeTeam {
  int k_blocks;                                // of 64 bytes of h, the last one filled up with zeros
  int units;                                   // of a block: a multiple of those in 16 bytes of h
  int gate_tiles, output_tiles, output_slots;  // of a block; in all; at most of a block
  bool winners;                                // whether a step's best tag is needed
  int winner_steps;                            // whose winners are kept
  int buffers;                                 // of h: one where a step has two barriers
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
  // Groups that a team takes one after the other.
  int rounds(const LstmDecodeShape& shape) const { return quotient(quotient(shape.n, rows()), teams); }
  __host__ __device__ size_t tile_bytes() const { return size_t(k_blocks) * 1024; }
  __host__ __device__ int sum_stride() const { return 16 * (gate_tiles + output_slots) + 4; }
  // h and the keys of a team.
  __host__ __device__ size_t h_bytes() const { return size_t(rows()) * k_blocks * 64; }
  __host__ __device__ size_t exchange_bytes() const {
    return buffers * h_bytes() + (winners ? size_t(rows()) * output_tiles * 8 : 0);
  }
};

}  // namespace tagloom::kernels
