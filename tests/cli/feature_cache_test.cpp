// Trainings whose feature cache cannot be written, and pictures that the disk fails to read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cli/frozen_tools.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::ProgramOptions;
using test::ProgramResult;
using test::read_whole_file;
using test::run_program;
using ::testing::HasSubstr;
using ::testing::Not;

class FeatureCaches : public test::FrozenTools {
 protected:
  void SetUp() override {
    write("frozen.toml", frozen_settings(validation()) +
                             "[model]\nkind = \"multi_order\"\nstate = \"features\"\nhidden = 16\nembedding = 8\nsteps = 3\n"
                             "[train]\nepochs = 1\nbatch_size = 8\ndevice = \"cpu\"\n");
  }
  static ProgramResult train_frozen(const std::string& run, std::vector<std::string> more = {},
                                    const ProgramOptions& options = {}) {
    return run_with({"tagtrain", "-c", path("frozen/frozen.toml"), "-o", path("frozen/" + run), "--quiet"}, more, options);
  }
  static int64_t count(const std::string& text, const std::string& part) {
    int64_t found = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  }
  static int64_t caches() {
    return fs::exists(path("frozen/cache")) ? std::distance(fs::directory_iterator(path("frozen/cache")), {}) : 0;
  }
  static void expect_warned_once(const ProgramResult& result, const std::string& part) {
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(count(result.err, "features are not cached: "), 1) << result.err;
    EXPECT_THAT(result.err, HasSubstr(part));
  }
  // The training manifest with one more picture, whose file opens, but fails to be read (EIO).
  static std::string failing_manifest() {
    fs::remove(path("scenes/images/failing.jpg"));
    fs::create_symlink("/proc/self/mem", path("scenes/images/failing.jpg"));
    const std::string file = path("scenes/failing.tsv");
    test::write_whole_file(file, read_whole_file(path("scenes/train.tsv")) + "images/failing.jpg\tsky\n");
    return file;
  }
};

TEST_F(FeatureCaches, AFolderThatCannotBeWrittenIsAWarning) {
  test::write_whole_file(path("frozen/file"), "x");
  ASSERT_EQ(train_frozen("cached", {"--set", "data.cache=off"}).code, 0);
  for (const std::string& folder :
       {std::string("/proc/cache"), std::string("/dev/null/cache"), path("frozen/file"), path(std::string(300, 'x'))}) {
    SCOPED_TRACE(folder);
    fs::remove_all(path("frozen/run"));
    expect_warned_once(train_frozen("run", {"--set", "data.cache_dir=" + folder}), folder + ": ");
    test::expect_same_checkpoint(path("frozen/cached/last.safetensors"), path("frozen/run/last.safetensors"));
  }
}

TEST_F(FeatureCaches, NoFolderForCachesIsAWarning) {
  const ProgramResult result = train_frozen("run", {"--set", "data.cache_dir="}, {.environment = {{"HOME", ""}}});
  expect_warned_once(result, "set TAGLOOM_CACHE to one");
}

TEST_F(FeatureCaches, TagevalGoesOnWithoutACache) {
  ASSERT_EQ(train_frozen("run").code, 0);
  const std::vector<std::string> words{"tageval", path("frozen/run"), "--data", path("scenes/test.tsv"), "--quiet", "--set"};
  const ProgramResult cached = run_with(words, {"data.cache=auto"}), without = run_with(words, {"data.cache_dir=/proc/cache"});
  expect_warned_once(without, "/proc/cache");
  EXPECT_EQ(without.out, cached.out);
}

TEST_F(FeatureCaches, ASmallDiskIsAWarning) {
  if (run_program({"/bin/sh", "-c", "unshare -rm true"}).code != 0) GTEST_SKIP() << "this process may not mount file systems";
  fs::create_directory(path("disk"));
  // 47 pictures of 128 values take 24 kB, those for validation 4 kB.
  for (const std::string size : {"4k", "16k", "700k"}) {
    fs::remove_all(path("frozen/run"));
    const std::string script = "mount -t tmpfs -o size=" + size + " none " + path("disk") + " && " +
                               test::built_program("tagtrain") + " --quiet -c " + path("frozen/frozen.toml") + " -o " +
                               path("frozen/run") + " --set data.cache_dir=" + path("disk") + " && ls -a " + path("disk");
    const ProgramResult result = run_program({"/bin/sh", "-c", "exec unshare -rm /bin/sh -c '" + script + "'"});
    if (result.err.find("mount") != std::string::npos) GTEST_SKIP() << result.err;
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(count(result.err, "features are not cached: "), size == "700k" ? 0 : 1) << result.err;
    EXPECT_EQ(count(result.out, "features-"), size == "700k" ? 2 : 0) << result.out;
    EXPECT_THAT(result.out, Not(HasSubstr("tmp-")));
  }
}

TEST_F(FeatureCaches, AReadErrorIsNotCached) {
  const std::vector<std::string> failing{
      "--set", "data.train=" + failing_manifest(), "--set", "data.validation_fraction=0", "--set", "data.validation="};
  const ProgramResult first = train_frozen("first", failing);
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("failing.jpg: cannot be read: "));
  EXPECT_THAT(first.err, HasSubstr("are not cached, because 1 of its pictures could not be read for reasons that may pass"));
  EXPECT_EQ(caches(), 0);
  EXPECT_EQ(train_frozen("second", failing).code, 0);  // tries again
  EXPECT_EQ(caches(), 0);
}

TEST_F(FeatureCaches, ADamagedPictureIsCachedAndNamedAgain) {
  test::write_whole_file(path("scenes/images/damaged.jpg"), "no picture");
  test::write_whole_file(path("scenes/damaged.tsv"), read_whole_file(path("scenes/train.tsv")) + "images/damaged.jpg\tsky\n");
  const std::string sentence = path("scenes/damaged.tsv") +
                               ": 1 of 48 pictures cannot be read and is left out: " + path("scenes/damaged.tsv") +
                               ":48: images/damaged.jpg\n";
  const std::vector<std::string> damaged{"--set", "data.train=" + path("scenes/damaged.tsv"), "--set", "data.validation="};
  const ProgramResult first = train_frozen("first", damaged);
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("damaged.jpg: is not a picture in a supported format"));
  EXPECT_THAT(first.err, HasSubstr("tagtrain: warning: " + sentence));
  EXPECT_EQ(caches(), 1);
  const ProgramResult second = train_frozen("second", damaged);
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_EQ(second.err, "tagtrain: warning: " + sentence);
  for (const char* flag : {"--set=data.on_error=stop", "--strict"}) {  // the cache does not hide the error
    fs::remove_all(path("frozen/third"));
    const ProgramResult third =
        run_with({"tagtrain", "-c", path("frozen/frozen.toml"), "-o", path("frozen/third"), "--quiet", flag}, damaged);
    EXPECT_EQ(third.code, 3) << third.err;
    EXPECT_THAT(third.err, HasSubstr("damaged.jpg: is not a picture in a supported format"));
  }
}

}  // namespace
}  // namespace tagloom
