#pragma once
// Cases of the LSTM decoding loop at difficult sizes: both feeds, optional outputs, Real and bfloat16 products, one step and
// many.
#include <cmath>
#include <limits>

#include "kernels/decode/lstm_decode.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

// A case's outputs and optional inputs, as bits. kNans: the logits of one tag are NaN, and with kStart also all of one row.
// kKept: bfloat16 products receive only the bfloat16 copies of the weights.
enum DecodePart : int {
  kLogits = 1,
  kEmitted = 2,
  kPooled = 4,
  kPooledArg = 8,
  kForBackward = 16,
  kStart = 32,
  kNans = 64,
  kKept = 128
};

struct LstmDecodeArrays {
  std::vector<Real> input_gates, weight_hh, weight_out, bias_out, h0, c0;
};

// As in a trained model, weights shrink with the width and logits have a spread of a few units. If winners are fed back, only
// seven starts differ, for any n: each distinct start adds decisions that could be near-ties.
inline LstmDecodeArrays lstm_decode_arrays(const kernels::LstmDecodeShape& shape, uint64_t seed) {
  const int64_t n = shape.n, d = shape.d, v = shape.v;
  const bool winner = shape.feed == kernels::Feed::kWinner;
  const double spread = 1 / std::sqrt(static_cast<double>(d));
  const auto start = [&](uint64_t stream, double deviation) {
    std::vector<Real> values = normal_array(n * d, stream, deviation);
    for (int64_t i = 7 * d; winner && i < n * d; ++i) values[i] = values[i - 7 * d];
    return values;
  };
  return {normal_array((winner ? v + 1 : n) * 4 * d, seed),
          normal_array(4 * d * d, seed + 1, spread),
          normal_array(v * d, seed + 2, 4 * spread),
          normal_array(v, seed + 3),
          start(seed + 4, 0.5),
          start(seed + 5, 1)};
}

inline LstmDecodeArrays with_nans(LstmDecodeArrays a) {
  constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
  a.bias_out[a.bias_out.size() / 2] = kNan;
  a.h0[a.h0.size() / 2] = kNan;
  return a;
}

inline std::vector<Bf16> to_bf16(const std::vector<Real>& values) {
  std::vector<Bf16> copy;
  for (const Real value : values) copy.push_back(static_cast<float>(value));
  return copy;
}

// With another order of bfloat16 sums, h may be rounded differently: by half a unit in the last place, 1/512.
inline Tolerance lstm_decode_tolerance(bool bf16) { return bf16 ? Tolerance{4e-3, 1e-3} : Tolerance{1e-5, 1e-5}; }

struct LstmDecodeRow {
  kernels::LstmDecodeShape shape;
  int parts;
  uint64_t seed;

  LstmDecodeArrays arrays() const {
    const LstmDecodeArrays a = lstm_decode_arrays(shape, seed);
    return parts & kNans ? with_nans(a) : a;
  }
};

inline OpCase lstm_decode_case(const LstmDecodeRow& row) {
  const auto [t, n, d, v, feed, exclude, bf16] = row.shape;
  const bool own = feed == kernels::Feed::kOwnRow;
  const double gates = 4.0 * d, steps = static_cast<double>(t) * n;
  const double weights = gates * d + static_cast<double>(v) * d + v + (own ? n : v + 1) * gates;
  const double written = (row.parts & kLogits ? steps * v : 0) + (row.parts & kEmitted ? steps : 0) +
                         (row.parts & kPooled ? 1.0 * n * v : 0) + (row.parts & kPooledArg ? 1.0 * n * v : 0) +
                         (row.parts & kForBackward ? 6 * steps * d : 0) + (row.parts & kStart ? 2.0 * n * d : 0);
  return {case_name("lstm_decode", {{"t", t},
                                    {"n", n},
                                    {"d", d},
                                    {"v", v},
                                    {"own_row", own},
                                    {"exclude", exclude},
                                    {"bf16", bf16},
                                    {"parts", row.parts},
                                    {"seed", static_cast<int64_t>(row.seed)}}),
          lstm_decode_tolerance(bf16), 4 * (weights + written), steps * (2 * (gates + v) * d + 30.0 * d),
          [row](OpRun& op) -> std::function<void()> {
            const auto [t, n, d, v, feed, exclude, bf16] = row.shape;
            const LstmDecodeArrays a = row.arrays();
            const bool start = row.parts & kStart, kept = bf16 && row.parts & kKept;
            const auto optional = [&](bool given, const auto& values) { return given ? op.input(values) : nullptr; };
            const kernels::LstmDecodeInputs in{op.input(a.input_gates),
                                               optional(!kept, a.weight_hh),
                                               optional(!kept, a.weight_out),
                                               op.input(a.bias_out),
                                               optional(start, a.h0),
                                               optional(start, a.c0),
                                               optional(kept, to_bf16(a.weight_hh)),
                                               optional(kept, to_bf16(a.weight_out))};
            kernels::LstmDecodeOutputs out;
            if (row.parts & kLogits) out.logits = op.output<Real>("logits", {t, n, v});
            if (row.parts & kEmitted) out.emitted = op.output<int32_t>("emitted", {t, n});
            // The previous content must not win.
            if (row.parts & kPooled) out.pooled = op.in_out("pooled", {n, v}, std::vector<Real>(n * v, Real(1e9)));
            if (row.parts & kPooledArg) out.pooled_arg = op.output<int32_t>("pooled_arg", {n, v});
            if (row.parts & kForBackward) {
              out.gates = op.output<Real>("gates", {t, n, 4 * d});
              out.c = op.output<Real>("c", {t, n, d});
              out.h = op.output<Real>("h", {t, n, d});
            }
            const kernels::LstmDecodeShape shape = row.shape;
            return [=, &q = op.queue()] { TL_ON(q, lstm_decode(q, shape, in, out)); };
          }};
}

