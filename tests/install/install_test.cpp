// An external project uses the installed tree: README.md's program, the examples, every header, and the tools.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include "engine/io/safetensors.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::ProgramOptions;
using test::ProgramResult;
using test::run_program;
using ::testing::HasSubstr;

// The first block of README.md that starts with ```language.
std::string readme_block(const std::string& language) {
  const std::string text = test::read_whole_file(std::string(TAGLOOM_SOURCE_DIR) + "/README.md");
  const std::string opening = "\n```" + language + "\n";
  const size_t found = text.find(opening);
  if (found == std::string::npos) return "";
  const size_t begin = found + opening.size();
  return text.substr(begin, text.find("\n```", begin) + 1 - begin);
}

// Installs to one folder and renames it, because the installed files must not contain its path.
class Install : public testing::Test {
 protected:
  void SetUp() override {
    const ProgramResult installed = run_program({TAGLOOM_CMAKE, "--install", TAGLOOM_BUILD_DIR, "--prefix", folder_ / "first"});
    ASSERT_EQ(installed.code, 0) << installed.err << "\n(the build must be up to date: run cmake --build)";
    fs::rename(folder_ / "first", prefix());
  }
  std::string path(const std::string& name) const { return folder_ / name; }
  std::string prefix() const { return folder_ / "prefix"; }

  // Configures and builds the project in path(name); its programs are in path(name)/build.
  void build(const std::string& name) const {
    const ProgramResult configured =
        run_program({TAGLOOM_CMAKE, "-S", path(name), "-B", path(name) + "/build", "-G", TAGLOOM_GENERATOR,
                     "-DCMAKE_PREFIX_PATH=" + prefix(), std::string("-DCMAKE_CXX_COMPILER=") + TAGLOOM_CXX,
                     std::string("-DCMAKE_CXX_FLAGS=") + TAGLOOM_CXX_FLAGS + " -Wall -Wextra -Werror"});
    ASSERT_EQ(configured.code, 0) << configured.out << configured.err;
    const ProgramResult built = run_program({TAGLOOM_CMAKE, "--build", path(name) + "/build"});
    ASSERT_EQ(built.code, 0) << built.out << built.err;
  }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(Install, BuildsAndRunsTheProgramOfTheReadme) {
  const std::string program = test::read_whole_file(std::string(TAGLOOM_SOURCE_DIR) + "/examples/train_tagger.cpp");
  ASSERT_EQ(program.substr(program.find('\n') + 1), readme_block("cpp")) << "examples/train_tagger.cpp, without its first line";
  fs::create_directory(path("train"));
  test::write_whole_file(path("train/train_tagger.cpp"), program);
  test::write_whole_file(path("train/CMakeLists.txt"), readme_block("cmake"));
  build("train");
  if (HasFatalFailure()) return;

  const ProgramResult drawn = run_program(
      {prefix() + "/bin/tagdata", "scenes", "--images", "120", "--size", "64", "--seed", "7", path("train/datasets/scenes")});
  ASSERT_EQ(drawn.code, 0) << drawn.err;
  const ProgramResult ran = run_program({path("train/build/train_tagger")}, {.folder = path("train")});
  ASSERT_EQ(ran.code, 0) << ran.err;

  std::istringstream lines(ran.out);
  std::vector<double> losses;
  std::string epoch, number, loss;
  for (double value; lines >> epoch >> number >> loss >> value;) losses.push_back(value);
  ASSERT_EQ(losses.size(), 5u) << ran.out;
  EXPECT_LT(losses.back(), 0.9 * losses.front()) << ran.out;

  const Safetensors weights = Safetensors::open(path("train/tagger.safetensors"));
  EXPECT_EQ(weights.require("lstm.weight_hh").shape, (std::vector<int64_t>{4 * 128, 128}));
  EXPECT_EQ(weights.require("cnn.conv1.weight").shape, (std::vector<int64_t>{32, 3, 3, 3}));
}

TEST_F(Install, BuildsAndRunsTheExamples) {
  fs::copy(std::string(TAGLOOM_SOURCE_DIR) + "/examples", path("examples"));
  build("examples");
  if (HasFatalFailure()) return;

  const ProgramResult drawn = run_program(
      {prefix() + "/bin/tagdata", "scenes", "--images", "40", "--size", "32", "--seed", "7", path("examples/datasets/scenes")});
  ASSERT_EQ(drawn.code, 0) << drawn.err;
  const ProgramResult trained =
      run_program({prefix() + "/bin/tagtrain", "-c", prefix() + "/share/tagloom/configs/scenes_multi_order.toml", "-o", "run",
                   "--set", "train.epochs=1", "--set", "data.size=32"},
                  {.folder = path("examples")});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const ProgramResult expected =
      run_program({prefix() + "/bin/tagpredict", "run", "datasets/scenes/images", "--scores"}, {.folder = path("examples")});
  ASSERT_EQ(expected.code, 0) << expected.err;
  const ProgramResult tagged = run_program({"build/tag_folder", "run", "datasets/scenes/images"}, {.folder = path("examples")});
  ASSERT_EQ(tagged.code, 0) << tagged.err;
  std::string as_the_tool = expected.out;
  std::replace(as_the_tool.begin(), as_the_tool.end(), ',', '\t');
  std::replace(as_the_tool.begin(), as_the_tool.end(), ':', ' ');
  EXPECT_EQ(tagged.out, as_the_tool);
  EXPECT_EQ(std::count(tagged.out.begin(), tagged.out.end(), '\n'), 40);
}

TEST_F(Install, PkgConfigGivesTheFlags) {
  const std::map<std::string, std::string> environment = {{"PKG_CONFIG_PATH", prefix() + "/lib/pkgconfig"}};
  const ProgramResult flags = run_program({"/usr/bin/pkg-config", "--cflags", "--libs", "tagloom"}, {.environment = environment});
  ASSERT_EQ(flags.code, 0) << flags.err;
  std::vector<std::string> words = {TAGLOOM_CXX, std::string(TAGLOOM_SOURCE_DIR) + "/examples/tag_folder.cpp", "-o",
                                    path("tag_folder")};
  std::istringstream given(std::string(TAGLOOM_CXX_FLAGS) + " " + flags.out);
  for (std::string word; given >> word;) words.push_back(word);
  const ProgramResult built = run_program(words);
  ASSERT_EQ(built.code, 0) << built.err;
  EXPECT_EQ(run_program({path("tag_folder"), path("no run"), path("no folder")}).code, 1);
}

TEST_F(Install, EveryHeaderCompiles) {
  fs::create_directory(path("headers"));
  std::vector<std::string> headers;
  const fs::path root = fs::path(prefix()) / "include/tagloom";
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) headers.push_back(fs::relative(entry.path(), root).string());
  }
  EXPECT_THAT(headers,
              testing::IsSupersetOf({"tagloom.h", "kernels/base/build_config.h", "engine/core/tensor.h", "models/build.h"}));
  std::sort(headers.begin(), headers.end());
  std::string text;
  for (const std::string& header : headers) text += "#include <tagloom/" + header + ">\n";
  test::write_whole_file(path("headers/headers.cpp"), text + "int main() {}\n");
  test::write_whole_file(path("headers/CMakeLists.txt"),
                         "cmake_minimum_required(VERSION 3.25)\nproject(headers LANGUAGES CXX)\nfind_package(tagloom REQUIRED)\n"
                         "add_executable(headers headers.cpp)\ntarget_link_libraries(headers PRIVATE tagloom::models)\n");
  build("headers");
}

