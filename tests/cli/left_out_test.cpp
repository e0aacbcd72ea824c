// How tagtrain, tageval and tagdata report pictures and tags that they leave out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/cli/train_tools.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::ProgramResult;
using test::read_whole_file;
using test::run_program;
using test::write_whole_file;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class LeftOut : public test::TrainTools {
 protected:
  // A manifest beside the drawn pictures: the rows of `split`, then `more`.
  static std::string manifest(const std::string& name, const std::string& split, const std::string& more) {
    const std::string file = path("scenes/" + name);
    write_whole_file(file, read_whole_file(path("scenes/" + split)) + more);
    return file;
  }
  static ProgramResult evaluate(const std::string& data, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"tageval", finished(), "--quiet", "--json", "--data", data};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
  static nlohmann::json result_of(const ProgramResult& result) {
    EXPECT_EQ(result.code, 0) << result.err;
    return nlohmann::json::parse(result.out, nullptr, false);
  }
  static ProgramResult plan(std::vector<std::string> more) {
    std::vector<std::string> words{"tagtrain", "-c", path("tiny.toml"), "--dry-run"};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
  static std::string picture(int index) {
    std::string number = std::to_string(index);
    return "images/" + std::string(6 - number.size(), '0') + number + ".jpg";
  }
  static void expect_one_error(const ProgramResult& result, const std::string& part) {
    EXPECT_EQ(result.code, 3) << result.err;
    EXPECT_THAT(result.err, HasSubstr(part));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
};

// One row of each kind. `name` is the row's JSON key, `text` the row, `part` what --strict prints.
struct Kind {
  const char* name;
  std::string text, part;
};
const Kind kKinds[] = {
    {"missing_pictures", "images/gone.jpg\tsky\n", "images/gone.jpg: No such file or directory"},
    {"unreadable_pictures", "words.txt\tsky\n", "words.txt: is not a picture in a supported format"},
    {"untagged_pictures", "images/000000.jpg\t\n", "1 of 7 pictures has no tags and is left out"},
    {"unknown_tags", "images/000000.jpg\tsky,zebra\n", "1 tag is not in the vocabulary and is left out: zebra (1 picture)"},
    {"repeated_tags", "images/000000.jpg\tsky,sky\n", "1 tag repeats another of its row"},
    {"repeated_pictures", "images/000008.jpg\tsky\n", "1 row repeats the picture of another"}};

TEST_F(LeftOut, TagevalCountsEveryReason) {
  const ProgramResult nothing = evaluate(path("scenes/test.tsv"));
  EXPECT_EQ(nothing.err, "");
  const nlohmann::json whole = result_of(nothing);
  for (const auto& [key, count] : whole["left_out"].items()) EXPECT_EQ(count, 0) << key;
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    const std::string file = manifest("one.tsv", "test.tsv", kind.text);
    const ProgramResult result = evaluate(file);
    const nlohmann::json json = result_of(result);
    const bool gone = std::string(kind.name).find("missing") == 0 || std::string(kind.name).find("un") == 0;
    const bool scored = std::string(kind.name) == "unknown_tags" || !gone;
    EXPECT_EQ(json["pictures"], scored ? 7 : 6);
    for (const auto& [key, count] : json["left_out"].items()) EXPECT_EQ(count, key == kind.name ? 1 : 0) << key;
    EXPECT_THAT(result.err, HasSubstr("tageval: warning: " + file + ": 1 "));
  }
}

TEST_F(LeftOut, StrictNamesAllReasonsAtOnce) {
  std::string rows;
  for (const Kind& kind : kKinds) rows += kind.name == std::string("unreadable_pictures") ? "" : kind.text;
  const ProgramResult result = evaluate(manifest("all.tsv", "test.tsv", rows), {"--strict"});
  for (const char* part : {"1 of 11 picture files cannot be opened", "1 of 11 pictures has no tags",
                           "1 tag is not in the vocabulary", "1 tag repeats", "3 rows repeat"}) {
    expect_one_error(result, part);
  }
}

TEST_F(LeftOut, StrictMakesEveryReasonAnError) {
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    expect_one_error(evaluate(manifest("one.tsv", "test.tsv", kind.text), {"--strict"}), kind.part);
  }
  EXPECT_EQ(evaluate(path("scenes/test.tsv"), {"--strict"}).code, 0);
}

