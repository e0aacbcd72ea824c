// Tests tageval --suspects with planted label errors, and with pictures that the run was trained on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/cli/train_tools.h"

namespace tagloom::test {
namespace {

using testing::HasSubstr;

class Suspects : public TrainTools {
 protected:
  static ProgramResult suspects(const std::string& run, const std::string& data, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"tageval", run, "--data", data, "--quiet", "--suspects"};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
};

// Trains on 240 pictures; a sixth of the others have the tag "night" wrongly added or removed.
TEST_F(Suspects, RankPlantedErrorsFirst) {
  const ProgramResult drawn = run_program({"tagdata", "scenes", "--images", "400", "--size", "32", "--seed", "5", path("many")});
  ASSERT_EQ(drawn.code, 0) << drawn.err;
  std::string train_rows, test_rows;
  std::set<std::pair<std::string, std::string>> planted;  // path and kind
  std::istringstream rows(read_whole_file(path("many/train.tsv")));
  int row = 0;
  for (std::string line; std::getline(rows, line); ++row) {
    if (row < 240) {
      train_rows += line + "\n";
      continue;
    }
    const size_t tab = line.find('\t');
    std::string file = line.substr(0, tab), tags = "," + line.substr(tab + 1) + ",";
    if (row % 6 == 0) {
      const size_t night = tags.find(",night,");
      planted.emplace(file, night == std::string::npos ? "wrong" : "missing");
      if (night == std::string::npos) {
        tags += "night,";
      } else {
        tags.erase(night, 6);
      }
    }
    test_rows += file + "\t" + tags.substr(1, tags.size() - 2) + "\n";
  }
  write_whole_file(path("many/clean.tsv"), train_rows);
  write_whole_file(path("many/flipped.tsv"), test_rows);
  const ProgramResult trained = train("clean", {"--quiet", "--set", "model.kind=classifier", "--set", "train.epochs=10", "--set",
                                                "data.train=" + path("many/clean.tsv"), "--set", "data.validation=", "--set",
                                                "data.validation_fraction=0", "--set", "optim.learning_rate=3e-3"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const ProgramResult found = suspects(path("clean"), path("many/flipped.tsv"), {"500", "--json"});
  ASSERT_EQ(found.code, 0) << found.err;
  const nlohmann::json list = nlohmann::json::parse(found.out)["suspects"];
  EXPECT_EQ(list["trained_on"], 0);
  EXPECT_EQ(list["held_out"], row - 240);
  std::vector<bool> hits;  // among the suspects of the tag "night", by rank
  for (const auto& one : list["list"]) {
    if (one["tag"] == "night") hits.push_back(planted.contains({one["picture"], one["kind"]}));
  }
  ASSERT_GE(hits.size(), planted.size());
  const auto right = std::count(hits.begin(), hits.begin() + static_cast<int64_t>(planted.size()), true);
  EXPECT_GE(right, static_cast<int64_t>(planted.size()) * 3 / 4) << planted.size() << " planted";
  for (size_t k = 1; k < list["list"].size(); ++k) EXPECT_GE(list["list"][k - 1]["margin"], list["list"][k]["margin"]);

  const ProgramResult text = suspects(path("clean"), path("many/flipped.tsv"), {"3"});
  EXPECT_THAT(text.out, HasSubstr(" probable label errors, 3 shown; "));
  EXPECT_THAT(text.out, testing::ContainsRegex("probably (wrong|missing) +[a-z]+ +[^ ]+\\.jpe?g\n"));
}

TEST_F(Suspects, ExcludeTrainingPictures) {
  const std::string all = path("scenes/train.tsv");
  const ProgramResult refused = suspects(finished(), all, {"5"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("the run was trained on all 47 pictures of " + all));

  const ProgramResult held_out = suspects(finished(), path("scenes/test.tsv"), {"5", "--json"});
  ASSERT_EQ(held_out.code, 0) << held_out.err;
  EXPECT_EQ(nlohmann::json::parse(held_out.out)["suspects"]["trained_on"], 0);

  const ProgramResult trained = train(
      "split", {"--quiet", "--set", "data.validation=", "--set", "data.validation_fraction=0.25", "--set", "train.epochs=1"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const ProgramResult split = suspects(path("split"), all, {"1000", "--json"});
  ASSERT_EQ(split.code, 0) << split.err;
  const nlohmann::json part = nlohmann::json::parse(split.out)["suspects"];
  EXPECT_EQ(part["held_out"], 12);
  EXPECT_EQ(part["trained_on"], 35);
  std::set<std::string> judged;
  for (const auto& one : part["list"]) judged.insert(one["picture"]);
  EXPECT_LE(judged.size(), 12u);

  // After another picture is added to the manifest, its split is no longer the one of the training.
  const std::string rows = read_whole_file(all);
  write_whole_file(all, rows + read_whole_file(path("scenes/test.tsv")));
  const ProgramResult grown = suspects(path("split"), all, {"1000", "--json"});
  write_whole_file(all, rows);
  EXPECT_EQ(grown.code, 2);
  EXPECT_THAT(grown.err, HasSubstr("trained on all 53 pictures"));
}

TEST_F(Suspects, ExcludeCopiesOfTrainingPictures) {
  namespace fs = std::filesystem;
  fs::copy(path("scenes"), path("copy"), fs::copy_options::recursive);
  const std::string all = path("copy/train.tsv");
  const ProgramResult refused = suspects(finished(), all, {"5"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("the run was trained on all 47 pictures of " + all));
  fs::create_directory_symlink(path("scenes"), path("linked"));
  EXPECT_EQ(suspects(finished(), path("linked/train.tsv"), {"5"}).code, 2);

  // Another name does not matter, but other contents do.
  std::string rows = read_whole_file(all);
  const std::string first = rows.substr(0, rows.find('\t'));
  fs::rename(path("copy/" + first), path("copy/renamed.jpg"));
  rows.replace(0, first.size(), "renamed.jpg");
  const std::string second = rows.substr(rows.find('\n') + 1, rows.find('\t', rows.find('\n')) - rows.find('\n') - 1);
  std::string picture = read_whole_file(path("copy/" + second));
  ASSERT_EQ(picture.substr(6, 4), "JFIF");
  picture[15] ^= 2;  // the density of the printed picture: the size of the file stays
  write_whole_file(path("copy/" + second), picture);
  write_whole_file(all, rows);
  const ProgramResult part = suspects(finished(), all, {"5", "--json"});
  ASSERT_EQ(part.code, 0) << part.err;
  EXPECT_EQ(nlohmann::json::parse(part.out)["suspects"]["trained_on"], 46);
  EXPECT_EQ(nlohmann::json::parse(part.out)["suspects"]["held_out"], 1);
  EXPECT_EQ(part.err, "");
}

TEST_F(Suspects, WarnWithoutTheTrainingPictures) {
  namespace fs = std::filesystem;
  fs::create_directory(path("alone"));
  fs::copy(path("scenes/train.tsv"), path("alone/train.tsv"));  // without its pictures
  const ProgramResult result =
      suspects(finished(), path("scenes/test.tsv"), {"5", "--set", "data.train=" + path("alone/train.tsv")});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.err, HasSubstr("cannot determine which pictures"));
  EXPECT_THAT(result.err, HasSubstr("47 of its 47 training pictures cannot be read, the first is " + path("alone/images/")));
}

TEST_F(Suspects, WarnWithoutTheTrainingManifest) {
  std::filesystem::copy(finished(), path("moved"), std::filesystem::copy_options::recursive);
  const ProgramResult result = suspects(path("moved"), path("scenes/test.tsv"), {"5", "--set", "data.train=" + path("gone.tsv")});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.err, HasSubstr("cannot determine which pictures"));
  EXPECT_THAT(result.err, HasSubstr("gone.tsv"));
  EXPECT_THAT(result.out, HasSubstr("probable label errors"));
}

TEST_F(Suspects, OpenInAReviewPage) {
  const ProgramResult result = suspects(finished(), path("scenes/test.tsv"), {"4", "--json", "--review", path("review.html")});
  ASSERT_EQ(result.code, 0) << result.err;
  const std::string page = read_whole_file(path("review.html"));
  EXPECT_THAT(page, HasSubstr("Tags of the dataset"));
  const nlohmann::json list = nlohmann::json::parse(result.out)["suspects"]["list"];
  ASSERT_EQ(list.size(), 4u);
  for (const auto& one : list) {
    EXPECT_THAT(page,
                HasSubstr("“" + one["tag"].get<std::string>() + "” is probably " + one["kind"].get<std::string>() + " (score "));
    EXPECT_THAT(page, HasSubstr(one["picture"].get<std::string>()));
  }
  const ProgramResult alone =
      run_program({"tageval", finished(), "--data", path("scenes/test.tsv"), "--review", path("no.html")});
  EXPECT_EQ(alone.code, 2);
  EXPECT_THAT(alone.err, HasSubstr("--review shows the pictures of --suspects"));
}

TEST_F(Suspects, NeedAPositiveNumber) {
  const ProgramResult result = suspects(finished(), path("scenes/test.tsv"), {"0"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--suspects is 0"));
}

}  // namespace
}  // namespace tagloom::test
