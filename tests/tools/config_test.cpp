// Settings from files, the environment and flags, and the paths in them.
#include "tools/command_line/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

template <class Action>
Error thrown_by(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::kInternal, "nothing was thrown");
}

std::string config_error(const std::string& text) {
  const Error error = thrown_by([&] { settings_from(parse_config(text, "run.toml")); });
  EXPECT_EQ(error.kind(), ErrorKind::kUsage);
  return error.what();
}

TEST(Config, ReadsEveryKindOfValue) {
  const Settings s = settings_from(parse_config(R"(
[data]
train = "a/train.tsv"     # a comment
flip = true
[optim]
learning_rate = 1e-3
momentum = 0
backbone = { learning_rate = 2e-5 }
[backbone]
mean = [0.5, 0.5, 1]
std = [1, 1, 1]
stride_in_1x1 = true
)",
                                                "run.toml"));
  EXPECT_EQ(s.data.train, "a/train.tsv");
  EXPECT_TRUE(s.data.transform.flip);
  EXPECT_EQ(s.optim.head.learning_rate, 1e-3);
  EXPECT_EQ(s.optim.optimizer.sgd.momentum, 0);
  EXPECT_EQ(s.optim.backbone.learning_rate, 2e-5);
  EXPECT_EQ(s.backbone.mean, (std::vector<double>{0.5, 0.5, 1}));
  EXPECT_EQ(s.backbone.stride_in_1x1, true);
}

TEST(Config, RunsFromBeforeASettingKeepTheirBehaviour) {
  const auto scaling = [](const std::string& text) {
    return settings_from(parse_config(text, "config.toml")).data.transform.jpeg_scaling;
  };
  const std::string heading = "# tagtrain 0.1.0\n# tagtrain -c a.toml -o run\n";
  EXPECT_EQ(scaling(heading + "[data]\nsize = 64\n"), JpegScaling::kFast);
  EXPECT_EQ(scaling(heading + "[data]\njpeg_scaling = \"off\"\n"), JpegScaling::kOff);
  EXPECT_EQ(scaling("[data]\nsize = 64\n"), JpegScaling::kCareful);
}

TEST(Config, ReportsLineAndColumn) {
  EXPECT_EQ(config_error("[optim]\nlearning_rte = 0.1\n"),
            "run.toml:2:1: unknown key \"optim.learning_rte\" (did you mean \"optim.learning_rate\"?)");
  EXPECT_EQ(config_error("\n[optm]\nlearning_rate = 0.1\n"), "run.toml:2:2: unknown section [optm] (did you mean \"optim\"?)");
  EXPECT_EQ(config_error("seed = 1\n"), "run.toml:1:1: unknown key \"seed\" (did you mean \"train.seed\"?)");
  EXPECT_EQ(config_error("[train]\nepochs = \"ten\"\n"),
            "run.toml:2:10: train.epochs takes an integer, 1 to 1000000000, got \"ten\"");
  EXPECT_EQ(config_error("[train]\nepochs = 0\n"), "run.toml:2:10: train.epochs takes an integer, 1 to 1000000000, got 0");
  EXPECT_THAT(config_error("[train]\nepochs = \n"), HasSubstr("run.toml:2:1"));
  EXPECT_THAT(config_error("[train]\nseed = 1\nseed = 2\n"), HasSubstr("run.toml:3:"));
  EXPECT_THAT(config_error("[train]\nseed = 2024-01-01\n"), HasSubstr("run.toml:2:8: train.seed takes a number"));
  EXPECT_THAT(config_error("[backbone]\nmean = [\"a\"]\n"), HasSubstr("list of numbers"));
  EXPECT_THAT(config_error("[[train]]\nseed = 2\n"), HasSubstr("train"));
}

TEST(Config, RejectsDeepNesting) {
  const auto repeated = [](const std::string& text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += text;
    return out;
  };
  const std::string key = "a" + repeated(".a", 100000);
  for (const std::string& text : {"[" + key + "]\nx = 1\n", "[" + key + "]\nx = = 1\n", "[[" + key + "]]\n", key + " = 1\n",
                                  "x = { " + key + " = 1 }\n", "\"a\"" + repeated(" . 'a'", 100000) + " = 1\n"}) {
    EXPECT_THAT(config_error(text), HasSubstr("run.toml:1: a key has more than 16 dots")) << text.substr(0, 20);
  }
  EXPECT_THAT(config_error("x = " + repeated("[", 100000)), HasSubstr("nested"));
  EXPECT_THAT(config_error("x = " + repeated("{a=", 100000)), HasSubstr("nested"));
  EXPECT_THAT(config_error("x = " + repeated("{a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p = ", 250) + "1" + repeated("}", 250)),
              HasSubstr("[x]"));
}