TEST_F(LeftOut, StopIsAnErrorForTestPicturesToo) {
  expect_one_error(evaluate(manifest("one.tsv", "test.tsv", kKinds[0].text), {"--set", "data.on_error=stop"}), kKinds[0].part);
  expect_one_error(evaluate(manifest("one.tsv", "test.tsv", kKinds[1].text), {"--set", "data.on_error=stop"}), kKinds[1].part);
}

TEST_F(LeftOut, OneSettingScoresUntaggedPictures) {
  const std::string file = manifest("untagged.tsv", "test.tsv", picture(0) + "\t\n" + picture(1) + "\t\n");
  const nlohmann::json without = result_of(evaluate(file));
  const nlohmann::json with = result_of(evaluate(file, {"--set", "eval.untagged=score"}));
  EXPECT_EQ(without["pictures"], 6);
  EXPECT_EQ(without["untagged"], "leave_out");
  EXPECT_EQ(with["pictures"], 8);
  EXPECT_EQ(with["untagged"], "score");
  EXPECT_EQ(with["counts"]["pictures_without_tags"], 2);
  EXPECT_EQ(with["left_out"]["untagged_pictures"], 0);
  EXPECT_NE(with["definitions"]["untagged"], without["definitions"]["untagged"]);
  // Two of eight pictures have no true tag: their recall is 0/0 = 0, and they are in no mean over tagged pictures.
  EXPECT_NEAR(with["metrics"]["r_image"], without["metrics"]["r_image"].get<double>() * 6 / 8, 1e-12);
  EXPECT_NEAR(with["metrics"]["p_image"], without["metrics"]["p_image"].get<double>() * 6 / 8, 1e-12);
  for (const char* name : {"map_image", "top1", "ndcg_mean", "precision_mean", "r_micro"}) {
    EXPECT_EQ(with["metrics"][name], without["metrics"][name]) << name;
  }
  EXPECT_EQ(result_of(evaluate(file, {"--set", "data.drop_untagged=false"}))["pictures"], 6);  // of training pictures only
  const ProgramResult text = run_program({"tageval", finished(), "--quiet", "--data", file});
  EXPECT_THAT(text.out, HasSubstr("left out: 2 of 8 pictures have no tags and are left out"));
  EXPECT_THAT(text.out, HasSubstr("untagged: "));
}

TEST_F(LeftOut, TheScoredPicturesDoNotDependOnTheVocabulary) {
  const std::string rare = manifest("rare.tsv", "test.tsv", picture(0) + "\tcity\n" + picture(1) + "\tnowhere\n");
  ASSERT_EQ(train("frequent", {"--quiet", "--set", "data.minimum_count=8"}).code, 0);
  const nlohmann::json all = result_of(evaluate(rare));
  const ProgramResult result =
      run_program({"tageval", path("frequent"), "--quiet", "--json", "--data", rare, "--report", path("rare.html")});
  const nlohmann::json frequent = result_of(result);
  EXPECT_EQ(all["pictures"], 8);
  EXPECT_EQ(frequent["pictures"], 8);
  EXPECT_EQ(all["counts"]["pictures_without_tags"], 1);
  EXPECT_EQ(frequent["counts"]["pictures_without_tags"], 2);
  EXPECT_THAT(result.err, HasSubstr("2 of 8 pictures have only tags that are not in the vocabulary and are kept without tags"));
  EXPECT_NE(read_whole_file(path("rare.html")).find("have only tags that are not in the vocabulary"), std::string::npos);
}

TEST_F(LeftOut, TheScoredValidationPicturesDoNotDependOnTheVocabulary) {
  const std::string data = "data.train=" + manifest("more.tsv", "train.tsv", picture(5) + "\trare\n" + picture(8) + "\t\n");
  const auto validation_pictures = [&](const std::string& least) {
    const ProgramResult result = plan({"--set", data, "--set", "data.validation=", "--set", "data.validation_fraction=0.98",
                                       "--set", "data.minimum_count=" + least});
    EXPECT_EQ(result.code, 0) << result.err;
    const std::string before = " training and ";
    return result.err.substr(result.err.find(before) + before.size(), 22);
  };
  EXPECT_THAT(validation_pictures("1"), StartsWith("47 validation pictures"));
  EXPECT_THAT(validation_pictures("2"), StartsWith("47 validation pictures"));
}