// With these seeds no winner and no pooled_arg is within the tolerance of another one; tests/kernels/decode/lstm_decode_test.cpp
// checks it.
inline std::vector<LstmDecodeRow> lstm_decode_rows() {
  using kernels::Feed;
  constexpr int kAll = 63;
  std::vector<LstmDecodeRow> rows;
  for (bool bf16 : {false, true}) {
    rows.push_back({{3, 0, 8, 5, Feed::kWinner, false, bf16}, kAll, 7});
    rows.push_back({{1, 1, 8, 5, Feed::kWinner, false, bf16}, kAll, 7});
    rows.push_back({{5, 3, 8, 5, Feed::kWinner, true, bf16}, kAll, 7});
    rows.push_back({{3, 3, 33, 33, Feed::kOwnRow, true, bf16}, kAll, 7});
    rows.push_back({{4, 33, 33, 5, Feed::kWinner, false, bf16}, kEmitted | kPooled | kStart, 7});
    rows.push_back({{3, 100, 9, 17, Feed::kWinner, true, bf16}, kEmitted | kPooled | kStart, 8});
    rows.push_back({{2, 33, 33, 80, Feed::kOwnRow, false, bf16}, kPooled | kForBackward, 7});
    rows.push_back({{3, 3, 131, 80, Feed::kWinner, false, bf16}, kLogits | kEmitted | kForBackward, 7});
    rows.push_back({{21, 3, 8, 33, Feed::kOwnRow, false, bf16}, kEmitted, 7});
    rows.push_back({{2, 260, 33, 33, Feed::kWinner, false, bf16}, kLogits | kEmitted | kStart, 7});
    rows.push_back({{2, 1, 65, 1, Feed::kWinner, false, bf16}, kAll | kKept, 7});
    rows.push_back({{3, 31, 60, 15, Feed::kWinner, true, bf16}, kLogits | kEmitted | kKept, 7});
    rows.push_back({{2, 32, 72, 16, Feed::kWinner, false, bf16}, kPooled | kStart | kKept, 9});
    rows.push_back({{4, 33, 45, 17, Feed::kOwnRow, false, bf16}, kLogits | kPooled | kPooledArg | kStart, 7});
    rows.push_back({{3, 257, 12, 15, Feed::kOwnRow, false, bf16}, kLogits, 7});
    rows.push_back({{2, 40, 70, 291, Feed::kWinner, true, bf16}, kEmitted, 7});
    rows.push_back({{2, 5, 192, 80, Feed::kWinner, false, bf16}, kForBackward | kStart | kKept, 7});
    rows.push_back({{20, 2, 40, 33, Feed::kWinner, true, bf16}, kEmitted | kStart, 7});
    rows.push_back({{4, 9, 50, 20, Feed::kWinner, true, bf16}, kAll | kNans, 9});
    rows.push_back({{3, 5, 50, 20, Feed::kOwnRow, false, bf16}, (kAll & ~kEmitted) | kNans, 7});
    rows.push_back({{5, 256, 512, 260, Feed::kWinner, false, bf16}, kPooled | kStart, 7});  // Corel5k's multi-order model
    rows.push_back({{10, 256, 300, 260, Feed::kOwnRow, false, bf16}, kLogits, 7});          // and its rank model
  }
  return rows;
}

// Small models with many pictures, for the kernels that multiply a tile by more than eight rows. On a GPU with 132
// multiprocessors, each with room for two blocks of 128 registers, they cover groups of 16 rows in clusters, 40 in clusters (32
// with floats) and 16 on the grid, 32 on the grid, and 32 in clusters with weights that leave room for one block.
// TAGLOOM_CASE_BYTES=1048576 keeps all of them.
inline std::vector<LstmDecodeRow> lstm_decode_batch_rows() {
  using kernels::Feed;
  std::vector<LstmDecodeRow> rows;
  for (bool bf16 : {false, true}) {
    rows.push_back({{2, 2200, 9, 5, Feed::kWinner, true, bf16}, kEmitted | kPooled | kStart, 7});
    rows.push_back({{2, 4400, 9, 5, Feed::kWinner, false, bf16}, kEmitted | kPooled | kStart, 7});
    rows.push_back({{2, 8800, 9, 5, Feed::kWinner, true, bf16}, kEmitted | kStart, 7});
    rows.push_back({{2, 2200, 5, 640, Feed::kWinner, false, bf16}, kEmitted | kForBackward | kStart, 7});
  }
  return rows;
}

inline std::vector<OpCase> lstm_decode_cases() {
  std::vector<OpCase> cases;
  for (const LstmDecodeRow& row : lstm_decode_rows()) cases.push_back(lstm_decode_case(row));
  return cases;
}

}  // namespace tagloom::test
