// The thresholds and calibration of a training, as tageval uses them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/train_tools.h"

namespace tagloom::test {
namespace {

using testing::HasSubstr;

class Decisions : public TrainTools {
 protected:
  static nlohmann::json evaluated(const std::vector<std::string>& settings, const std::string& data = "scenes/val.tsv") {
    std::vector<std::string> words{"tageval", finished(), "--data", path(data), "--json", "--set", "decode.selection=threshold"};
    for (const std::string& setting : settings) words.insert(words.end(), {"--set", setting});
    const ProgramResult result = run_program(words);
    EXPECT_EQ(result.code, 0) << result.err;
    return nlohmann::json::parse(result.out);
  }
};

TEST_F(Decisions, PerTagThresholdsImproveF1OnTheirPictures) {
  const nlohmann::json global = evaluated({}), own = evaluated({"decode.thresholds=per_label"});
  EXPECT_EQ(global["selection"]["threshold"], 0.5);
  EXPECT_EQ(own["selection"]["threshold"], "per_label");
  EXPECT_GT(own["metrics"]["f1_label_mean"], global["metrics"]["f1_label_mean"]);
  // A sigmoid keeps the order of a tag's scores, so the given tags stay the same ...
  const nlohmann::json both = evaluated({"decode.thresholds=per_label", "decode.calibration=platt"});
  EXPECT_NEAR(both["metrics"]["f1_label_mean"], own["metrics"]["f1_label_mean"], 1e-9);
  EXPECT_NE(both["metrics"]["map_image"], own["metrics"]["map_image"]);  // ... but not the order of a picture's tags
}

TEST_F(Decisions, MissingDecisionsAreReported) {
  const std::string run = finished();
  std::filesystem::create_directory(path("bare"));
  for (const std::string file : {"config.toml", "vocabulary.txt", "best.safetensors"}) {
    std::filesystem::copy(run + "/" + file, path("bare/" + file));
  }
  const ProgramResult missing =
      run_program({"tageval", path("bare"), "--data", path("scenes/test.tsv"), "--set", "decode.calibration=platt"});
  EXPECT_EQ(missing.code, 3);
  EXPECT_THAT(missing.err, HasSubstr("decisions.tsv: the file is missing"));
  const ProgramResult refused = train(
      "never", {"--set", "decode.thresholds=per_label", "--set", "data.validation=", "--set", "data.validation_fraction=0"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("data.validation_fraction above 0"));
}

}  // namespace
}  // namespace tagloom::test
