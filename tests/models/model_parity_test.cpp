// Compares every kind of tagger and every backbone on CUDA with the CPU (parity_rows.h): forward, ten training steps, the
// predicted tags. On CUDA, recorded steps must match launched ones bitwise, and a resumed training an uninterrupted one. In fp32
// and in bf16.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "tests/models/parity_distances.h"
#include "tests/support/emulated_device.h"
#include "tests/support/gpu_test.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

using test::ParityDistances;
using test::ParityRow;
using test::ParityRun;

std::vector<std::string> differences(const ParityRow& row, bool bf16, Device device, const ParityRun& run, const ParityRun& cpu,
                                     const ParityDistances& bounds) {
  ParityDistances found = test::distances(run, cpu);
  const EvaluationOutput trained = test::answers_with(row, device, bf16, cpu);  // the CPU's weights on the device
  found.trained_scores = test::relative(trained.predictions.scores, cpu.after.predictions.scores);
  std::vector<std::string> sentences = test::differences(found, bounds);
  test::add_tag_difference("before training", run.before.predictions, cpu.before.predictions, bounds.scores, sentences);
  test::add_tag_difference("with trained weights", trained.predictions, cpu.after.predictions, bounds.trained_scores, sentences);
  return sentences;
}

// The emulated device takes seconds where a GPU takes microseconds: it runs smaller pictures and six steps (the last two of which
// are repeated), and for most rows a frozen backbone.
ParityRow of_this_device(ParityRow row) {
  static const std::set<std::string> whole{"multi_order_paper", "order_free_none", "classifier_bce", "classifier_wakes",
                                           "resnet18"};
  if (!test::kEmulatedDevice) return row;
  if (row.fc_width == 0) row.pixels /= 2;  // VGG needs the full size
  row.steps = row.name.starts_with("resnet") ? 4 : 6;
  if (!whole.contains(row.name)) row.settings.emplace_back("backbone.freeze", "true");
  return row;
}

class ModelParityCuda : public test::GpuTest, public testing::WithParamInterface<ParityRow> {
 protected:
  void SetUp() override {
    GpuTest::SetUp();
    if (IsSkipped()) return;
    if (test::kEmulatedDevice && !row_.layers_of.empty()) {
      GTEST_SKIP() << "not on the emulated device: " << row_.layers_of << " has the same kinds of layers";
    }
    device_ = Device::cuda(0);
    test::keep_host_out_of_device_memory(true);
  }
  void TearDown() override {
    if (!device_.is_cuda()) return;
    kernels::set_rules(device_.queue(), {});
    test::keep_host_out_of_device_memory(false);
  }

  void expect_parity(bool bf16, const ParityRun& cpu, const ParityDistances& bounds) {
    test::TemporaryFolder folder;
    const std::string file = folder / "half.safetensors";
    const ParityRun run = test::run_parity(row_, device_, {.bf16 = bf16, .save_to = file});
    EXPECT_THAT(differences(row_, bf16, device_, run, cpu, bounds), testing::IsEmpty());
    const bool is_fitted = test::settings_of(row_, bf16).model.is_fitted();
    const ParityRun resumed = test::run_parity(row_, device_, {.bf16 = bf16, .with_answers = is_fitted, .resume_from = file});
    EXPECT_EQ(resumed.bits, run.bits);
    if (is_fitted) {
      EXPECT_EQ(resumed.after.predictions.scores, run.after.predictions.scores);
      return;
    }
    EXPECT_EQ(run.recordings > 0, row_.is_recorded);
    const auto last = [&](int64_t steps) { return std::vector(run.losses.end() - steps, run.losses.end()); };
    EXPECT_EQ(resumed.losses, last(row_.steps - row_.steps / 2));
    const ParityRun launched = test::run_parity(row_, device_, {.bf16 = bf16, .graphs = false, .with_answers = false});
    EXPECT_EQ(launched.recordings, 0);
    EXPECT_EQ(launched.losses, last(row_.steps));
    EXPECT_EQ(launched.bits, run.bits);
  }

  const ParityRow row_ = of_this_device(GetParam());
  Device device_;
};

TEST_P(ModelParityCuda, MatchesTheCpu) {
  const ParityRun fp32 = test::run_parity(row_, Device::cpu(), {});
  {
    SCOPED_TRACE("fp32");
    expect_parity(false, fp32, test::kFp32Bounds);
  }
  SCOPED_TRACE("bf16");
  const ParityRun bf16 = test::run_parity(row_, Device::cpu(), {.bf16 = true});
  expect_parity(true, bf16, test::bf16_bounds(bf16, fp32));
}

