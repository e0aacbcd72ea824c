// The shipped configurations and suites are valid and documented.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/golden.h"
#include "tools/command_line/config.h"
#include "tools/suite/suite_file.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = fs::path(test::source_tree());

std::string text_of(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Settings shipped(const std::string& name) {
  return settings_from(read_config((kRoot / "models/configs" / (name + ".toml")).string()));
}

TEST(ShippedConfigs, AreValidAndListed) {
  const fs::path configs = kRoot / "models/configs";
  const std::string readme = text_of(configs / "README.md");
  int count = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(configs)) {
    if (entry.path().extension() != ".toml" || entry.path().parent_path() == configs / "suites") continue;
    ++count;
    EXPECT_NO_THROW(settings_from(read_config(entry.path().string()))) << entry.path();
    EXPECT_NE(readme.find("`" + fs::relative(entry.path(), configs).string() + "`"), std::string::npos) << entry.path();
  }
  EXPECT_GE(count, 7);
}

TEST(ShippedSuites, AreValidWithTheirConfigurations) {
  int count = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(kRoot / "models/configs/suites")) {
    ++count;
    const Suite suite = read_suite(entry.path().string());
    EXPECT_EQ(suite.name, entry.path().stem());
    for (const SuiteRow& row : suite.rows) {
      if (!row.trains()) continue;
      std::vector<Assignment> assignments = read_config(row.config);
      for (const auto& part : {suite.set, row.set}) {
        for (const std::string& one : part) assignments.push_back(set_assignment(one));
      }
      EXPECT_NO_THROW(settings_from(assignments)) << suite.name << ": " << row.name;
    }
  }
  EXPECT_EQ(count, 2);
}

TEST(ShippedConfigs, OfEachDatasetAreValidAndListed) {
  const std::string readme = text_of(kRoot / "models/configs/README.md");
  for (const char* const dataset : {"corel5k", "flickr8k"}) {
    int count = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(kRoot / "models/configs" / dataset)) {
      ++count;
      const Settings s = settings_from(read_config(entry.path().string()));
      EXPECT_EQ(s.data.train, std::string(dataset) + "/train.tsv") << entry.path();
      EXPECT_NE(readme.find(dataset + ("/" + entry.path().filename().string())), std::string::npos) << entry.path();
    }
    EXPECT_GE(count, 3);
  }
}

TEST(ShippedConfigs, MatchYan2016) {
  const Settings s = shipped("yan2016_pascal");
  const OrderedRnnOptions& model = s.model.as<RankOptions>().rnn;
  EXPECT_EQ(s.model.kind, "rank");
  EXPECT_EQ(model.hidden, 300);
  EXPECT_EQ(model.image_embedding, 100);
  EXPECT_EQ(model.dropout, 0.5);
  EXPECT_EQ(s.train.batch_size, 16);
  EXPECT_EQ(s.optim.optimizer.kind, OptimizerKind::kAdam);
  EXPECT_EQ(s.optim.head.learning_rate, 4e-4);
  EXPECT_EQ(s.optim.optimizer.adam.beta1, 0.8);
  EXPECT_EQ(s.optim.schedule.plateau_factor, 0.5);
  EXPECT_EQ(s.backbone.layer, BackboneLayer::kFc7);
  EXPECT_EQ(s.backbone.finetune_after, 7500);
  EXPECT_EQ(s.optim.backbone.learning_rate, 1e-5);
  EXPECT_EQ(s.optim.backbone.weight_decay, 1e-3);
  EXPECT_EQ(s.data.dataset.vocabulary.minimum_count, 15);
}

TEST(ShippedConfigs, MatchDutta2020) {
  const Settings s = shipped("dutta2020_coco");
  const MultiOrderOptions& model = s.model.as<MultiOrderOptions>();
  EXPECT_EQ(s.model.kind, "multi_order");
  EXPECT_EQ(model.mask, kernels::BceMask::kPrevious);
  EXPECT_EQ(model.gate, kernels::StepGate::kAll);
  EXPECT_EQ(model.head, OutputHead::kLinear);
  EXPECT_EQ(model.state, InitialState::kProbabilities);
  EXPECT_EQ(model.hidden, 512);
  EXPECT_EQ(model.embedding, 256);
  EXPECT_EQ(model.steps, 5);
  EXPECT_EQ(s.optim.optimizer.kind, OptimizerKind::kRmsProp);
  EXPECT_EQ(s.optim.head.learning_rate, 1e-4);
  EXPECT_EQ(s.train.batch_size, 32);
  EXPECT_EQ(s.train.epochs, 50);
  EXPECT_EQ(s.metrics.selection, Selection::kThreshold);
  EXPECT_EQ(s.metrics.threshold, 0.5);
}

TEST(ShippedConfigs, MatchMa2018) {
  for (const char* name : {"ma2018_coco", "ma2018_nus"}) {
    const Settings s = shipped(name);
    const JvspOptions& model = s.model.as<JvspOptions>();
    EXPECT_EQ(s.model.kind, "jvsp");
    EXPECT_EQ(model.order, SequenceOrder::kFrequent);
    EXPECT_EQ(s.backbone.name, "vgg16");
    EXPECT_FALSE(model.image_linear);
    EXPECT_FALSE(model.scale_softmax);
    EXPECT_FALSE(model.biases);
    EXPECT_EQ(model.hidden, 512);
    EXPECT_EQ(model.embedding, 512);
    EXPECT_EQ(model.dropout, 0.5);
    EXPECT_EQ(model.diversity, 0.5);
    EXPECT_EQ(model.diversity_threshold, 0.01);
    EXPECT_EQ(s.optim.optimizer.kind, OptimizerKind::kAdam);
    EXPECT_EQ(s.optim.head.learning_rate, 1e-3);
    EXPECT_EQ(s.optim.optimizer.adam.beta1, 0.8);
    EXPECT_EQ(s.optim.optimizer.adam.beta2, 0.999);
    EXPECT_EQ(s.optim.schedule.kind, ScheduleKind::kStep);
  }
  EXPECT_EQ(shipped("ma2018_coco").decode.exactly, 0);
  EXPECT_EQ(shipped("ma2018_nus").decode.exactly, 3);
  EXPECT_EQ(shipped("ma2018_nus").metrics.top_k, 3);
}

// The reference in tools/README.md matches the table of settings. TAGLOOM_UPDATE_README=1 writes it.
TEST(ToolsReadme, ReferenceIsUpToDate) {
  const fs::path path = kRoot / "tools/README.md";
  const std::string text = text_of(path), begin = "<!-- settings: made from the table -->\n", end = "<!-- end of settings -->";
  const size_t from = text.find(begin), to = text.find(end);
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(to, std::string::npos);
  const size_t start = from + begin.size();
  const std::string wanted = "\n" + settings_reference(setting_table()) + "\n";
  if (std::getenv("TAGLOOM_UPDATE_README") != nullptr) {
    std::ofstream(path) << text.substr(0, start) << wanted << text.substr(to);
    return;
  }
  EXPECT_EQ(text.substr(start, to - start), wanted)
      << "run TAGLOOM_UPDATE_README=1 tools_test --gtest_filter=ToolsReadme.* to write it";
}

}  // namespace
}  // namespace tagloom