TEST_F(Install, FilesContainNoBuildPaths) {
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(prefix())) {
    const fs::path file = entry.path();
    if (!entry.is_regular_file() || (file.extension() != ".cmake" && file.extension() != ".h")) continue;
    ++files;
    const std::string text = test::read_whole_file(file.string());
    for (const std::string& place : {std::string(TAGLOOM_SOURCE_DIR), std::string(TAGLOOM_BUILD_DIR), path("first")}) {
      EXPECT_EQ(text.find(place), std::string::npos) << file << " names " << place;
    }
  }
  EXPECT_GT(files, 50);
}

TEST_F(Install, ToolsRun) {
  for (const char* tool : {"tagtrain", "tageval", "tagpredict", "tagdata", "tagbench"}) {
    const ProgramResult version = run_program({prefix() + "/bin/" + tool, "--version"});
    EXPECT_EQ(version.code, 0) << version.err;
    EXPECT_THAT(version.out, HasSubstr(std::string(tool) + " "));
  }
  EXPECT_TRUE(fs::exists(prefix() + "/share/tagloom/configs/scenes_multi_order.toml"));
}

TEST_F(Install, RejectsAnotherVersion) {
  fs::create_directory(path("newer"));
  test::write_whole_file(
      path("newer/CMakeLists.txt"),
      "cmake_minimum_required(VERSION 3.25)\nproject(newer LANGUAGES CXX)\nfind_package(tagloom 99 REQUIRED)\n");
  const ProgramResult result =
      run_program({TAGLOOM_CMAKE, "-S", path("newer"), "-B", path("newer/build"), "-DCMAKE_PREFIX_PATH=" + prefix(),
                   std::string("-DCMAKE_CXX_COMPILER=") + TAGLOOM_CXX});
  EXPECT_NE(result.code, 0);
  EXPECT_THAT(result.err, HasSubstr("tagloom"));
}

}  // namespace
}  // namespace tagloom
