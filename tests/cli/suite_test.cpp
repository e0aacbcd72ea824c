// tagtrain --suite on drawn pictures with two systems and two seeds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/frozen_tools.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::ProgramOptions;
using test::ProgramResult;
using ::testing::HasSubstr;
using ::testing::Not;

std::string text_of(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Suites : public test::FrozenTools {
 protected:
  void SetUp() override {
    const std::string data = frozen_settings("test = \"" + path("scenes/test.tsv") + "\"\nvalidation_fraction = 0\n") +
                             "[train]\nepochs = 3\nbatch_size = 8\ndevice = \"cpu\"\ncheckpoint_every = 2\n";
    write("classifier.toml", data + "[model]\nkind = \"classifier\"\n");
    write("rank.toml", data + "[model]\nkind = \"rank\"\nhidden = 16\nimage_embedding = 8\nsteps = 3\n");
    write("broken.toml", data + "[model]\nkindd = \"rank\"\n");
    write_suite("");
  }

  static void write_suite(const std::string& more, const std::string& of_rank = "") {
    write("suite.toml",
          "name = \"tiny\"\ntitle = \"Scenes\"\nseeds = 2\nset = { optim.learning_rate = 1e-2 }\n"
          "[[table]]\nname = \"two\"\ntitle = \"exactly two\"\nset = { decode.top_k = 2 }\n"
          "columns = [\"map_label\", \"f1_label\", \"n_plus\"]\n"
          "[[table]]\nname = \"order\"\ncolumns = [\"ndcg_mean\", \"step_overlap\"]\n"
          "[[row]]\nname = \"classifier\"\nconfig = \"classifier.toml\"\ntables = [\"two\"]\n"
          "[[row.published]]\nsource = \"Somebody 1999\"\ndiffers = \"another CNN\"\ntwo = { f1_label = 0.25, n_plus = 7 }\n"
          "[[row]]\nname = \"rank\"\ntitle = \"rank model\"\nconfig = \"rank.toml\"\nset = { " +
              of_rank +
              " }\n"
              "[[row]]\nname = \"rank_gain\"\nrun_of = \"rank\"\nset = { decode.method = \"expected_gain\" }\n" +
              more);
  }
  static ProgramResult suite(std::vector<std::string> more = {}, const ProgramOptions& options = {}) {
    return run_with({"tagtrain", "--suite", path("frozen/suite.toml"), "-o", path("frozen/out")}, more, options);
  }
  static nlohmann::json evaluation(const std::string& run, std::vector<std::string> more) {
    const ProgramResult result = run_with({"tageval", path("frozen/out/" + run), "--json", "--quiet"}, more);
    EXPECT_EQ(result.code, 0) << result.err;
    return nlohmann::json::parse(result.out)["metrics"];
  }
  static std::string three(double value) {
    char text[16];
    std::snprintf(text, sizeof text, "%.3f", value);
    return text + 1;
  }
};

TEST_F(Suites, TablesMatchTageval) {
  write("page.md", "# Page\n<!-- suite: tiny -->\nold\n<!-- end of suite -->\nthe rest\n");
  const ProgramResult result = suite({"--tables", path("frozen/page.md")});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(text_of(path("frozen/out/tables.md")), result.out);
  const std::string page = text_of(path("frozen/page.md"));
  EXPECT_EQ(page, "# Page\n<!-- suite: tiny -->\n\n" + result.out + "\n<!-- end of suite -->\nthe rest\n");

  const auto mean_and_spread = [](double a, double b) {
    return three((a + b) / 2) + " ± " + three(std::abs(a - b) / std::sqrt(2.0));
  };
  const auto first = evaluation("classifier/seed1", {"--top-k", "2"}), second = evaluation("classifier/seed2", {"--top-k", "2"});
  EXPECT_NE(first["map_label"], second["map_label"]) << "the seeds are the same";
  EXPECT_THAT(result.out, HasSubstr(mean_and_spread(first["map_label"], second["map_label"])));
  const std::vector<std::string> gain{"--set", "decode.method=expected_gain"};
  for (const auto& [more, title] : {std::pair{std::vector<std::string>{}, "rank model"}, std::pair{gain, "rank_gain"}}) {
    const auto a = evaluation("rank/seed1", more), b = evaluation("rank/seed2", more);
    const std::string row = std::string("| ") + title + " | 2 |";
    const size_t at = result.out.rfind(row);  // in the last table
    ASSERT_NE(at, std::string::npos) << result.out;
    EXPECT_THAT(result.out.substr(at, result.out.find('\n', at) - at),
                HasSubstr(mean_and_spread(a["ndcg_mean"], b["ndcg_mean"])));
  }
  EXPECT_THAT(result.out, HasSubstr("| *published: Somebody 1999; another CNN* | | | *.25* | *7* |"));
  EXPECT_THAT(result.out, HasSubstr("* F1_L: harmonic mean of p_label and r_label\n"));
  EXPECT_THAT(result.out, HasSubstr("| NDCG | step_overlap |"));  // a metric without a heading keeps its key
  EXPECT_THAT(result.out, HasSubstr("* given tags: exactly the first 2 tags"));
  const auto times = [&](const std::string& words) {
    int count = 0;
    for (size_t at = result.out.find(words); at != std::string::npos; at = result.out.find(words, at + 1)) ++count;
    return count;
  };
  EXPECT_EQ(times("* given tags: "), 2) << "each table has its own";
  EXPECT_EQ(times("* precision and recall: "), 1) << "the same in both tables";

  const ProgramResult json = suite({"--json", "--quiet"});
  ASSERT_EQ(json.code, 0) << json.err;
  EXPECT_EQ(json.err, "");
  const auto row = nlohmann::json::parse(json.out)["rows"][0];
  EXPECT_EQ(row["name"], "classifier");
  EXPECT_EQ(row["tables"]["two"]["map_label"]["seeds"], nlohmann::json({first["map_label"], second["map_label"]}));
  EXPECT_DOUBLE_EQ(row["tables"]["two"]["map_label"]["mean"],
                   (first["map_label"].get<double>() + second["map_label"].get<double>()) / 2);
}

TEST_F(Suites, KeepFinishedRunsAndRepeatChangedOnes) {
  const ProgramResult first = suite({"--jobs", "2"});
  ASSERT_EQ(first.code, 0) << first.err;
  const auto time = [](const std::string& run) { return fs::last_write_time(path("frozen/out/" + run + "/last.safetensors")); };
  const auto classifier = time("classifier/seed1"), rank = time("rank/seed2");
  const ProgramResult again = suite();
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.out, first.out);
  EXPECT_EQ(time("classifier/seed1"), classifier);
  EXPECT_EQ(time("rank/seed2"), rank);

  write_suite("", "model.hidden = 12");
  const ProgramResult plan = suite({"--dry-run"});
  ASSERT_EQ(plan.code, 0) << plan.err;
  EXPECT_EQ(plan.out, "");
  EXPECT_THAT(plan.err, HasSubstr("seed 1 2 finished"));
  EXPECT_THAT(plan.err, HasSubstr("seed 1 2 to train again: its settings have changed"));
  EXPECT_EQ(time("rank/seed2"), rank);
  const ProgramResult changed = suite();
  ASSERT_EQ(changed.code, 0) << changed.err;
  EXPECT_EQ(time("classifier/seed1"), classifier);
  EXPECT_NE(time("rank/seed2"), rank);
  EXPECT_NE(changed.out, first.out);
}

