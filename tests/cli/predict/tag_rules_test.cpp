// Tests tag rules, captions and --explain of tagpredict, and that its output can be read back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/train_tools.h"
#include "tests/support/golden.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::ProgramResult;
using test::run_program;
using testing::HasSubstr;

class PredictedTags : public test::TrainTools {
 protected:
  // Tags `pictures`, all generated scenes by default.
  static ProgramResult predict(const std::vector<std::string>& more, const std::string& pictures = path("scenes/images")) {
    std::vector<std::string> words{"tagpredict", "--quiet", finished(), pictures};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
  static std::string file(const std::string& name, const std::string& text) {
    test::write_whole_file(path(name), text);
    return path(name);
  }
  static std::string vocabulary() { return test::read_whole_file(finished() + "/vocabulary.txt"); }
  static std::string first_tag() { return vocabulary().substr(0, vocabulary().find('\n')); }
};

// The printed tags become the ground truth, so the same selection rule must get them all right.
TEST_F(PredictedTags, OutputIsAManifestForTageval) {
  const std::pair<std::string, std::string> formats[] = {{"text", "tsv"}, {"csv", "csv"}, {"jsonl", "jsonl"}};
  for (const auto& [format, extension] : formats) {
    const std::string manifest = file("predicted." + extension, predict({"--format", format, "--top-k", "2"}).out);
    const ProgramResult result =
        run_program({"tageval", "--quiet", "--json", finished(), "--data", manifest, "--set", "decode.top_k=2"});
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(json::parse(result.out)["metrics"]["f1_micro"], 1) << format;
    const ProgramResult other =
        run_program({"tageval", "--quiet", "--json", finished(), "--data", manifest, "--set", "decode.top_k=3"});
    EXPECT_LT(json::parse(other.out)["metrics"]["f1_micro"], 1) << format;
  }
}

TEST_F(PredictedTags, AreRenamedAliasedAndStyled) {
  const std::string include = file("include.txt", first_tag() + "\n");
  const ProgramResult result = predict({"--include", include, "--top-k", "1", "--rename",
                                        file("rename.txt", "\"" + first_tag() + "\" = Big Things|\"a, b\"\n"), "--alias",
                                        file("alias.txt", first_tag() + " = Other (One)\n"), "--tag-style", "prompt"});
  ASSERT_EQ(result.code, 0) << result.err;
  std::istringstream lines(result.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_THAT(line, testing::EndsWith("\t\"Big Things|a, b\",Other \\(One\\)"));
  EXPECT_GT(count, 10);
}

TEST_F(PredictedTags, InvalidRulesAreReportedBeforeAnythingIsWritten) {
  ProgramResult result = predict({"--rename", file("bad.txt", "# names\nsky\n")});
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("bad.txt:2: has no =: write a rule as dog = Animals|Dog"));
  result = predict({"--exclude", path("no such file")});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("no such file"));
  result = predict({"--min-score", "0,5"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--min-score 0,5: this is neither a number"));
  result = predict({"--include", file("none.txt", "unicorn\n")});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("none.txt: leaves none of the"));
  result = predict({"--caption-prefix", "sks"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--caption-prefix needs --format caption"));
  result = predict({"--top-k", "1", "--exclude", file("some.txt", "unicorn\n")});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.err, HasSubstr("some.txt: 1 of 1 rules match no tag of this run: \"unicorn\" in line 1"));
}

TEST_F(PredictedTags, MinScoreRunUsesTheRunsThresholds) {
  const ProgramResult by_flag = predict({"--min-score", "run", "--scores"});
  ASSERT_EQ(by_flag.code, 0) << by_flag.err;
  EXPECT_EQ(by_flag.out,
            predict({"--set", "decode.thresholds=per_label", "--set", "decode.selection=threshold", "--scores"}).out);
  EXPECT_NE(by_flag.out, predict({"--threshold", "0.5", "--scores"}).out);
  // A minimum that no tag reaches does not change the others.
  const std::string never = file("never.txt", first_tag() + " = 2\n");
  EXPECT_EQ(predict({"--min-score", "run", "--min-score", never}).out,
            predict({"--min-score", "run", "--exclude", file("first.txt", first_tag() + "\n")}).out);
}

TEST_F(PredictedTags, MinScoreRunNeedsTheRunsThresholds) {
  const ProgramResult trained = train(
      "unvalidated", {"--quiet", "--set", "data.validation=", "--set", "data.validation_fraction=0", "--set", "train.epochs=1"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const ProgramResult result =
      run_program({"tagpredict", "--quiet", path("unvalidated"), path("scenes/images"), "--min-score", "run"});
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "tagpredict: --min-score run: " + path("unvalidated") +
                            " has no thresholds of its tags (decisions.tsv): give --min-score a number or a FILE, or train with "
                            "validation pictures and decode.method = \"scores\"\n");
  const ProgramResult absent = run_program({"tagpredict", path("no run"), path("scenes/images"), "--min-score", "run"});
  EXPECT_EQ(absent.code, 2);
  EXPECT_THAT(absent.err, testing::Not(HasSubstr("--min-score")));
}

TEST_F(PredictedTags, OneFailedCaptionDoesNotStopTheOthers) {
  const std::string photos = path("captions");
  fs::create_directories(photos + "/b.txt");
  for (const char* name : {"a.jpg", "b.jpg", "c.jpg"}) fs::copy(path("scenes/images/000000.jpg"), photos + "/" + name);
  test::write_whole_file(photos + "/a.txt", "mine\n");
  const std::vector<std::string> flags = {"--format", "caption", "--top-k", "2", "--caption-prefix", "sks"};
  const ProgramResult result = predict(flags, photos);
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("b.txt: is a folder, not a caption"));
  EXPECT_THAT(result.err, HasSubstr("the tags of 1 of 3 pictures could not be written"));
  const std::string line = predict({"--top-k", "2"}, photos + "/a.jpg").out;
  std::string tags = line.substr(line.find('\t') + 1);
  tags.insert(tags.find(',') + 1, " ");
  const std::string a = test::read_whole_file(photos + "/a.txt"), c = test::read_whole_file(photos + "/c.txt");
  EXPECT_EQ(a, "sks, mine, " + tags);
  EXPECT_EQ(c, "sks, " + tags);
  EXPECT_EQ(predict(flags, photos).code, 3);
  EXPECT_EQ(test::read_whole_file(photos + "/a.txt"), a);
  EXPECT_EQ(test::read_whole_file(photos + "/c.txt"), c);
}

TEST_F(PredictedTags, ExplainShowsTheStepsOfASequenceModel) {
  const ProgramResult text = predict({"--explain", "--top-k", "2"}, path("scenes/images/000000.jpg"));
  ASSERT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, testing::StartsWith(path("scenes/images/000000.jpg") + "\n     1  "));
  EXPECT_EQ(std::count(text.out.begin(), text.out.end(), '\n'), 1 + 3 + 1) << text.out;  // model.steps = 3

  const json line = json::parse(predict({"--explain", "--format", "jsonl"}, path("scenes/images/000000.jpg")).out);
  EXPECT_EQ(line["step_scores"], "sigmoid");
  ASSERT_EQ(line["steps"].size(), 3u);
  for (const json& step : line["steps"]) {
    EXPECT_EQ(step["competing"].size(), 5u);
    EXPECT_EQ(step["chosen"], step["competing"][0]);  // multi_order always chooses the most probable tag
  }
  // decode.method is "scores": a tag's best score over the steps.
  double best = 0;
  for (const json& step : line["steps"]) best = std::max(best, step["competing"][0]["probability"].get<double>());
  EXPECT_EQ(line["tags"][0]["score"], best);

  EXPECT_EQ(predict({"--explain", "--format", "csv"}).code, 2);
  ASSERT_EQ(train("classifier", {"--quiet", "--set", "model.kind=classifier", "--set", "train.epochs=1"}).code, 0);
  const ProgramResult none = run_program({"tagpredict", path("classifier"), path("scenes/images"), "--explain"});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("model.kind = \"classifier\" predicts all tags at once"));
}

