// tagtrain at absurd learning rates: it exits with 5, and the command that it prints trains as well as the lower rate from the start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/train_tools.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::expect_same_checkpoint;
using test::ProgramResult;
using test::run_program;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

using Words = std::vector<std::string>;

class DivergedRuns : public test::TrainTools {
 protected:
  static Words sets(const Words& assignments) {
    Words words;
    for (const std::string& one : assignments) words.insert(words.end(), {"--set", one});
    return words;
  }
  static Words joined(Words a, const Words& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  }
  // The words of "tagtrain --resume RUN --set …" in a message.
  static Words command_in(const std::string& message) {
    const size_t begin = message.find("tagtrain --resume");
    EXPECT_NE(begin, std::string::npos) << message;
    if (begin == std::string::npos) return {};
    std::istringstream line(message.substr(begin, message.find('\n', begin) - begin));
    Words words;
    for (std::string word; line >> word;) words.push_back(word);
    return words;
  }
  // The last training loss in the log.
  static double final_loss(const std::string& run) {
    std::istringstream lines(test::read_whole_file(path(run) + "/metrics.jsonl"));
    double loss = NAN;
    for (std::string line; std::getline(lines, line);) {
      const nlohmann::json record = nlohmann::json::parse(line);
      if (record["split"] == "train") loss = record["loss"].get<double>();
    }
    return loss;
  }
  static void expect_finite(const std::string& file) {
    const Safetensors weights = Safetensors::open(file);
    for (const SafetensorsEntry& entry : weights.entries()) {
      for (const float value : weights.to_floats(entry)) ASSERT_TRUE(std::abs(value) < 1e6F) << file << " " << entry.name;
    }
  }
};

struct Kind {
  const char* name;
  Words settings;
};
const std::vector<Kind> kKinds{
    {"sgd", {"optim.name=sgd"}},
    {"sgd_no_norm", {"optim.name=sgd", "backbone.freeze=true", "optim.schedule=plateau"}},
    {"adam_ema", {"optim.name=adam", "model.feature_norm=batch_norm", "optim.average=ema"}},
    {"rmsprop_no_norm", {"optim.name=rmsprop", "optim.momentum=0", "backbone.freeze=true"}},
    {"rmsprop_swa", {"optim.name=rmsprop", "optim.momentum=0", "optim.average=swa", "optim.average_after=0.3"}},
    {"classifier_cosine", {"model.kind=classifier", "optim.schedule=cosine", "optim.warmup_iterations=3"}},
};
const Words kAbsurd{"optim.learning_rate=1e12", "optim.backbone.learning_rate=1e12"};

// It diverges from the start, so nothing but the start is worth resuming.
TEST_F(DivergedRuns, FromTheStartTheAdviceTrains) {
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    const std::string run = std::string("start_") + kind.name;
    const Words own = joined(sets(kind.settings), sets({"train.epochs=2"}));
    ProgramResult result = train(run, joined(own, sets(kAbsurd)));
    ASSERT_EQ(result.code, 5) << result.err;
    EXPECT_THAT(result.err, HasSubstr("the training diverged: "));
    EXPECT_THAT(result.err, HasSubstr("Start again with a lower learning rate"));
    EXPECT_FALSE(fs::exists(path(run) + "/last.safetensors"));
    EXPECT_FALSE(fs::exists(path(run) + "/best.safetensors"));
    EXPECT_FALSE(fs::exists(path(run) + "/previous.safetensors"));
    const Words command = command_in(result.err);
    ASSERT_GT(command.size(), 3U);
    result = run_program(command);
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.err, Not(HasSubstr("warning")));
    expect_finite(path(run + "/last.safetensors"));
  }
}

// Two epochs at the rate that the advice will name, then an absurd one.
TEST_F(DivergedRuns, ResumedFromTheLastSaneStateTheAdviceTrains) {
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    const std::string run = std::string("late_") + kind.name;
    const Words own = sets(kind.settings), longer = sets({"train.epochs=4"});
    const bool sgd = kind.settings[0] == "optim.name=sgd";
    ASSERT_EQ(
        train(run, joined(own, sets({"train.epochs=2", sgd ? "optim.learning_rate=0.1" : "optim.learning_rate=1e-3"}))).code, 0);
    fs::copy(path(run), path(run + "_sane"));
    ProgramResult result = run_program(joined({"tagtrain", "--resume", path(run)}, joined(longer, sets(kAbsurd))));
    ASSERT_EQ(result.code, 5) << result.err;
    EXPECT_THAT(result.err, HasSubstr("contains the last sane state, of iteration 1"));
    EXPECT_FALSE(fs::exists(path(run) + "/previous.safetensors"));
    expect_finite(path(run) + "/last.safetensors");
    expect_finite(path(run) + "/best.safetensors");
    expect_same_checkpoint(path(run) + "/last.safetensors", path(run + "_sane") + "/last.safetensors");

    const Words command = command_in(result.err);
    ASSERT_GT(command.size(), 3U);
    EXPECT_EQ(command[2], path(run));
    result = run_program(joined(command, longer));
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.err, Not(HasSubstr("warning")));
    expect_finite(path(run) + "/last.safetensors");
    const Words advice(command.begin() + 3, command.end());
    ASSERT_EQ(train(run + "_low", joined(own, joined(longer, advice))).code, 0);
    EXPECT_LT(final_loss(run), 1.2 * final_loss(run + "_low"));
  }
}

TEST_F(DivergedRuns, AFinishedTrainingThatIsWorseThanNoneWarns) {
  const ProgramResult result = train("useless", joined({"-q"}, sets({"optim.name=rmsprop", "optim.learning_rate=30"})));
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, ContainsRegex("warning: the loss of epoch [12] is .*: the learning rate may be too high\n"));
  EXPECT_THAT(result.err,
              HasSubstr("tagtrain -c " + path("useless/config.toml") + " -o FOLDER --set optim.learning_rate=0.001\n"));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 2) << result.err;
  const ProgramResult lower = run_program(
      {"tagtrain", "-c", path("useless/config.toml"), "-o", path("lower"), "-q", "--set", "optim.learning_rate=0.001"});
  EXPECT_EQ(lower.code, 0);
  EXPECT_EQ(lower.err, "");
  // At a rate that hardly trains, the mean over an epoch may exceed that of the first pictures.
  for (const char* seed : {"1", "2", "3"}) {
    const ProgramResult slow = train(std::string("slow") + seed, {"-q", "--seed", seed, "--set", "optim.learning_rate=1e-9"});
    EXPECT_EQ(slow.err, "");
  }
  EXPECT_THAT(train("useful", {"-q"}).err, Not(HasSubstr("warning")));
}

TEST_F(DivergedRuns, SavingDoesNotChangeTheBits) {
  ASSERT_EQ(train("often", sets({"train.checkpoint_every=1"})).code, 0);
  ASSERT_EQ(train("seldom", sets({"train.checkpoint_every=0"})).code, 0);
  expect_same_checkpoint(path("often") + "/last.safetensors", path("seldom") + "/last.safetensors");
}

}  // namespace
}  // namespace tagloom