TEST_F(Suites, ResumeWithTheSameBitsWhenStoppedOrKilled) {
  const ProgramResult whole = suite();
  ASSERT_EQ(whole.code, 0) << whole.err;
  fs::rename(path("frozen/out"), path("frozen/whole"));
  const ProgramResult stopped = suite({}, {.signal_after = "run=1 ", .signal = SIGINT});  // while the second run trains
  ASSERT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_EQ(stopped.out, "");
  EXPECT_THAT(stopped.err, HasSubstr("interrupted and saved; resume with: tagtrain --suite " + path("frozen/suite.toml")));
  EXPECT_TRUE(fs::exists(path("frozen/out/classifier/seed1.json")));
  EXPECT_FALSE(fs::exists(path("frozen/out/rank/seed2")));

  ASSERT_EQ(suite({}, {.signal_after = "run=1 ", .signal = SIGKILL}).code, 137);
  ProgramResult resumed;
  for (int tries = 0; tries < 100; ++tries) {  // the orphaned training locks its folder until it has saved
    resumed = suite();
    if (resumed.code == 0) break;
    EXPECT_THAT(resumed.err, HasSubstr("another training"));
  }
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(resumed.out, text_of(path("frozen/whole/tables.md")));
  for (const char* run : {"classifier/seed1", "classifier/seed2", "rank/seed1", "rank/seed2"}) {
    test::expect_same_checkpoint(path(std::string("frozen/out/") + run + "/last.safetensors"),
                                 path(std::string("frozen/whole/") + run + "/last.safetensors"));
  }
}

