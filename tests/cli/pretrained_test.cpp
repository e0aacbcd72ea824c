// Taggers without training: tagpredict with weights and names, tagdata classes, and tagdata tagger.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/cli/frozen_tools.h"
#include "tests/engine/io/torch_files.h"

namespace tagloom::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class PretrainedTools : public FrozenTools {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(path("frozen"));
    const auto cnn = make_backbone({.name = "small", .layer = BackboneLayer::kLogits, .classes = 4});
    cnn->reset({1, 0});
    save_weights(*cnn, weights(), {{"architecture", "small"}, {"image_size", "32"}, {"image_mean", "0.5,0.5,0.5"}});
    write("index.json", R"({"0": ["n1", "red_fox"], "1": ["n2", "crane"], "2": ["n3", "crane"], "3": ["n4", "tench"]})");
    write("config.json", R"({"id2label": {"0": "a", "1": "b", "2": "c", "3": "d"}})");
  }
  static std::string weights() { return path("frozen/cnn.safetensors"); }
  static std::string index() { return path("frozen/index.json"); }
  static ProgramResult tag(const std::vector<std::string>& more) { return run_with({"tagpredict", "-q"}, more); }
};

TEST_F(PretrainedTools, WeightsAndTheirRunGiveTheSameTags) {
  const ProgramResult made = run_program({"tagdata", "tagger", weights(), "--classes", index(), "-o", path("frozen/run")});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.err, HasSubstr("a JSON index of classes, 4 classes"));
  EXPECT_THAT(made.err, HasSubstr("they become \"crane (n2)\" and \"crane (n3)\""));
  EXPECT_THAT(made.err, HasSubstr("small, 32 x 32 pixels"));
  EXPECT_THAT(read_whole_file(path("frozen/run/config.toml")),
              testing::AllOf(HasSubstr("\nresize = \"short_side\"\n"), HasSubstr("\nshort_side = 36\n")));  // 32 * 256 / 224
  EXPECT_EQ(read_whole_file(path("frozen/run/vocabulary.txt")), "red fox\ncrane (n2)\ncrane (n3)\ntench\n");
  const ProgramResult direct = tag({weights(), "--classes", index(), path("scenes/images"), "--format", "csv"});
  ASSERT_EQ(direct.code, 0) << direct.err;
  EXPECT_THAT(direct.out, HasSubstr("crane (n2)"));
  std::filesystem::remove(weights());
  const ProgramResult by_run = tag({path("frozen/run"), path("scenes/images"), "--format", "csv"});
  EXPECT_EQ(by_run.out, direct.out);
  const ProgramResult again = run_program({"tagdata", "tagger", weights(), "--classes", index(), "-o", path("frozen/run")});
  EXPECT_NE(again.code, 0);
}

TEST_F(PretrainedTools, PrintsScoresAndTopKLimitsThem) {
  const ProgramResult all = tag({weights(), "--classes", index(), path("scenes/images/000001.jpg"), "--format", "csv"});
  double sum = 0;
  int64_t rows = 0;
  std::istringstream lines(all.out);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("path,")) continue;
    ++rows;
    sum += std::stod(line.substr(line.rfind(',') + 1));
  }
  EXPECT_EQ(rows, 4);  // top 5 of 4 classes
  EXPECT_NEAR(sum, 1, 1e-5);
  const ProgramResult two = tag({weights(), "--classes", index(), path("scenes/images/000001.jpg"), "--top-k", "2"});
  EXPECT_EQ(std::ranges::count(two.out, ','), 1);
}

TEST_F(PretrainedTools, ARunIsEvaluatedAndReviewed) {
  ASSERT_EQ(run_program({"tagdata", "tagger", weights(), "--classes", index(), "-o", path("frozen/run"), "-q"}).code, 0);
  write("data.tsv", path("scenes/images/000001.jpg") + "\ttench\n" + path("scenes/images/000002.jpg") + "\tred fox\n");
  const ProgramResult measured =
      run_program({"tageval", path("frozen/run"), "--data", path("frozen/data.tsv"), "--json", "--set", "data.cache=off"});
  EXPECT_EQ(measured.code, 0) << measured.err;
  EXPECT_THAT(measured.out, HasSubstr("top1"));
  const ProgramResult page = tag({weights(), "--classes", index(), path("scenes/images"), "--review", path("frozen/page.html")});
  EXPECT_EQ(page.code, 0) << page.err;
  EXPECT_THAT(read_whole_file(path("frozen/page.html")), HasSubstr("Tagged by cnn.safetensors"));
}