INSTANTIATE_TEST_SUITE_P(Rows, ModelParityCuda, testing::ValuesIn(test::parity_rows()),
                         [](const auto& info) { return info.param.name; });

// Every setting with a choice of names, including the backbone, has a row per name, except settings without effect on a device.
TEST(ModelParity, EveryChoiceHasARow) {
  const std::set<std::string> of_the_host{
      "model.order",     "model.preset",     "model.initializer",    "backbone.stride_in_1x1", "backbone.precision",
      "fit.tag_vectors", "decode.selection", "decode.thresholds",    "decode.calibration",     "decode.gain",
      "optim.schedule",  "optim.average",    "decode.sequence_score"};
  std::set<std::string> kinds;
  for (const Setting* const row_of_table : setting_table().rows()) {
    const Setting& setting = *row_of_table;
    const std::string section = setting.key.substr(0, setting.key.find('.'));
    const bool counts =
        std::set<std::string>{"model", "backbone", "loss", "optim", "decode", "fit", "neighbours", "linear"}.contains(section);
    if (!counts || setting.choices.empty() || of_the_host.contains(setting.key)) continue;
    std::set<std::string> missing(setting.choices.begin(), setting.choices.end());
    missing.erase("auto");
    for (const ParityRow& row : test::parity_rows())
      missing.erase(std::get<std::string>(setting_value(test::settings_of(row, false), setting.key)));
    EXPECT_THAT(missing, testing::IsEmpty()) << setting.key;
    kinds.insert(setting.key);
  }
  EXPECT_THAT(kinds, testing::IsSupersetOf({"model.kind", "backbone.name", "loss.classifier", "model.head", "optim.name"}));
  std::set<std::string> names;
  for (const ParityRow& row : test::parity_rows()) names.insert(test::settings_of(row, false).backbone.name);
  EXPECT_EQ(names, std::set<std::string>(backbone_names().begin(), backbone_names().end()));
}

const ParityRow& row_named(const std::string& name) {
  return *std::find_if(test::parity_rows().begin(), test::parity_rows().end(),
                       [&](const ParityRow& row) { return row.name == name; });
}

// Changes one weight of the backbone.
std::function<void(CnnTagger&)> times(Real factor) {
  return [factor](CnnTagger& model) {
    Parameter& filter = *model.cnn().parameters().front();
    std::vector<Real> values = filter.value.to_vector();
    values[40] *= factor;
    filter.write(values);
  };
}

TEST(ModelParity, DetectsAChangedWeightAndAMissingStepButAllowsRounding) {
  const ParityRow& row = row_named("classifier_bce");
  const Device cpu = Device::cpu();
  const ParityRun run = test::run_parity(row, cpu, {});
  const auto found = [&](const test::ParityOptions& options) {
    return test::differences(test::distances(test::run_parity(row, cpu, options), run), test::kFp32Bounds);
  };
  EXPECT_THAT(found({.change = times(1 + Real(1e-6))}), testing::IsEmpty());
  EXPECT_THAT(found({.change = times(Real(1.1))}), testing::Contains(testing::StartsWith("features")));
  EXPECT_THAT(found({.left_out = 1}), testing::Contains(testing::StartsWith("weights")));
  ParityRun lost = run;
  lost.buffers.back().values[3] *= Real(1.1);
  EXPECT_THAT(test::differences(test::distances(lost, run), test::kFp32Bounds),
              testing::ElementsAre(testing::StartsWith("buffers")));
}

TEST(ModelParity, OnlyTiedTagsMaySwapPlaces) {
  const Predictions right{.tag_count = 4,
                          .scores = {0.9f, 0.5f, 0.500001f, 0.1f},
                          .first_step_scores = {},
                          .ranking = {{0, 2, 1, 3}},
                          .measures = {}};
  Predictions other = right;
  EXPECT_EQ(test::ranking_difference(other, right, 1e-5), "");
  other.ranking = {{0, 1, 2, 3}};
  EXPECT_EQ(test::ranking_difference(other, right, 1e-5), "");
  EXPECT_NE(test::ranking_difference(other, right, 1e-7), "");
  other.ranking = {{2, 0, 1, 3}};
  EXPECT_NE(test::ranking_difference(other, right, 1e-5), "");
  other.ranking = {{0, 2, 1}};
  EXPECT_NE(test::ranking_difference(other, right, 1e-5), "");
}

}  // namespace
}  // namespace tagloom