TEST_F(Suites, FinishWhatAKillLeft) {
  write("knn.toml", frozen_settings("test = \"" + path("scenes/test.tsv") + "\"\n" + validation()) +
                        "[model]\nkind = \"knn\"\n[neighbours]\nk = [3, 5]\n[train]\nbest_by = \"f1_micro\"\ndevice = \"cpu\"\n");
  write_suite("[[row]]\nname = \"knn\"\nconfig = \"knn.toml\"\nseeds = 1\n");
  const ProgramResult whole = suite();
  ASSERT_EQ(whole.code, 0) << whole.err;
  const std::string fitted = path("frozen/out/knn/seed1"), trained = path("frozen/out/rank/seed1");
  const auto expect_finishes = [&](const char* what) {
    const ProgramResult again = suite({"--quiet"});
    EXPECT_EQ(again.code, 0) << what << ": " << again.err;
    EXPECT_EQ(again.out, whole.out) << what;
  };
  const auto fitted_at = fs::last_write_time(fitted + "/best.safetensors");
  fs::remove(fitted + ".json");
  std::ofstream(fitted + ".json.tmp-tagloom-999999999-0") << "half";
  expect_finishes("before a fitted model's record");
  EXPECT_EQ(fs::last_write_time(fitted + "/best.safetensors"), fitted_at) << "it was fitted again";
  EXPECT_FALSE(fs::exists(fitted + ".json.tmp-tagloom-999999999-0"));

  fs::remove(fitted + ".json");
  fs::remove(fitted + "/report.html");
  std::ofstream(fitted + "/.unfinished");
  expect_finishes("before a fitted model's report");
  EXPECT_TRUE(fs::exists(fitted + "/report.html"));

  const std::vector<const char*> files{"last.safetensors", "best.safetensors", "vocabulary.txt", "config.toml"};
  for (size_t gone = 1; gone <= files.size(); ++gone) {  // killed while it discards a run
    std::ofstream(trained + "/.unfinished");
    for (size_t i = 0; i < gone; ++i) fs::remove(trained + "/" + files[i]);
    fs::remove(trained + ".json");
    expect_finishes(files[gone - 1]);
  }
}

TEST_F(Suites, ReportFailedSystemsAndContinue) {
  write_suite(
      "[[row]]\nname = \"broken\"\nconfig = \"broken.toml\"\n[[row]]\nname = \"diverges\"\nconfig = \"classifier.toml\"\n"
      "set = { optim.name = \"sgd\", optim.learning_rate = 1e38 }\nseeds = 1\n");
  write("page.md", "<!-- suite: tiny -->\nold\n<!-- end of suite -->\n");
  const ProgramResult result = suite({"--tables", path("frozen/page.md")});
  EXPECT_EQ(result.code, 2) << result.err;
  EXPECT_THAT(result.err, HasSubstr("broken cannot be trained: " + path("frozen/broken.toml")));
  EXPECT_THAT(result.err, HasSubstr("did you mean \"model.kind\""));
  EXPECT_THAT(result.err, HasSubstr("diverges failed: seed 1, exit code 5: "));
  EXPECT_THAT(result.out, HasSubstr("| rank model | 2 |"));
  EXPECT_THAT(result.out, HasSubstr("| broken | – | – |"));
  EXPECT_THAT(text_of(path("frozen/page.md")), HasSubstr("old")) << "an incomplete comparison was written to the page";
}