TEST_F(LeftOut, AVocabularyWithoutTheCommonestTagIsAWarning) {
  std::string words = read_whole_file(path("scenes/words.txt"));
  const size_t sky = ("\n" + words).find("\nsky\n");
  ASSERT_NE(sky, std::string::npos);
  write_whole_file(path("words.txt"), words.erase(sky, 4));
  const ProgramResult result = plan({"--quiet", "--set", "data.vocabulary=" + path("words.txt")});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("tagtrain: warning: " + path("scenes/train.tsv") +
                                    ": 1 tag is not in the vocabulary and is left out: sky (33 pictures)\n"));
  EXPECT_THAT(result.err, HasSubstr("tagtrain: warning: " + path("scenes/val.tsv") + ": 1 tag is not in the vocabulary"));
  expect_one_error(plan({"--quiet", "--strict", "--set", "data.vocabulary=" + path("words.txt")}),
                   "train.tsv: 1 tag is not in the vocabulary and is left out: sky (33 pictures)");
}

TEST_F(LeftOut, MissingTrainingAndValidationPicturesAreWarnings) {
  std::string rows;
  for (int i = 0; i < 47; ++i) rows += "images/none" + std::to_string(i) + ".jpg\tsky\n";
  const std::string half = manifest("half.tsv", "train.tsv", rows);
  const std::string validation = manifest("validation.tsv", "val.tsv", "images/no.jpg\tsky\n" + picture(0) + "\tnowhere\n");
  const std::vector<std::string> data{"--quiet", "--set", "data.train=" + half, "--set", "data.validation=" + validation};
  const ProgramResult result = plan(data);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err,
              HasSubstr("tagtrain: warning: " + half + ": 47 of 94 picture files cannot be opened and are left out: "));
  EXPECT_THAT(result.err, HasSubstr(half + ":48: images/none0.jpg: No such file or directory"));
  EXPECT_THAT(result.err, HasSubstr("images/none2.jpg"));
  EXPECT_THAT(result.err, Not(HasSubstr("images/none3.jpg")));
  EXPECT_THAT(result.err, HasSubstr("and 44 more\n"));
  EXPECT_THAT(result.err,
              HasSubstr("tagtrain: warning: " + validation + ": 1 of 9 picture files cannot be opened and is left out"));
  EXPECT_THAT(result.err,
              HasSubstr("tagtrain: warning: " + validation + ": 1 of 9 pictures has only tags that are not in the vocabulary"));
  std::vector<std::string> strict = data;
  strict.push_back("--strict");
  expect_one_error(plan(strict),
                   half + ": 47 of 94 picture files cannot be opened and are left out: " + half + ":48: images/none0");
}

TEST_F(LeftOut, ThePlanTellsUntaggedPicturesFromRareTags) {
  const std::string more =
      manifest("more.tsv", "train.tsv", picture(5) + "\t\n" + picture(8) + "\trare\n" + picture(9) + "\trarer\n");
  const std::vector<std::string> data{"--set", "data.train=" + more, "--set", "data.minimum_count=2"};
  const ProgramResult result = plan(data);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("1 of 50 pictures has no tags and is left out"));
  EXPECT_THAT(result.err, HasSubstr("2 of 50 pictures have only tags that are not in the vocabulary and are left out"));
  EXPECT_THAT(result.err, HasSubstr("4 tags have fewer than data.minimum_count = 2 pictures and are left out: "
                                    "beach (1 picture), moon (1), rare (1), rarer (1)"));
  EXPECT_THAT(result.err, HasSubstr("warning: " + more + ": 1 of 50 pictures has no tags"));
  EXPECT_THAT(result.err, Not(HasSubstr("warning: " + more + ": 4 tags")));
}