TEST(Config, DotsInTextsAndCommentsAreFree) {
  const std::string dots(100, '.');
  const std::string text = "# " + dots + "\n[data]\ntrain = \"a\\\"" + dots + "\"  # " + dots + "\ntest = '" + dots +
                           "'\nvocabulary = \"\"\"\n\"" + dots + "\"\"\"\nvalidation = '''\n" + dots + "'''\n";
  const Settings s = settings_from(parse_config(text, "run.toml"));
  EXPECT_EQ(s.data.train, "a\"" + dots);
  EXPECT_EQ(s.data.vocabulary, "\"" + dots);
  EXPECT_EQ(s.data.validation, dots);
}

TEST(Config, ReportsTheFirstMistake) {
  EXPECT_THAT(config_error("[train]\nepochs = 0\n[data]\nsize = 1\n"), HasSubstr("run.toml:2:10"));
}

TEST(Config, RoundTripsSettings) {
  const Settings made = settings_from(
      {assignment_from_text("optim.learning_rate", "0.1000000000000000055", "t"),
       assignment_from_text("optim.epsilon", "4.9e-324", "t"),
       assignment_from_text("data.train", "a \"quoted\" \\ path\t\x7f.tsv", "t"),
       assignment_from_text("data.cache_dir", "Pfützen/猫", "t"), assignment_from_text("backbone.mean", "0.1,0.2,0.3", "t"),
       assignment_from_text("backbone.std", "1,1,0.333333333333333314829616256247", "t"),
       assignment_from_text("model.preset", "code", "t"), assignment_from_text("model.mask", "none", "t"),
       assignment_from_text("train.best_by", "ndcg@10", "t")});
  const std::string text = settings_to_toml(made, {"tagtrain 0.1.0", "tagtrain -c a.toml"});
  const Settings read = settings_from(parse_config(text, "config.toml"));
  for (const std::string& key : setting_table().keys()) EXPECT_EQ(setting_value(read, key), setting_value(made, key)) << key;
  EXPECT_EQ(settings_to_toml(read, {"tagtrain 0.1.0", "tagtrain -c a.toml"}), text);
}

TEST(Config, RoundTripsEveryChoice) {
  for (const Setting* const row : setting_table().rows()) {
    const Setting& setting = *row;
    for (const std::string& choice : setting.choices) {
      Settings made;
      set_value(made, {setting.key, choice, "t"});
      Settings read;
      for (const Assignment& a : parse_config(settings_to_toml(made, {}), "c")) set_value(read, a);
      EXPECT_EQ(std::get<std::string>(setting_value(read, setting.key)), choice) << setting.key;
    }
  }
}

TEST(Config, QuotesTheCommandLineInTheHeading) {
  const std::vector<std::string> heading =
      config_heading("tagtrain", {"-c", "a.toml", "--set", "data.train=my pictures/it's.tsv", ""});
  ASSERT_EQ(heading.size(), 2u);
  EXPECT_TRUE(heading[0].starts_with("tagtrain 0.")) << heading[0];
  EXPECT_EQ(heading[1], "tagtrain -c a.toml --set 'data.train=my pictures/it'\\''s.tsv' ''");
  const std::string toml = settings_to_toml(Settings{}, {"one\ntwo = 3\x01"});
  EXPECT_TRUE(toml.starts_with("# one two = 3 \n")) << toml.substr(0, 40);
  EXPECT_NO_THROW(parse_config(toml, "c"));
}

TEST(Config, RejectsUnreadableFiles) {
  EXPECT_EQ(thrown_by([] { read_config("/nowhere/run.toml"); }).kind(), ErrorKind::kData);
  EXPECT_THAT(thrown_by([] { read_config("/tmp"); }).what(), HasSubstr("is a folder"));
}

TEST(Config, ReadsEnvironmentVariables) {
  const char* const environment[] = {"HOME=/root",
                                     "TAGLOOM_DATA=/data",
                                     "TAGLOOM_CUDA_SYNC=1",
                                     "TAGLOOM_TRAIN_SEED=9",
                                     "TAGLOOM_OPTIM_BACKBONE_LEARNING_RATE=2e-5",
                                     nullptr};
  const Settings s = settings_from(environment_assignments(environment));
  EXPECT_EQ(s.train.seed, 9);
  EXPECT_EQ(s.optim.backbone.learning_rate, 2e-5);
  const char* const wrong[] = {"TAGLOOM_TRAIN_SED=9", nullptr};
  EXPECT_STREQ(thrown_by([&] { environment_assignments(wrong); }).what(),
               "TAGLOOM_TRAIN_SED: no setting has this environment variable (did you mean \"TAGLOOM_TRAIN_SEED\"?)");
  const char* const bad[] = {"TAGLOOM_TRAIN_SEED=x", nullptr};
  EXPECT_STREQ(thrown_by([&] { environment_assignments(bad); }).what(),
               "TAGLOOM_TRAIN_SEED: train.seed takes an integer, at least 0, got \"x\"");
}

class ConfigFiles : public testing::Test {
 protected:
  void SetUp() override {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    root_ = fs::temp_directory_path() / ("tagloom_config_" + name + "_" + std::to_string(::getpid()));
    fs::create_directories(root_ / "here");
    fs::create_directories(root_ / "data");
    before_ = fs::current_path();
    fs::current_path(root_ / "here");
    unsetenv("TAGLOOM_DATA");
  }
  void TearDown() override {
    unsetenv("TAGLOOM_DATA");
    unsetenv("TAGLOOM_TRAIN_SEED");
    fs::current_path(before_);
    fs::remove_all(root_);
  }
  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