TEST_F(Suites, CountTestPicturesThatAreLeftOut) {
  const std::string test = path("scenes/gaps.tsv");
  test::write_whole_file(test, text_of(path("scenes/test.tsv")) + "images/gone.jpg\tsky\n" + "images/000000.jpg\t\n");
  const ProgramResult result = suite({"-q", "--set", "data.test=" + test});
  EXPECT_EQ(result.code, 0) << result.err;
  const std::string warning = "tagtrain: warning: classifier: " + test;
  EXPECT_THAT(result.err, HasSubstr(warning + ": 1 of 8 picture files cannot be opened and is left out"));
  EXPECT_THAT(result.err, HasSubstr(warning + ": 1 of 8 pictures has no tags and is left out\n"));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 2) << result.err;
  EXPECT_THAT(result.out, HasSubstr("\nLeft out or repeated: missing pictures: 1, untagged pictures: 1.\n"));
  const ProgramResult again = suite({"-q", "--json", "--set", "data.test=" + test});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.err, result.err);
  const nlohmann::json rows = nlohmann::json::parse(again.out)["rows"];
  EXPECT_EQ(rows[0]["left_out"]["two"], (nlohmann::json{{"missing_pictures", 1}, {"untagged_pictures", 1}}));
  const ProgramResult strict = suite({"-q", "--strict", "--set", "data.test=" + test});
  EXPECT_EQ(strict.code, 3);
  EXPECT_THAT(strict.out, HasSubstr("classifier failed: two: left out or repeated: missing pictures: 1, untagged pictures: 1\n"));
}

TEST_F(Suites, KeepRunsWhoseRecordCannotBeRead) {
  ASSERT_EQ(suite().code, 0);
  const std::string record = path("frozen/out/rank/seed2.json"), weights = path("frozen/out/rank/seed2/last.safetensors");
  const auto time = fs::last_write_time(weights);
  fs::rename(record, record + ".kept");
  fs::create_directory(record);
  const ProgramResult result = suite();
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr(record + ": is a folder"));
  EXPECT_EQ(fs::last_write_time(weights), time);
  EXPECT_TRUE(fs::exists(record));
}

TEST_F(Suites, RejectInvalidSuitesWithLineAndColumn) {
  const auto error_of = [](const std::string& more) {
    write_suite(more);
    const ProgramResult result = suite();
    EXPECT_EQ(result.code, 2) << more;
    EXPECT_FALSE(fs::exists(path("frozen/out")));
    return result.err;
  };
  EXPECT_THAT(error_of("[[row]]\nname = \"x\"\nconfg = \"rank.toml\"\n"),
              HasSubstr("suite.toml:32:9: unknown key \"confg\" (did you mean \"config\"?)"));
  EXPECT_THAT(error_of("[[row]]\nname = \"x\"\nrun_of = \"nobody\"\n"), HasSubstr("but there is no such row with a config"));
  EXPECT_THAT(error_of("[[row]]\nname = \"x\"\nconfig = \"rank.toml\"\nset = { train.epoch = 3 }\n"), HasSubstr("train.epochs"));
  EXPECT_THAT(error_of("[[row]]\nname = \"x\"\nconfig = \"rank.toml\"\nset = { train.seed = 3 }\n"),
              HasSubstr("give the number of seeds with seeds"));
  EXPECT_THAT(error_of("[[row]]\nname = \"rank\"\nconfig = \"rank.toml\"\n"), HasSubstr("two rows are named \"rank\""));
  EXPECT_THAT(error_of("[[table]]\nname = \"t\"\ncolumns = [\"f1_lable\"]\n"),
              HasSubstr("there is no metric \"f1_lable\" (did you mean \"f1_label\"?)"));
  write_suite("");
  EXPECT_THAT(suite({"--seed", "3"}).err, HasSubstr("sets the seeds itself"));
  EXPECT_THAT(suite({"-c", path("frozen/rank.toml")}).err, HasSubstr("has its own configurations"));
  write("page.md", "no place\n");
  EXPECT_THAT(suite({"--tables", path("frozen/page.md")}).err, HasSubstr("around the tables"));
}

}  // namespace
}  // namespace tagloom