TEST_F(PredictedTags, JsonLinesFollowTheSchema) {
  const std::string check =
      "import sys, json\n"
      "try:\n    import jsonschema\nexcept ImportError:\n    sys.exit(77)\n"
      "schema = json.load(open(sys.argv[1]))\n"
      "for line in sys.stdin: jsonschema.validate(json.loads(line), schema)\n";
  const auto validate = [&](const std::string& lines) {
    return run_program({"/usr/bin/python3", "-c", check, test::source_tree() + "/tools/predict/predict_line.schema.json"},
                       {.input = lines});
  };
  fs::create_directories(path("odd"));
  fs::copy(path("scenes/images/000000.jpg"), path("odd/caf\xE9.jpg"));
  const ProgramResult lines =
      predict({"--format", "jsonl", "--explain", "--alias", file("levels.txt", "* = A|B\n")}, path("odd"));
  ASSERT_EQ(lines.code, 0) << lines.err;
  EXPECT_THAT(lines.out, AllOf(HasSubstr("path_bytes"), HasSubstr("\"levels\"")));
  const ProgramResult valid = validate(lines.out);
  if (valid.code == 77) GTEST_SKIP() << "needs Python's jsonschema";
  EXPECT_EQ(valid.code, 0) << valid.err;
  EXPECT_EQ(validate("{\"path\": \"a\", \"tags\": [{\"tag\": \"\", \"score\": 1}]}\n").code, 1);
}

}  // namespace
}  // namespace tagloom