TEST_F(PretrainedTools, NamesComeFromTheConfigurationNextToTheWeights) {
  const ProgramResult tags = tag({weights(), path("scenes/images/000001.jpg"), "--top-k", "1"});
  EXPECT_EQ(tags.code, 0) << tags.err;
  EXPECT_THAT(tags.out, testing::MatchesRegex(".*\t[abcd]\n"));
  const ProgramResult names = run_program({"tagdata", "classes", weights()});
  EXPECT_EQ(names.out, "a\nb\nc\nd\n");
  EXPECT_THAT(names.err, HasSubstr("a configuration with id2label, 4 classes, from \"a\" to \"d\""));
  const ProgramResult written = run_program({"tagdata", "classes", index(), "-o", path("frozen/names.txt")});
  EXPECT_EQ(written.out, "");
  EXPECT_EQ(read_whole_file(path("frozen/names.txt")), "red fox\ncrane (n2)\ncrane (n3)\ntench\n");
  const ProgramResult again = run_program({"tagdata", "classes", weights(), "-o", path("frozen/names.txt")});
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("names.txt: already exists: add --force to replace it"));
  EXPECT_EQ(run_program({"tagdata", "classes", weights(), "-o", path("frozen/names.txt"), "--force"}).code, 0);
  EXPECT_EQ(read_whole_file(path("frozen/names.txt")), "a\nb\nc\nd\n");
}

TEST_F(PretrainedTools, SettingsAreShownWithTheirOrigins) {
  const ProgramResult shown = tag({weights(), "--show-config", "--set", "decode.top_k=2"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, testing::ContainsRegex("\nkind = \"pretrained\" +# .*/frozen/cnn.safetensors\n"));
  EXPECT_THAT(shown.out, testing::ContainsRegex("\ntop_k = 2 +# --set decode.top_k=2\n"));
}

TEST_F(PretrainedTools, PyTorchsFilesWorkAsSafetensorsDo) {
  const ProgramResult expected = tag({weights(), path("scenes/images/000001.jpg"), "--format", "csv"});
  const std::string pth = path("frozen/cnn.pth");
  const Safetensors file = Safetensors::open(weights());
  write_whole_file(pth, pth_checkpoint(file.entries()));
  const ProgramResult names = run_program({"tagdata", "classes", pth});
  EXPECT_EQ(names.code, 0) << names.err;
  EXPECT_EQ(names.out, "a\nb\nc\nd\n");
  // A .pth has no metadata with the size and mean of its pictures.
  const std::vector<std::string> settings = {"--set", "data.size=32",
                                             "--set", "data.short_side=36",
                                             "--set", "backbone.mean=[0.5, 0.5, 0.5]",
                                             "--set", "backbone.std=[0.229, 0.224, 0.225]"};
  const ProgramResult tags = run_with({"tagpredict", "-q", pth, path("scenes/images/000001.jpg"), "--format", "csv"}, settings);
  EXPECT_EQ(tags.code, 0) << tags.err;
  EXPECT_EQ(tags.out, expected.out);
  const ProgramResult made = run_with({"tagdata", "tagger", pth, "-o", path("frozen/run"), "-q"}, settings);
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(tag({path("frozen/run"), path("scenes/images/000001.jpg"), "--format", "csv"}).out, expected.out);
  const ProgramOptions elsewhere{.environment = {{"TAGLOOM_DATA", path("frozen")}}};
  EXPECT_EQ(
      run_with({"tagpredict", "-q", "cnn.pth", path("scenes/images/000001.jpg"), "--format", "csv"}, settings, elsewhere).out,
      expected.out);
}

TEST_F(PretrainedTools, NamesWhatIsMissing) {
  std::filesystem::remove(path("frozen/config.json"));
  const std::string picture = path("scenes/images/000001.jpg");
  const auto expect = [](const ProgramResult& result, int code, const std::string& message) {
    EXPECT_EQ(result.code, code);
    EXPECT_THAT(result.err, HasSubstr(message));
    EXPECT_EQ(result.out, "");
  };
  expect(tag({weights(), picture}), 2, "has no names for its classes: give --classes FILE");
  write("two.txt", "a\nb\n");
  expect(tag({weights(), "--classes", path("frozen/two.txt"), picture}), 3, "two.txt: has 2 classes, but the classifier of");
  expect(tag({path("frozen/none.safetensors"), "--classes", index(), picture}), 3, "none.safetensors");
  expect(tag({weights(), "--classes", index(), "--checkpoint", "x", picture}), 2, "--checkpoint is for runs");
  expect(tag({finished(), "--classes", index(), picture}), 2, "--classes is for weights files");
  expect(run_program({"tageval", weights(), "--data", path("scenes/test.tsv")}), 2, "make a run of weights with tagdata tagger");
  expect(run_program({"tagdata", "classes", weights()}), 3, "has no names of classes");
  expect(run_program({"tagdata", "tagger", weights(), "--classes", index()}), 2, "give -o FOLDER");
  expect(tag({finished() + "/best.safetensors", "--classes", index(), picture}), 3, "fits no backbone; tagdata weights");
  const auto without = make_backbone({.name = "small"});
  without->reset({1, 0});
  save_weights(*without, weights(), {{"architecture", "small"}});
  expect(tag({weights(), "--classes", index(), picture}), 3, "has no classifier, only the layers below it");
}

}  // namespace
}  // namespace tagloom::test
