// Flags, sub-commands, help and error messages of the command line.
#include "tools/command_line/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using testing::HasSubstr;

// A tool with one flag of every kind.
struct Tool {
  std::string output, format = "text", run;
  std::vector<std::string> pictures, extras;
  bool quiet = false;
  int64_t count = 7;
  std::optional<int64_t> top_k;
  std::optional<double> threshold;
  SettingsFlags flags;
  Options options{"tagtest", "Tests the flags."};

  Tool() {
    options.settings(flags).setting_flag("--top-n", "decode.top_k", flags);
    options.argument("RUN", run, "The run.").arguments("PICTURES", pictures, "The pictures.");
    options.flag("-q,--quiet", quiet, "Say less.").value("-o,--output", output, "FOLDER", "Where to.");
    options.value("--count", count, "N", "How many.")
        .value("--top-k", top_k, "N", "At most.")
        .value("--threshold", threshold, "X", "Above.");
    options.choice("--format", format, {"text", "csv"}, "How.").values("--extra", extras, "WORD", "More.");
    options.note("Exit codes: 0 done.");
  }

  std::string error_of(const std::vector<std::string>& arguments) {
    return test::usage_error([&] { options.parse(arguments); });
  }

  std::string answer(const std::vector<std::string>& arguments) {
    testing::internal::CaptureStdout();
    EXPECT_FALSE(options.parse(arguments));
    return testing::internal::GetCapturedStdout();
  }
};

TEST(Options, FillsBoundVariables) {
  Tool t;
  ASSERT_TRUE(t.options.parse({"runs/a", "x.jpg", "y.jpg", "-q", "--output=out", "--count", "3", "--threshold", "0.25",
                               "--format", "csv", "--extra", "a", "--extra", "b"}));
  EXPECT_EQ(t.run, "runs/a");
  EXPECT_EQ(t.pictures, (std::vector<std::string>{"x.jpg", "y.jpg"}));
  EXPECT_TRUE(t.quiet);
  EXPECT_EQ(t.output, "out");
  EXPECT_EQ(t.count, 3);
  EXPECT_EQ(t.threshold, 0.25);
  EXPECT_FALSE(t.top_k.has_value());
  EXPECT_EQ(t.format, "csv");
  EXPECT_EQ(t.extras, (std::vector<std::string>{"a", "b"}));
}

TEST(Options, ValuesTakeOneWordEach) {
  Tool t;
  ASSERT_TRUE(t.options.parse({"--extra", "a", "runs/a", "--set", "train.seed=3", "x.jpg"}));
  EXPECT_EQ(t.run, "runs/a");
  EXPECT_EQ(t.pictures, (std::vector<std::string>{"x.jpg"}));
}

TEST(Options, SettingsKeepTheirOrderAndSource) {
  Tool t;
  ASSERT_TRUE(t.options.parse({"r", "p", "-c", "a.toml", "--set", "train.seed=3", "--set", "data.flip=true", "--device", "cpu",
                               "--deterministic", "--top-n", "9"}));
  EXPECT_EQ(t.flags.config, "a.toml");
  ASSERT_EQ(t.flags.assignments.size(), 5u);
  EXPECT_EQ(t.flags.assignments[0].key, "train.seed");
  EXPECT_EQ(t.flags.assignments[0].where, "--set train.seed=3");
  const Settings s = settings_from(t.flags.assignments);
  EXPECT_EQ(s.train.seed, 3);
  EXPECT_TRUE(s.data.transform.flip);
  EXPECT_EQ(s.train.device, "cpu");
  EXPECT_TRUE(s.train.deterministic);
  EXPECT_EQ(s.metrics.top_k, 9);
}

TEST(Options, ReportsMistakesInOneSentence) {
  EXPECT_EQ(Tool().error_of({"r"}), "PICTURES is required: see tagtest --help");
  EXPECT_EQ(Tool().error_of({"r", "p", "--formt", "csv"}),
            "unknown flag --formt (did you mean \"--format\"?): see tagtest --help");
  EXPECT_THAT(Tool().error_of({"r", "p", "--format", "cvs"}), HasSubstr("\"cvs\" is not a valid value (did you mean \"csv\"?)"));
  EXPECT_THAT(Tool().error_of({"r", "p", "--count", "x"}), HasSubstr("--count"));
  EXPECT_THAT(Tool().error_of({"r", "p", "--set", "train.seed"}), HasSubstr("key=value"));
  EXPECT_EQ(Tool().error_of({"r", "p", "--device", "gpu"}),
            "--device: train.device takes auto, cpu, cuda or cuda:N, got \"gpu\"");
}

TEST(Options, PrintsHelpAndVersionToStdout) {
  const std::string help = Tool().answer({"--help"});
  EXPECT_THAT(help, HasSubstr("Usage: tagtest [options] RUN PICTURES...\n"));
  EXPECT_THAT(help, HasSubstr("-o,--output FOLDER"));
  EXPECT_THAT(help, HasSubstr("--format text|csv"));
  EXPECT_THAT(help, HasSubstr("Exit codes: 0 done."));
  EXPECT_THAT(Tool().answer({"--version"}), HasSubstr("oneDNN "));
  EXPECT_THAT(Tool().answer({"--help-settings"}), HasSubstr("optim.backbone.learning_rate = 1e-05"));
}

struct CommandTool {
  std::string folder;
  int64_t count = 1;
  Options options{"tagtest", "Has commands."};
  Options& make =
      options.command("make", "Make one.").argument("FOLDER", folder, "Where.").value("-n,--count", count, "N", "How many.");
  Options& look = options.command("look", "Look at one.").argument("FOLDER", folder, "What.");

  std::string error_of(const std::vector<std::string>& arguments) {
    return test::usage_error([&] { options.parse(arguments); });
  }
};

TEST(Options, CommandsHaveTheirOwnFlags) {
  CommandTool t;
  ASSERT_TRUE(t.options.parse({"make", "out", "-n", "5"}));
  EXPECT_TRUE(t.make.chosen());
  EXPECT_FALSE(t.look.chosen());
  EXPECT_EQ(t.folder, "out");
  EXPECT_EQ(t.count, 5);
}

TEST(Options, SuggestsTheNearestCommand) {
  EXPECT_EQ(CommandTool().error_of({}), "a command is required: see tagtest --help");
  EXPECT_EQ(CommandTool().error_of({"mkae"}), "unknown command \"mkae\" (did you mean \"make\"?): see tagtest --help");
  EXPECT_EQ(CommandTool().error_of({"make", "a", "--cont", "3"}),
            "unknown flag --cont (did you mean \"--count\"?): see tagtest make --help");
  EXPECT_EQ(CommandTool().error_of({"make", "a", "b"}), "unexpected argument \"b\": see tagtest make --help");
  EXPECT_EQ(CommandTool().error_of({"make"}), "FOLDER is required: see tagtest make --help");
}

}  // namespace
}  // namespace tagloom
