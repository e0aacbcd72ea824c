// The plan file: stored plans are found again, and a foreign or damaged file is rejected.
#include "kernels/base/plan_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace tagloom::kernels {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr char kOwner[] = "cuDNN 9.19.0, NVIDIA H200";
const PlanRecipe kRecipe{38, {{2, 1}, {7, -16}}, 1.25e-4};
const PlanRecipe kPlain{5, {}, 0.5};

// A handwritten file, whose FNV-1a sum was computed by an independent program.
constexpr char kText[] =
    "tagloom plans 1\n"
    "owner cuDNN 9.19.0, NVIDIA H200\n"
    "plan 38 2=1,7=-16 0.000125 conv a=1 b=2\n"
    "plan 5 - 0.5 other\n"
    "sum f91c8fc043691b48\n";

class PlanFiles : public testing::Test {
 protected:
  PlanFile open(const char* owner = kOwner) { return PlanFile(folder_ / "cudnn", owner); }
  std::string path() { return folder_ / "cudnn/plans_cudnn_9_19_0_nvidia_h200.txt"; }
  void write(const std::string& text) {
    fs::create_directories(folder_ / "cudnn");
    std::ofstream(path(), std::ios::binary) << text;
  }

  test::TemporaryFolder folder_;
};

TEST_F(PlanFiles, FindsStoredPlansAfterReopening) {
  PlanFile first = open();
  EXPECT_FALSE(first.find("conv a=1 b=2").has_value());
  first.put("conv a=1 b=2", kRecipe);
  first.put("other", kPlain);
  EXPECT_EQ(first.path(), path());
  const PlanFile second = open();
  EXPECT_EQ(second.find("conv a=1 b=2"), kRecipe);
  EXPECT_EQ(second.find("other"), kPlain);
  EXPECT_FALSE(second.find("conv a=1").has_value());
  EXPECT_EQ(second.warning(), "");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "cudnn"), fs::directory_iterator()), 1);  // no temporary file remains
}

TEST_F(PlanFiles, ReadsAndWritesTheDocumentedFormat) {
  write(kText);
  const PlanFile file = open();
  EXPECT_EQ(file.warning(), "");
  EXPECT_EQ(file.find("conv a=1 b=2"), kRecipe);
  EXPECT_EQ(file.find("other"), kPlain);
}

TEST_F(PlanFiles, PutKeepsThePlansOfOtherProcesses) {
  PlanFile ours = open(), theirs = open();
  ours.put("a", kPlain);
  theirs.put("b", kRecipe);
  const PlanFile both = open();
  EXPECT_EQ(both.find("a"), kPlain);
  EXPECT_EQ(both.find("b"), kRecipe);
}

TEST_F(PlanFiles, DetectsTruncationAndEveryChangedByte) {
  const std::string whole = kText;
  for (size_t size = 0; size < whole.size(); ++size) {
    write(whole.substr(0, size));
    const PlanFile file = open();
    EXPECT_THAT(file.warning(), HasSubstr("is not used and will be replaced")) << size;
    EXPECT_FALSE(file.find("other").has_value()) << size;
  }
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] ^= 1;
    write(changed);
    EXPECT_THAT(open().warning(), HasSubstr("is not used and will be replaced")) << i;
  }
}

TEST_F(PlanFiles, PutReplacesAForeignFile) {
  PlanFile other(folder_ / "cudnn", "cuDNN 9.20.0, NVIDIA H200");
  other.put("a", kPlain);
  fs::rename(other.path(), path());
  PlanFile file = open();
  EXPECT_THAT(file.warning(), HasSubstr("it belongs to another GPU or library version"));
  EXPECT_FALSE(file.find("a").has_value());
  file.put("b", kPlain);
  EXPECT_EQ(open().warning(), "");
  EXPECT_EQ(open().find("b"), kPlain);
  EXPECT_FALSE(open().find("a").has_value());
}

TEST_F(PlanFiles, WarnsIfTheFolderCannotBeCreated) {
  std::ofstream(folder_ / "cudnn") << "a file";
  PlanFile file = open();
  EXPECT_EQ(file.warning(), "");
  file.put("a", kPlain);
  EXPECT_THAT(file.warning(), HasSubstr("could not be written"));
  EXPECT_EQ(file.find("a"), kPlain);  // still available in this process
}

TEST_F(PlanFiles, StoresNothingWithoutAFolder) {
  PlanFile file("", kOwner);
  file.put("a", kPlain);
  EXPECT_EQ(file.find("a"), kPlain);
  EXPECT_EQ(file.path(), "");
  EXPECT_TRUE(fs::is_empty(folder_ / ""));
}

}  // namespace
}  // namespace tagloom::kernels
