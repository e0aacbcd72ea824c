#pragma once
// lstm_decode in one launch: how the work is shared among blocks that stay on the GPU for the whole loop.
//
// A tile is 16 rows of a weight matrix in shared memory: of W_hh four units with their four gates (row = 4 * gate + unit), of
// W_out 16 tags. The batch is cut into chunks of 8 * kTiles rows, one for a warp. An item is a tile and every parts-th chunk; a
// block has every (grid size)-th item, so that all blocks have work where there are fewer tiles than blocks.
#include "kernels/cuda/context.h"
#include "kernels/lstm/lstm_decode.h"

namespace tagloom::kernels {

struct DecodeShare {
  int tiles, parts, slots;  // slots: the most items that a block has

  DecodeShare(int tiles_given, int chunks, int grid) : tiles(tiles_given) {
    parts = grid / tiles;
    parts = parts < 1 ? 1 : parts > chunks ? chunks : parts;
    slots = (tiles * parts + grid - 1) / grid;
  }
};

constexpr int kDecodeThreads = 256;
constexpr int64_t kMostDecodeSteps = 20, kMostDecodeRows = 512;

struct DecodePlan {
  int n_tiles;   // kTiles: eight batch rows each
  int chunks;    // of the batch
  int grid;      // blocks
  int k_blocks;  // of 32 hidden units, the last one filled up with zeros
  DecodeShare gates, output;
  size_t shared_bytes, workspace_bytes;

  DecodePlan(const LstmDecodeShape& shape, int most_blocks)
      : n_tiles(shape.n <= 64    ? 1
                : shape.n <= 128 ? 2
                                 : 4),
        chunks(static_cast<int>((shape.n + 8 * n_tiles - 1) / (8 * n_tiles))),
        grid(blocks(shape, chunks, most_blocks)),
        k_blocks(static_cast<int>((shape.d + 31) / 32)),
        gates(gate_tiles(shape), chunks, grid),
        output(output_tiles(shape), chunks, grid) {
    const size_t rows = size_t(chunks) * 8 * n_tiles;
    shared_bytes = size_t(gates.slots + output.slots) * k_blocks * 1024 + gates.slots * rows * 16;
    workspace_bytes = keys_bytes(shape) + kCounterBytes + 2 * rows * k_blocks * 64;
  }

  static constexpr size_t kCounterBytes = 256;
  static size_t keys_bytes(const LstmDecodeShape& shape) { return (shape.t * shape.n * 8 + 255) / 256 * 256; }

 private:
  static int gate_tiles(const LstmDecodeShape& shape) { return static_cast<int>((shape.d + 3) / 4); }
  static int output_tiles(const LstmDecodeShape& shape) { return static_cast<int>((shape.v + 15) / 16); }
  static int blocks(const LstmDecodeShape& shape, int chunks, int most) {
    const int64_t tiles = gate_tiles(shape) > output_tiles(shape) ? gate_tiles(shape) : output_tiles(shape);
    return tiles * chunks < most ? static_cast<int>(tiles * chunks) : most;
  }
};

}  // namespace tagloom::kernels
