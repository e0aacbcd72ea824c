// The thresholds and calibration of a training, as tageval uses them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "kernels/base/error.h"
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

TEST_F(Decisions, BelongToTheirWeights) {
  const std::string run = path("tied");
  const auto code_with = [&](const std::vector<std::string>& more, const std::string& part) {
    std::vector<std::string> words{"tageval", run, "--data", path("scenes/test.tsv"), "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramResult result = run_program(words);
    EXPECT_THAT(result.err, HasSubstr(part));
    return result.code;
  };
  const std::vector<std::string> platt{"--set", "decode.calibration=platt"};
  std::filesystem::copy(finished(), run);
  EXPECT_EQ(code_with(platt, ""), 0);
  std::vector<std::string> other = platt;
  other.insert(other.end(), {"--checkpoint", run + "/last.safetensors"});
  EXPECT_EQ(code_with(other, "decisions.tsv: it was fitted to other weights"), 3);
  EXPECT_EQ(code_with({"--checkpoint", run + "/last.safetensors"}, ""), 0);  // does not use them

  const std::string text = read_whole_file(run + "/decisions.tsv");
  std::ofstream(run + "/decisions.tsv") << text.substr(0, text.rfind("# weights"));  // as older versions wrote it
  EXPECT_EQ(code_with(platt, "warning: " + run + "/decisions.tsv: it does not name the weights"), 0);
  std::string damaged = text;
  damaged[text.find('\n') + 12] ^= 1;
  std::ofstream(run + "/decisions.tsv") << damaged;
  EXPECT_EQ(code_with(platt, "tageval: " + run + "/decisions.tsv:"), 3);
}

TEST_F(Decisions, WeightsThatAreNotFiniteAreRefused) {
  const std::string run = path("not_finite"), best = run + "/best.safetensors";
  for (const float value : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    std::filesystem::remove_all(run);
    std::filesystem::copy(finished(), run);
    const Safetensors file = Safetensors::open(finished() + "/best.safetensors");
    SafetensorsMetadata metadata = file.metadata();
    metadata.erase(kSafetensorsChecksum);
    std::vector<SafetensorsEntry> entries = file.entries();
    std::string bytes(reinterpret_cast<const char*>(entries[1].bytes.data()), entries[1].bytes.size());
    std::memcpy(bytes.data() + bytes.size() - 4, &value, 4);
    entries[1].bytes = std::as_bytes(std::span(bytes));
    write_safetensors(best, entries, metadata, {.checksum = false});
    const std::string sentence =
        format("{}: 1 of the {} values of {} are NaN or infinite", best, bytes.size() / 4, entries[1].name);
    for (const auto& words : {std::vector<std::string>{"tagpredict", run, path("scenes/images/000000.jpg")},
                              {"tageval", run, "--data", path("scenes/test.tsv")}}) {
      const ProgramResult result = run_program(words);
      EXPECT_EQ(result.code, 3) << result.out;
      EXPECT_THAT(result.err, HasSubstr(sentence));
      EXPECT_EQ(result.out, "");
    }
  }
}

}  // namespace
}  // namespace tagloom::test
