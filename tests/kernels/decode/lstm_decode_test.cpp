// The decoding loop on the CPU, against PyTorch and against separate ops; its case table has no near ties; and each of its forms
// on a GPU.
#include "kernels/decode/lstm_decode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/linear/gemm.h"
#include "kernels/lstm/label_max_pool.h"
#include "kernels/lstm/lstm_gates.h"
#include "kernels/lstm/top_k.h"
#include "kernels/math/cast.h"
#include "kernels/math/gather_rows.h"
#include "tests/support/check_case.h"
#include "tests/support/golden.h"
#include "tests/support/gpu_test.h"
#include "tests/support/near.h"
#include "tools/bench/cases/decode/lstm_decode_cases.h"

namespace tagloom::kernels {
namespace {

using test::LstmDecodeArrays;

struct Decoded {
  std::vector<Real> logits, pooled, gates, c, h;
  std::vector<int32_t> emitted, pooled_arg;

  explicit Decoded(const LstmDecodeShape& s)
      : logits(s.t * s.n * s.v),
        pooled(s.n * s.v),
        gates(s.t * s.n * 4 * s.d),
        c(s.t * s.n * s.d),
        h(s.t * s.n * s.d),
        emitted(s.t * s.n),
        pooled_arg(s.n * s.v) {}
};

LstmDecodeInputs inputs_of(const LstmDecodeArrays& a, bool start) {
  return {a.input_gates.data(),          a.weight_hh.data(),           a.weight_out.data(), a.bias_out.data(),
          start ? a.h0.data() : nullptr, start ? a.c0.data() : nullptr};
}

Decoded decode(const LstmDecodeShape& shape, const LstmDecodeArrays& a, bool start) {
  Queue q;
  Decoded y(shape);
  TL_ON_CPU(lstm_decode(
      q, shape, inputs_of(a, start),
      {y.logits.data(), y.emitted.data(), y.pooled.data(), y.pooled_arg.data(), y.gates.data(), y.c.data(), y.h.data()}));
  return y;
}

// c = a b^T + bias, with operands rounded to bfloat16 if `bf16`.
void product(bool bf16, const GemmShape& shape, const Real* a, const Real* b, const Real* bias, Real* c, Into into) {
  Queue q;
  if (!bf16) return TL_ON_CPU(gemm(q, shape, a, b, bias, c, into));
  std::vector<Bf16> a16(shape.m * shape.k), b16(shape.n * shape.k);
  TL_ON_CPU(cast(q, shape.m * shape.k, a, a16.data()));
  TL_ON_CPU(cast(q, shape.n * shape.k, b, b16.data()));
  TL_ON_CPU(gemm(q, shape, a16.data(), b16.data(), bias, c, into));
}

// The same by separate ops.
Decoded compose(const LstmDecodeShape& s, const LstmDecodeArrays& a, bool start) {
  Queue q;
  Decoded y(s);
  std::vector<uint8_t> excluded(s.n * s.v, 0);
  std::vector<int32_t> row(s.n, static_cast<int32_t>(s.v));
  for (int64_t t = 0; t < s.t; ++t) {
    Real* gates = y.gates.data() + t * s.n * 4 * s.d;
    if (s.feed == Feed::kWinner) {
      TL_ON_CPU(gather_rows(q, s.n, 4 * s.d, a.input_gates.data(), row.data(), gates));
    } else {
      std::copy(a.input_gates.begin(), a.input_gates.end(), gates);
    }
    const Real* h = t > 0 ? y.h.data() + (t - 1) * s.n * s.d : start ? a.h0.data() : nullptr;
    const Real* c = t > 0 ? y.c.data() + (t - 1) * s.n * s.d : start ? a.c0.data() : nullptr;
    if (h) product(s.bf16, {s.n, 4 * s.d, s.d, false, true}, h, a.weight_hh.data(), nullptr, gates, Into::kAdd);
    Real* h_now = y.h.data() + t * s.n * s.d;
    TL_ON_CPU(lstm_gates_forward(q, {s.n, s.d}, gates, nullptr, c, gates, y.c.data() + t * s.n * s.d, h_now));
    Real* logits = y.logits.data() + t * s.n * s.v;
    product(s.bf16, {s.n, s.v, s.d, false, true}, h_now, a.weight_out.data(), a.bias_out.data(), logits, Into::kOverwrite);
    TL_ON_CPU(top_k(q, {s.n, s.v, 1}, logits, s.exclude_emitted ? excluded.data() : nullptr, row.data(), nullptr));
    for (int64_t n = 0; n < s.n; ++n) {
      if (row[n] >= 0) excluded[n * s.v + row[n]] = 1;
    }
    std::copy(row.begin(), row.end(), y.emitted.begin() + t * s.n);
  }
  TL_ON_CPU(label_max_pool_forward(q, {s.t, s.n, s.v}, y.logits.data(), y.pooled.data(), y.pooled_arg.data()));
  return y;
}

std::vector<test::LstmDecodeRow> every_row() {
  std::vector<test::LstmDecodeRow> rows = test::lstm_decode_rows();
  for (const test::LstmDecodeRow& row : test::lstm_decode_batch_rows()) rows.push_back(row);
  return rows;
}

bool small(const LstmDecodeShape& s) { return s.n > 0 && s.n * s.d < 10000; }

TEST(LstmDecode, MatchesSeparateOps) {
  for (const test::LstmDecodeRow& row : test::lstm_decode_rows()) {
    if (!small(row.shape)) continue;
    const std::string name = test::lstm_decode_case(row).name;
    const LstmDecodeArrays a = row.arrays();
    const bool start = row.parts & test::kStart;
    const Decoded actual = decode(row.shape, a, start), expected = compose(row.shape, a, start);
    const test::Tolerance tolerance = test::lstm_decode_tolerance(row.shape.bf16);
    const auto [t, n, d, v, feed, exclude, bf16] = row.shape;
    EXPECT_EQ(actual.emitted, expected.emitted) << name;
    EXPECT_TRUE(test::near(name + " logits", "loop≠ops", actual.logits, expected.logits, tolerance, {t, n, v}));
    EXPECT_TRUE(test::near(name + " pooled", "loop≠ops", actual.pooled, expected.pooled, tolerance, {n, v}));
    EXPECT_TRUE(test::near(name + " gates", "loop≠ops", actual.gates, expected.gates, tolerance, {t, n, 4 * d}));
    EXPECT_TRUE(test::near(name + " c", "loop≠ops", actual.c, expected.c, tolerance, {t, n, d}));
    EXPECT_TRUE(test::near(name + " h", "loop≠ops", actual.h, expected.h, tolerance, {t, n, d}));
    if (row.parts & test::kPooledArg) {
      EXPECT_EQ(actual.pooled_arg, expected.pooled_arg) << name;
    }
  }
}

TEST(LstmDecode, MatchesPyTorch) {
  const test::Golden golden("lstm_decode_golden.txt");
  for (const std::string name : {"winner", "own_row"}) {
    const auto get = [&](const std::string& array) { return golden.get<Real>("lstm_decode." + name + "." + array); };
    const auto dims = golden.dims("lstm_decode." + name + ".logits");
    const LstmDecodeArrays a{get("input_gates"), get("weight_hh"), get("weight_out"), get("bias_out"), get("h0"), get("c0")};
    const LstmDecodeShape shape{dims[0], dims[1], static_cast<int64_t>(a.weight_out.size()) / dims[2], dims[2],
                                name == "winner" ? Feed::kWinner : Feed::kOwnRow};
    const Decoded y = decode(shape, a, true);
    constexpr test::Tolerance kTolerance{2e-6, 5e-6};
    EXPECT_EQ(y.emitted, golden.get<int32_t>("lstm_decode." + name + ".emitted"));
    EXPECT_EQ(y.pooled_arg, golden.get<int32_t>("lstm_decode." + name + ".pooled_arg"));
    EXPECT_TRUE(test::near(name + " logits", "cpu≠pytorch", y.logits, get("logits"), kTolerance, dims));
    EXPECT_TRUE(test::near(name + " pooled", "cpu≠pytorch", y.pooled, get("pooled"), kTolerance));
    EXPECT_TRUE(test::near(name + " h", "cpu≠pytorch", y.h, get("h"), kTolerance));
    EXPECT_TRUE(test::near(name + " c", "cpu≠pytorch", y.c, get("c"), kTolerance));
  }
}

// A different order of sums must not change a winner: its lead must exceed the tolerance.
TEST(LstmDecode, CasesHaveNoNearTies) {
  for (const test::LstmDecodeRow& row : every_row()) {
    const auto [t, n, d, v, feed, exclude, bf16] = row.shape;
    if (n == 0 || (feed == Feed::kOwnRow && !(row.parts & test::kEmitted))) continue;
    const Decoded y = decode(row.shape, row.arrays(), row.parts & test::kStart);
    double least = 1e9;
    for (int64_t at = 0; at < t * n; ++at) {
      if (y.emitted[at] < 0) continue;
      const Real* logits = y.logits.data() + at * v;
      for (int64_t tag = 0; tag < v; ++tag) {
        bool skipped = tag == y.emitted[at];
        for (int64_t before = at - n; exclude && before >= 0; before -= n) skipped = skipped || tag == y.emitted[before];
        if (!skipped) least = std::min<double>(least, logits[y.emitted[at]] - logits[tag]);
      }
    }
    for (int64_t at = 0; row.parts & test::kPooledArg && at < n * v; ++at) {
      for (int64_t step = 0; step < t; ++step) {
        if (step != y.pooled_arg[at]) least = std::min<double>(least, y.pooled[at] - y.logits[step * n * v + at]);
      }
    }
    EXPECT_GT(least, bf16 ? 4e-3 : 5e-5) << test::lstm_decode_case(row).name;
  }
}

TEST(LstmDecode, RowsAreIndependentOfTheBatch) {
  const LstmDecodeShape one{4, 1, 33, 7}, many{4, 19, 33, 7};
  const LstmDecodeArrays a = test::lstm_decode_arrays(many, 3);
  const Decoded together = decode(many, a, true);
  for (int64_t n : {0, 9, 18}) {
    LstmDecodeArrays mine = a;
    mine.h0.assign(a.h0.begin() + n * 33, a.h0.begin() + (n + 1) * 33);
    mine.c0.assign(a.c0.begin() + n * 33, a.c0.begin() + (n + 1) * 33);
    const Decoded alone = decode(one, mine, true);
    for (int64_t v = 0; v < 7; ++v) EXPECT_EQ(alone.pooled[v], together.pooled[n * 7 + v]) << n;
  }
}

// Weights of zero: the logits are the bias at every step, so tags tie and steps tie.
TEST(LstmDecode, TiesGoToTheLowestTagAndTheFirstStep) {
  const LstmDecodeShape shape{3, 2, 4, 5};
  LstmDecodeArrays a = test::lstm_decode_arrays(shape, 1);
  std::fill(a.weight_out.begin(), a.weight_out.end(), Real(0));
  a.bias_out = {1, 3, 2, 3, std::numeric_limits<Real>::quiet_NaN()};
  EXPECT_EQ(decode(shape, a, false).emitted, (std::vector<int32_t>{1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(decode(shape, a, false).pooled_arg, std::vector<int32_t>(10, 0));
  LstmDecodeShape without_repeats = shape;
  without_repeats.exclude_emitted = true;
  without_repeats.t = 6;
  EXPECT_EQ(decode(without_repeats, a, false).emitted, (std::vector<int32_t>{1, 1, 3, 3, 2, 2, 0, 0, -1, -1, -1, -1}));
}

// After a step without a winner the input gates are zero: without recurrence, every gate's activation is 1/2 or 0.
TEST(LstmDecode, NoWinnerFeedsZeros) {
  const LstmDecodeShape shape{2, 1, 1, 1};
  LstmDecodeArrays a = test::lstm_decode_arrays(shape, 1);
  a.weight_hh.assign(4, Real(0));
  a.bias_out[0] = std::numeric_limits<Real>::quiet_NaN();
  const Decoded y = decode(shape, a, false);
  EXPECT_EQ(y.emitted, (std::vector<int32_t>{-1, -1}));
  EXPECT_EQ(std::vector<Real>(y.gates.begin() + 4, y.gates.end()), (std::vector<Real>{Real(0.5), Real(0.5), 0, Real(0.5)}));
}

// bfloat16 products, and only those, read the bfloat16 copies of the weights instead of the floats.
TEST(LstmDecode, ReadsBf16CopiesOfTheWeights) {
  for (const bool bf16 : {false, true}) {
    const LstmDecodeShape shape{3, 4, 9, 5, Feed::kWinner, false, bf16};
    const LstmDecodeArrays a = test::lstm_decode_arrays(shape, 1), others = test::lstm_decode_arrays(shape, 2);
    const std::vector<Bf16> weight_hh = test::to_bf16(others.weight_hh), weight_out = test::to_bf16(others.weight_out);
    LstmDecodeInputs in = inputs_of(a, true);
    in.weight_hh16 = weight_hh.data();
    in.weight_out16 = weight_out.data();
    LstmDecodeArrays expected = a;
    if (bf16) {
      expected.weight_hh = others.weight_hh;
      expected.weight_out = others.weight_out;
    }
    Queue q;
    Decoded y(shape);
    TL_ON_CPU(lstm_decode(q, shape, in, {.logits = y.logits.data()}));
    EXPECT_EQ(y.logits, decode(shape, expected, true).logits);
  }
}

TEST(LstmDecode, RejectsInvalidArguments) {
  Queue q;
  std::vector<int32_t> arg(1);
  LstmDecodeOutputs out;
  EXPECT_THROW(TL_ON_CPU(lstm_decode(q, {0, 1, 1, 1}, {}, out)), Error);
  out.pooled_arg = arg.data();
  EXPECT_THROW(TL_ON_CPU(lstm_decode(q, {1, 1, 1, 1}, {}, out)), Error);
}

// Covers the forms that a shape would not use by default, too.
class LstmDecodeFormsCuda : public test::GpuTest, public testing::WithParamInterface<DecodeForm> {};

TEST_P(LstmDecodeFormsCuda, MatchTheCpu) {
  QueueRules rules = rules_of(queue());
  rules.decode_form = GetParam();
  set_rules(queue(), rules);
  for (const test::LstmDecodeRow& row : every_row()) {
    const test::OpCase op_case = test::lstm_decode_case(row);
    if (op_case.bytes <= test::most_case_bytes()) test::check_cuda_against_cpu(queue(), op_case);
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, LstmDecodeFormsCuda,
                         testing::Values(DecodeForm::kCluster, DecodeForm::kGrid, DecodeForm::kSteps), [](const auto& info) {
                           return info.param == DecodeForm::kCluster ? "cluster"
                                  : info.param == DecodeForm::kGrid  ? "grid"
                                                                     : "steps";
                         });

}  // namespace
}  // namespace tagloom::kernels
