// The forms of lstm_decode on the emulated device: each is chosen when it should be, and passes the whole case table.
#include <gtest/gtest.h>

#include "kernels/base/device_twins.h"
#include "kernels/decode/lstm_decode_forms.h"
#include "tests/emulated_cuda/emulated.h"
#include "tests/support/check_case.h"
#include "tools/bench/cases/decode/lstm_decode_cases.h"

namespace tagloom {
namespace {

using kernels::Feed;
using Launches = std::map<std::string, int>;

constexpr const char* kSteps = "lstm_gates_forward";
const Launches kCluster{{"lstm_decode_cluster", 1}}, kGrid{{"lstm_decode_grid", 1}};

// Sets the device's limits for the duration of a test.
class EmulatedLstmDecode : public testing::Test {
 protected:
  void TearDown() override { emulated::limits = {}; }
};

kernels::Queue queue_with(kernels::DecodeForm form, size_t workspace_bytes = size_t{2} << 20) {
  kernels::Queue queue = kernels::make_cuda_queue(0, workspace_bytes);
  kernels::QueueRules rules = kernels::rules_of(queue);
  rules.decode_form = form;
  kernels::set_rules(queue, rules);
  return queue;
}

Launches launches_of(const kernels::LstmDecodeShape& shape, kernels::DecodeForm form = kernels::DecodeForm::kFastest) {
  test::OpRun run(queue_with(form));
  const auto call = test::lstm_decode_case({shape, test::kEmitted | test::kPooled | test::kStart, 7}).prepare(run);
  emulated::launches.clear();
  call();
  return emulated::launches;
}

void check_all_rows(const std::string& kernel, kernels::DecodeForm form) {
  constexpr double kMostBytes = 1 << 20;
  kernels::Queue queue = queue_with(form);
  for (const test::LstmDecodeRow& row : test::lstm_decode_rows()) {
    const test::OpCase op_case = test::lstm_decode_case(row);
    if (op_case.bytes > kMostBytes) continue;
    emulated::launches.clear();
    test::check_cuda_against_cpu(queue, op_case);
    const int64_t once = kernel == kSteps ? row.shape.t : 1;  // launches per call; there are three calls
    EXPECT_EQ(emulated::launches[kernel], row.shape.n == 0 ? 0 : 3 * once) << op_case.name;
  }
}

TEST_F(EmulatedLstmDecode, MatchesTheCpuInClustersOfEverySize) {
  for (const int size : {1, 2, 4}) {
    emulated::limits.least_cluster = emulated::limits.most_cluster = size;
    emulated::limits.clusters = size == 2 ? 1 : 3;
    check_all_rows("lstm_decode_cluster", kernels::DecodeForm::kCluster);
  }
}

TEST_F(EmulatedLstmDecode, MatchesTheCpuOnTheWholeGrid) {
  for (const int blocks : {4, 1}) {
    emulated::limits.blocks_together = blocks;
    check_all_rows("lstm_decode_grid", kernels::DecodeForm::kGrid);
  }
}

TEST_F(EmulatedLstmDecode, MatchesTheCpuInStepsIfNothingElseFits) {
  emulated::limits.clusters = emulated::limits.blocks_together = 0;
  check_all_rows(kSteps, kernels::DecodeForm::kFastest);
}

TEST_F(EmulatedLstmDecode, ChoosesTheBestFormThatFits) {
  for (const bool bf16 : {false, true}) {
    const kernels::LstmDecodeShape small{21, 9, 8, 5, Feed::kWinner, true, bf16}, wide{2, 9, 130, 80, Feed::kWinner, true, bf16};
    emulated::limits = {};
    EXPECT_EQ(launches_of(small), kCluster);
    EXPECT_EQ(launches_of(wide), kCluster);
    // Just enough for a cluster of four, in which a block has a quarter of the weights; then for four blocks of a grid.
    kernels::LstmDecodeOutputs out;
    emulated::limits.shared_bytes = kernels::DecodePlan(wide, out, {.in_cluster = true, .blocks = 4, .n_tiles = 1}).shared_bytes;
    EXPECT_EQ(launches_of(wide), kCluster);
    emulated::limits.shared_bytes -= 1;
    EXPECT_NE(launches_of(wide), kCluster);
    emulated::limits.shared_bytes =
        kernels::DecodePlan(wide, out, {.in_cluster = false, .blocks = 4, .n_tiles = 1, .chunks = 2}).shared_bytes;
    emulated::limits.most_cluster = 2;
    EXPECT_EQ(launches_of(wide), kGrid);
    emulated::limits.shared_bytes -= 1;
    EXPECT_GT(launches_of(wide).size(), 3u);
    emulated::limits = {};
    emulated::limits.clusters = 0;
    EXPECT_EQ(launches_of(small), kGrid);
    emulated::limits.blocks_together = 0;
    EXPECT_GT(launches_of(small).size(), 3u);
  }
}

// Groups are as small as the number of clusters allows; the number of launched blocks reveals the number of groups.
TEST_F(EmulatedLstmDecode, DistributesTheBatchAmongTheClusters) {
  const auto rows_taken_by = [](int64_t n, int clusters) {
    emulated::limits.clusters = clusters;
    launches_of({2, n, 8, 5, Feed::kWinner, false, true});
    return emulated::grid_size.x;
  };
  EXPECT_EQ(rows_taken_by(1, 8), 1u);
  EXPECT_EQ(rows_taken_by(64, 8), 8u);    // of 8 rows
  EXPECT_EQ(rows_taken_by(65, 8), 5u);    // of 16
  EXPECT_EQ(rows_taken_by(256, 8), 8u);   // of 32
  EXPECT_EQ(rows_taken_by(1000, 8), 8u);  // four groups each
  EXPECT_EQ(rows_taken_by(225, 7), 6u);   // of 40
}

TEST_F(EmulatedLstmDecode, UsesTheRequestedForm) {
  using kernels::DecodeForm;
  const kernels::LstmDecodeShape shape{2, 9, 8, 5, Feed::kWinner, true, true};
  EXPECT_EQ(launches_of(shape, DecodeForm::kCluster), kCluster);
  EXPECT_EQ(launches_of(shape, DecodeForm::kGrid), kGrid);
  EXPECT_EQ(launches_of(shape, DecodeForm::kSteps)[kSteps], 2);
  emulated::limits.clusters = 0;  // falls back to the next form
  EXPECT_EQ(launches_of(shape, DecodeForm::kCluster), kGrid);
  emulated::limits.blocks_together = 0;
  EXPECT_EQ(launches_of(shape, DecodeForm::kCluster)[kSteps], 2);
  EXPECT_EQ(launches_of(shape, DecodeForm::kGrid)[kSteps], 2);
}

// The form and the distribution of work for d = 512 in bfloat16, on a device with the limits of an H200: seven clusters of 16.
TEST_F(EmulatedLstmDecode, UsesTheGridForManyRounds) {
  using kernels::DecodeForm;
  emulated::limits = {.blocks_together = 132, .least_cluster = 16, .most_cluster = 16, .clusters = 7, .shared_bytes = 232'448};
  const auto plan_of = [](int64_t n, int64_t v, DecodeForm form = DecodeForm::kFastest) {
    kernels::Queue queue = queue_with(form, size_t{32} << 20);
    const auto plan = kernels::decode_plan(queue, {5, n, 512, v, Feed::kWinner, false, true}, {});
    return plan.value();
  };
  const auto expect = [](const kernels::DecodePlan& plan, kernels::DecodeTeam expected) {
    EXPECT_EQ(plan.in_cluster, expected.in_cluster);
    EXPECT_EQ(plan.blocks, expected.blocks);
    EXPECT_EQ(plan.n_tiles, expected.n_tiles);
    EXPECT_EQ(plan.chunks, expected.chunks);
    EXPECT_EQ(plan.teams, expected.teams);
  };
  constexpr bool kInCluster = true;
  expect(plan_of(1, 80), {kInCluster, 16, 1, 1, 1});
  expect(plan_of(256, 80), {kInCluster, 16, 5, 1, 7});   // one round of 40 rows
  expect(plan_of(256, 291), {kInCluster, 16, 4, 1, 7});  // two of 32
  expect(plan_of(512, 291), {kInCluster, 16, 4, 1, 7});  // three, which load 30 tiles and the grid 24
  expect(plan_of(256, 1024), {!kInCluster, 66, 2, 8, 2});
  expect(plan_of(256, 1024, DecodeForm::kCluster), {kInCluster, 16, 1, 1, 7});  // five of eight
  expect(plan_of(256, 80, DecodeForm::kGrid), {!kInCluster, 66, 2, 8, 2});
}

// The table's 100 rows fit three clusters in one round only in groups of 40.
TEST_F(EmulatedLstmDecode, UsesGroupsOf40RowsOfBf16) {
  emulated::limits.clusters = 3;
  kernels::Queue queue = queue_with(kernels::DecodeForm::kFastest);
  for (const bool bf16 : {false, true}) {
    const auto plan = kernels::decode_plan(queue, {3, 100, 9, 17, Feed::kWinner, true, bf16}, {});
    EXPECT_EQ(plan.value().rows(), bf16 ? 40 : 32);
  }
}

// The sizes that fit the 227 KiB per block of sm_90, as documented in lstm_decode_launch.h.
TEST_F(EmulatedLstmDecode, HoldsTheWeightsOfARealModel) {
  const auto plan = [](int64_t d, int64_t v, bool bf16, int n_tiles) {
    return kernels::DecodePlan({5, 256, d, v, Feed::kWinner, false, bf16}, {},
                               {.in_cluster = true, .blocks = 16, .n_tiles = n_tiles});
  };
  const auto most_rows = [&](int64_t d, int64_t v, bool bf16) {
    int rows = 0;
    for (const int n_tiles : {1, 2, 4, 5}) {
      if (n_tiles == 5 && !bf16) continue;
      if (plan(d, v, bf16, n_tiles).shared_bytes <= 232'448) rows = 8 * n_tiles;
    }
    return rows;
  };
  EXPECT_EQ(most_rows(512, 80, true), 40);
  EXPECT_EQ(most_rows(512, 291, true), 32);
  EXPECT_EQ(most_rows(512, 1024, true), 8);
  EXPECT_EQ(most_rows(300, 291, false), 32);
  EXPECT_EQ(most_rows(384, 291, false), 8);
  EXPECT_EQ(most_rows(416, 80, false), 8);
  EXPECT_EQ(most_rows(512, 80, false), 0);
  EXPECT_EQ(plan(512, 80, true, 4).shared_bytes, 206'720u);
  EXPECT_EQ(plan(512, 80, true, 5).shared_bytes, 221'536u);
  EXPECT_EQ(plan(512, 291, true, 4).shared_bytes, 230'784u);
}

// A recorded launch gives the same bits as a direct one, for any content of the workspace and the outputs.
TEST_F(EmulatedLstmDecode, RecordedGivesTheSameBits) {
  for (const int clusters : {3, 0}) {
    emulated::limits.clusters = clusters;
    for (const bool bf16 : {false, true}) {
      const test::LstmDecodeRow row{{4, 33, 40, 20, Feed::kWinner, true, bf16}, 63, 7};
      kernels::Queue queue = kernels::make_cuda_queue(0, size_t{1} << 20);
      const auto outputs_of = [&](bool recorded) {
        test::OpRun run(queue);
        const auto call = test::lstm_decode_case(row).prepare(run);
        if (!recorded) {
          call();
          return run.outputs();
        }
        const auto kept = kernels::cuda::record(queue, call);
        emulated::launches.clear();
        kept->repeat(queue);
        kept->repeat(queue);
        EXPECT_EQ(emulated::launches[clusters > 0 ? "lstm_decode_cluster" : "lstm_decode_grid"], 2);
        return run.outputs();
      };
      const auto direct = outputs_of(false), repeated = outputs_of(true);
      ASSERT_EQ(direct.size(), repeated.size());
      for (size_t i = 0; i < direct.size(); ++i) EXPECT_EQ(direct[i].values, repeated[i].values) << direct[i].name;
    }
  }
}

// Floats are multiplied to about 21 bits: cancelling sums keep far more digits than with plain bfloat16 or tf32 products.
TEST_F(EmulatedLstmDecode, MultipliesFloatsAccurately) {
  const test::LstmDecodeRow row{{2, 16, 128, 17, Feed::kOwnRow, false, false}, test::kLogits | test::kStart, 7};
  test::OpCase op_case = test::lstm_decode_case(row);
  op_case.tolerance = {3e-6, 2e-6};
  check_cuda_against_cpu(kernels::make_cuda_queue(0, size_t{1} << 20), op_case);
  emulated::limits.clusters = 0;
  check_cuda_against_cpu(kernels::make_cuda_queue(0, size_t{1} << 20), op_case);
}

}  // namespace
}  // namespace tagloom
