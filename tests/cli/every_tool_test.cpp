// Help, version, error messages, streams and exit codes of every tool.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "engine/data/picture_kinds.h"
#include "kernels/base/build_config.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

using test::ProgramResult;
using test::run_program;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class EveryTool : public testing::TestWithParam<std::string> {};

TEST_P(EveryTool, PrintsHelpToStdout) {
  const ProgramResult help = run_program({GetParam(), "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_EQ(help.err, "");
  EXPECT_THAT(help.out, HasSubstr("Usage: " + GetParam() + " "));
  EXPECT_THAT(help.out, Not(HasSubstr("\033")));
}

TEST_P(EveryTool, VersionListsTheBackends) {
  const ProgramResult version = run_program({GetParam(), "--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.out, StartsWith(GetParam() + " "));
  EXPECT_THAT(version.out, HasSubstr("oneDNN "));
  EXPECT_THAT(version.out, HasSubstr("CUDA "));
  for (const std::string& library : picture_libraries()) EXPECT_THAT(version.out, HasSubstr(library));
}

TEST_P(EveryTool, VersionListsTheLibraryFiles) {
  if (!kernels::kCudaBuilt) GTEST_SKIP() << "this build has no CUDA";
  const test::TemporaryFolder folder;
  std::ofstream(folder / "libcudnn.so.9") << "not a library";
  const ProgramResult version =
      run_program({GetParam(), "--version"}, {.environment = {{"TAGLOOM_CUDA_LIBRARIES", folder.path()}}});
  EXPECT_EQ(version.code, 0);
  // Each line is a path or an error; files that are not libraries are skipped.
  EXPECT_THAT(version.out, AnyOf(HasSubstr("/libcudnn.so.9\n"),
                                 HasSubstr("libcudnn.so.9 was not found: looked on the loader's path, " + folder.path())));
  EXPECT_THAT(version.out,
              AnyOf(HasSubstr("/libcublasLt.so.13\n"), HasSubstr("libcublasLt.so.13 was not found: looked on the ")));
}

TEST_P(EveryTool, UnknownFlagsExitWith2AndOneLine) {
  const ProgramResult wrong = run_program({GetParam(), "--hlep"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_EQ(wrong.out, "");
  EXPECT_EQ(std::count(wrong.err.begin(), wrong.err.end(), '\n'), 1) << wrong.err;
  EXPECT_THAT(wrong.err, StartsWith(GetParam() + ": "));
  EXPECT_THAT(wrong.err, HasSubstr("--help"));
}

TEST_P(EveryTool, UsesColoursOnlyOnTerminals) {
  EXPECT_THAT(run_program({GetParam(), "--hlep"}).err, Not(HasSubstr("\033")));
  EXPECT_THAT(run_program({GetParam(), "--hlep"}, {.terminal = true}).err, HasSubstr("\033[1;31m" + GetParam() + ":\033[0m "));
  EXPECT_THAT(run_program({GetParam(), "--hlep"}, {.environment = {{"NO_COLOR", "1"}}, .terminal = true}).err,
              Not(HasSubstr("\033")));
}

TEST_P(EveryTool, ReportsAFullDiskBehindStdout) {
  const ProgramResult full = run_program({"/bin/sh", "-c", test::built_program(GetParam()) + " --help > /dev/full"});
  EXPECT_EQ(full.code, 3);
  EXPECT_THAT(full.err, HasSubstr("standard output: cannot be written: No space left on device"));
}

std::vector<std::string> built_tools() {
  std::istringstream names(test::built_programs());  // the programs of this build
  return {std::istream_iterator<std::string>(names), {}};
}

INSTANTIATE_TEST_SUITE_P(Cli, EveryTool, testing::ValuesIn(built_tools()), [](const auto& info) { return info.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EveryTool);

}  // namespace
}  // namespace tagloom