TEST_F(LeftOut, ATrainingWithoutItsValidationTagsStillChoosesItsBestWeights) {
  // Every model has to have a loss for a validation batch without true tags.
  const std::string none = path("scenes/none.tsv");
  write_whole_file(none, picture(0) + "\tsky,sea\n" + picture(1) + "\tnowhere\n" + picture(2) + "\tnowhere\n");
  const struct {
    std::string kind, more;
  } models[] = {{"rank", ""},
                {"multi_order", "state = \"features\"\n"},
                {"classifier", ""},
                {"ordered_rnn", "end = false\n"},
                {"ordered_rnn", "order = \"random\"\nend = false\nfeedback = \"own\"\n"},
                {"order_free", "attention = 8\n[backbone]\nlayer = \"conv5_map\"\n"},
                {"jvsp", "image_embedding = 8\n[model.jvsp]\nimage = \"linear\"\n"}};
  for (const auto& model : models) {
    SCOPED_TRACE(model.kind + " " + model.more);
    const std::string run = path("kind_" + model.kind);
    fs::remove_all(run);
    std::string backbone = "[backbone]\n", more = model.more;
    if (const size_t at = more.find(backbone); at != std::string::npos) {
      backbone = more.substr(at);
      more.erase(at);
    }
    write_whole_file(path("kind.toml"), "[data]\ntrain = \"" + path("scenes/train.tsv") + "\"\nvalidation = \"" + none +
                                            "\"\nsize = 32\n" + backbone + "name = \"small\"\n[model]\nkind = \"" + model.kind +
                                            "\"\nhidden = 16\nembedding = 8\n" + more +
                                            "[train]\nepochs = 1\nbatch_size = 8\ndevice = \"cpu\"\n[eval]\nbatch_size = 1\n");
    const ProgramResult result = run_program({"tagtrain", "-c", path("kind.toml"), "-o", run, "--quiet"});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(read_whole_file(run + "/metrics.jsonl"), HasSubstr("\"validation\""));
  }
}

TEST_F(LeftOut, UnreadablePicturesOfATrainingAreCounted) {
  const std::string more = manifest("more.tsv", "train.tsv", "words.txt\tsky\ntest.tsv\tsky\n");
  const std::string validation = manifest("validation.tsv", "val.tsv", "words.txt\tsky\n");
  const ProgramResult result =
      train("unreadable", {"--quiet", "--set", "data.train=" + more, "--set", "data.validation=" + validation});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("tagtrain: warning: " + more + ": 2 of 49 pictures cannot be read and are left out: " + more +
                                    ":48: words.txt; " + more + ":49: test.tsv\n"));
  EXPECT_THAT(result.err, HasSubstr("tagtrain: warning: " + validation + ": 1 of 8 pictures cannot be read and is left out"));
}

TEST_F(LeftOut, TheReportOfATrainingListsThem) {
  const std::string more = manifest("more.tsv", "train.tsv", picture(5) + "\t\nimages/no.jpg\tsky\n");
  ASSERT_EQ(train("reported", {"--quiet", "--set", "data.train=" + more}).code, 0);
  const std::string page = read_whole_file(path("reported/report.html"));
  EXPECT_NE(page.find("1 of 49 pictures has no tags and is left out"), std::string::npos);
  EXPECT_NE(page.find("1 of 49 picture files cannot be opened and is left out"), std::string::npos);
}

TEST_F(LeftOut, InspectHasStrictToo) {
  const auto inspect = [](const std::string& file, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"tagdata", "inspect", file, "--quiet", "--words", path("scenes/words.txt")};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  };
  EXPECT_EQ(inspect(path("scenes/test.tsv"), {"--strict"}).code, 0);
  for (const Kind& kind : {kKinds[2], kKinds[3], kKinds[4], kKinds[5]}) {
    SCOPED_TRACE(kind.name);
    const std::string file = manifest("one.tsv", "test.tsv", kind.text);
    EXPECT_EQ(inspect(file).code, 0);
    expect_one_error(inspect(file, {"--strict"}), file + ": ");
  }
}

TEST_F(LeftOut, InspectRejectsAManifestWithoutRows) {
  for (const char* name : {"empty.tsv", "empty.csv", "empty.jsonl"}) {
    const std::string file = path(name);
    for (const char* text : {"", "\n\n"}) {
      write_whole_file(file, text);
      for (const char* flag : {"--no-pictures", "--json", "--quiet"}) {
        expect_one_error(run_program({"tagdata", "inspect", file, flag}), file + ": the manifest has no rows");
      }
    }
  }
  write_whole_file(path("empty.csv"), "path,tags\n");
  expect_one_error(run_program({"tagdata", "inspect", path("empty.csv")}), "the manifest has no rows");
}

}  // namespace
}  // namespace tagloom