  fs::path root_, before_;
};

TEST_F(ConfigFiles, ShowsWhereEachValueComesFrom) {
  write("run.toml", "[train]\nseed = 1\nepochs = 2\n[model]\npreset = \"code\"\n[decode]\nmethod = \"auto\"\n");
  setenv("TAGLOOM_TRAIN_SEED", "5", 1);
  const std::string shown = shown_config({"run.toml"}, {set_assignment("data.train=a\nb.tsv")});
  std::map<std::string, std::string> origins;
  std::istringstream lines(shown);
  for (std::string line; std::getline(lines, line);) {
    if (const size_t at = line.find("  # "); at != line.npos) origins[line.substr(0, line.find(' '))] = line.substr(at + 4);
  }
  EXPECT_EQ(origins["seed"], "TAGLOOM_TRAIN_SEED");
  EXPECT_EQ(origins["epochs"], "run.toml:3:10");
  EXPECT_EQ(origins["batch_size"], "default");
  EXPECT_EQ(origins["preset"], "run.toml:5:10");
  EXPECT_EQ(origins["gate"], "model.preset");
  EXPECT_EQ(origins["method"], "auto (run.toml:7:10)");
  EXPECT_EQ(origins["best_mode"], "auto (default)");
  EXPECT_EQ(origins["train"], "--set data.train=a b.tsv");
  const Settings read = settings_from(parse_config(shown, "shown.toml"));
  const Settings given = read_settings({"run.toml"}, {set_assignment("data.train=a\nb.tsv")});
  for (const std::string& key : setting_table().keys()) EXPECT_EQ(setting_value(read, key), setting_value(given, key)) << key;
}

TEST_F(ConfigFiles, FlagsOverrideTheEnvironmentAndFiles) {
  write("run.toml", "[train]\nseed = 1\nepochs = 2\n");
  EXPECT_EQ(read_settings({"run.toml"}, {}).train.seed, 1);
  setenv("TAGLOOM_TRAIN_SEED", "5", 1);
  EXPECT_EQ(read_settings({"run.toml"}, {}).train.seed, 5);
  EXPECT_EQ(read_settings({"run.toml"}, {set_assignment("train.seed=8")}).train.seed, 8);
  EXPECT_EQ(read_settings({"run.toml"}, {}).train.epochs, 2);
  write("later.toml", "[train]\nseed = 3\nepochs = 4\n");
  EXPECT_EQ(read_settings({"run.toml", "later.toml", ""}, {}).train.epochs, 4);
  EXPECT_EQ(read_settings({"run.toml", "later.toml"}, {}).train.seed, 5);
}

TEST_F(ConfigFiles, SearchesTheCurrentFolderThenTheDataFolder) {
  write(root_ / "data" / "there.tsv", "");
  setenv("TAGLOOM_DATA", (root_ / "data").c_str(), 1);
  EXPECT_EQ(find_input("data.train", "there.tsv"), (root_ / "data" / "there.tsv").string());
  write("there.tsv", "");
  EXPECT_EQ(find_input("data.train", "there.tsv"), (root_ / "here" / "there.tsv").string());
  Settings s;
  s.data.train = "there.tsv";
  find_inputs(s);
  EXPECT_EQ(s.data.train, (root_ / "here" / "there.tsv").string());
  EXPECT_EQ(s.data.test, "");
  EXPECT_EQ(s.data.cache_dir, "");
  s.data.cache_dir = "cache/../kept";
  find_inputs(s);
  EXPECT_EQ(s.data.cache_dir, (root_ / "here" / "kept").string());
}

TEST_F(ConfigFiles, MissingInputsReportBothFolders) {
  EXPECT_THAT(thrown_by([] { find_input("data.train", "x.tsv"); }).what(),
              HasSubstr("give its full path, or set TAGLOOM_DATA to the folder that it starts from"));
  setenv("TAGLOOM_DATA", "/other", 1);
  const Error error = thrown_by([] { find_input("data.train", "x.tsv"); });
  EXPECT_EQ(error.kind(), ErrorKind::kData);
  EXPECT_EQ(error.what(),
            "data.train = \"x.tsv\": there is no such file in " + (root_ / "here").string() + " or in /other (TAGLOOM_DATA)");
  EXPECT_STREQ(thrown_by([] { find_input("data.test", "/no/x.tsv"); }).what(),
               "data.test = \"/no/x.tsv\": there is no such file; set data.test to its new path");
}

TEST_F(ConfigFiles, InputsThatCannotBeSeenAreNotCalledMissing) {
  const std::string name(300, 'x');  // longer than a file's name can be
  EXPECT_THAT(thrown_by([&] { find_input("data.test", root_ / name); }).what(), HasSubstr("cannot be read: File name too long"));
}

}  // namespace
}  // namespace tagloom
