// Tests the tools on a terminal that is stdin, stdout and stderr at once, as in interactive use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <sstream>

#include "tests/cli/train_tools.h"
#include "tests/support/screen.h"

namespace tagloom {
namespace {

using test::ProgramResult;
using test::run_program;
using test::screen_lines;
using testing::AnyOf;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class OnConsole : public test::TrainTools {
 protected:
  static ProgramResult on_console(const std::vector<std::string>& words, const std::string& type_ctrl_c_after = "") {
    ProgramResult result = run_program(words, {.environment = {{"LANG", "C.UTF-8"}},
                                               .console = true,
                                               .signal_after = type_ctrl_c_after,
                                               .signal = type_ctrl_c_after.empty() ? 0 : SIGINT,
                                               .seconds = 300});
    EXPECT_EQ(result.err, "") << "a console has only one output stream";
    const size_t echo = result.out.find("^C");  // the terminal shows what is typed
    if (echo != result.out.npos) result.out.erase(echo, 2);
    return result;
  }
  static std::vector<std::string> lines_of(const std::string& text) { return screen_lines(text, 100); }
};

TEST_F(OnConsole, ScreenHandlesControlCharacters) {
  EXPECT_THAT(screen_lines("bar ━━┄ 5%\r\033[Kdone\r\n"), ElementsAre("done"));
  EXPECT_THAT(screen_lines("abc\rX\r\n\033[31mred\033[0m\r\n"), ElementsAre("Xbc", "red"));
  EXPECT_THAT(screen_lines("a\tb"), ElementsAre("a       b"));
  EXPECT_THAT(screen_lines("abcdef", 4), ElementsAre("abcd", "ef"));
  EXPECT_THROW(screen_lines("\a"), std::invalid_argument);
}

// The bar is drawn and erased again, so the screen shows only the lines that a pipe gets.
TEST_F(OnConsole, TagpredictErasesItsProgressBar) {
  const std::vector<std::string> words{"tagpredict", finished(), path("scenes/images"), "--set", "eval.batch_size=2"};
  const ProgramResult piped = run_program(words), shown = on_console(words);
  ASSERT_EQ(piped.code, 0) << piped.err;
  ASSERT_EQ(shown.code, 0) << shown.out;
  EXPECT_THAT(shown.out, HasSubstr("predict  0 images"));
  EXPECT_EQ(lines_of(shown.out), lines_of(piped.out));
}

TEST_F(OnConsole, TagpredictPrintsWholeLinesUntilCtrlC) {
  std::filesystem::create_directories(path("many"));
  for (int i = 0; i < 3000; ++i)
    std::filesystem::create_hard_link(path("scenes/images/000000.jpg"), path("many/" + std::to_string(i) + ".jpg"));
  const std::vector<std::string> words{"tagpredict", finished(), path("many"), "--set", "eval.batch_size=1"};
  const std::vector<std::string> all = lines_of(run_program(words).out);
  const ProgramResult stopped = on_console(words, "/many/0.jpg");
  EXPECT_EQ(stopped.code, 130);
  std::vector<std::string> lines = lines_of(stopped.out);
  std::erase_if(lines, [](const std::string& line) { return line.find("/many/") == line.npos; });
  EXPECT_GE(lines.size(), 1u);
  EXPECT_LT(lines.size(), all.size());
  EXPECT_THAT(lines, testing::IsSubsetOf(all));
}

TEST_F(OnConsole, TagevalShowsTheSameTableAsInAPipe) {
  const std::vector<std::string> words{"tageval", finished()};
  const ProgramResult piped = run_program(words), shown = on_console(words);
  ASSERT_EQ(shown.code, 0) << shown.out;
  const std::vector<std::string> table = lines_of(piped.out), screen = lines_of(shown.out);
  ASSERT_GE(screen.size(), table.size());
  EXPECT_THAT(std::vector<std::string>(screen.end() - static_cast<std::ptrdiff_t>(table.size()), screen.end()),
              ElementsAreArray(table));
  for (const std::string& line : screen) EXPECT_THAT(line, Not(HasSubstr("━")));
}

TEST_F(OnConsole, TagtrainShowsPlanEpochsAndReport) {
  const ProgramResult shown = on_console({"tagtrain", "-c", path("tiny.toml"), "-o", path("shown"), "--set", "train.epochs=2"});
  ASSERT_EQ(shown.code, 0) << shown.out;
  EXPECT_THAT(shown.out, HasSubstr("┄"));  // the bar, whose first part a fast epoch never fills
  const std::vector<std::string> screen = lines_of(shown.out);
  std::string names;
  for (const std::string& line : screen) {
    if (line.starts_with("  ")) names += line.substr(2, line.find(' ', 2) - 2) + " ";
    EXPECT_THAT(line, Not(AnyOf(HasSubstr("━"), HasSubstr("┄"))));
  }
  EXPECT_EQ(names, "data model device plan output ");
  ASSERT_GE(screen.size(), 3u);
  EXPECT_THAT(screen[screen.size() - 3], StartsWith("epoch 1/2  loss "));
  EXPECT_THAT(screen[screen.size() - 2], StartsWith("epoch 2/2  loss "));
  EXPECT_EQ(screen.back(), "report: " + path("shown/report.html"));
}

TEST_F(OnConsole, CtrlCSavesTheRunAndPrintsHowToResume) {
  const ProgramResult stopped =
      on_console({"tagtrain", "-c", path("tiny.toml"), "-o", path("stopped"), "--set", "train.epochs=1000"}, "epoch 2/1000");
  EXPECT_EQ(stopped.code, 130);
  const std::vector<std::string> screen = lines_of(stopped.out);
  EXPECT_THAT(screen.back(), HasSubstr("tagtrain --resume " + path("stopped"))) << stopped.out;
  for (const std::string& line : screen) EXPECT_THAT(line, Not(HasSubstr("━")));
  EXPECT_TRUE(std::filesystem::exists(path("stopped/last.safetensors")));
}

TEST_F(OnConsole, ErrorsAreOneLineWithAnExitCode) {
  const ProgramResult wrong = on_console({"tageval", path("nowhere")});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(lines_of(wrong.out), ElementsAre("tageval: " + path("nowhere") + ": no such run folder"));
  EXPECT_EQ(on_console({"tagpredict", finished(), path("nowhere.jpg")}).code, 3);
}

TEST_F(OnConsole, HelpFitsTheTerminal) {
  std::istringstream tools(test::built_programs());
  for (std::string tool; tools >> tool;) {
    const ProgramResult help = on_console({tool, "--help"});
    EXPECT_EQ(help.code, 0) << tool;
    std::istringstream lines(help.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 101u) << tool << ": " << line;  // with \r
  }
}

}  // namespace
}  // namespace tagloom
