// tagdata pack, and trainings from a pack.
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>

#include "tests/cli/train_tools.h"

namespace tagloom::test {
namespace {

using testing::HasSubstr;

class PackedTraining : public TrainTools {
 protected:
  static ProgramResult pack(const std::string& out, const std::vector<std::string>& more) {
    std::vector<std::string> words{"tagdata", "pack", path("scenes/train.tsv"), "-o", path(out)};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
  static std::vector<std::string> from(const std::string& out) { return {"--set", "data.train=" + path(out)}; }

  static void expect_same_weights(const std::string& a, const std::string& b) {
    const Safetensors first = Safetensors::open(path(a + "/best.safetensors")),
                      second = Safetensors::open(path(b + "/best.safetensors"));
    ASSERT_EQ(first.entries().size(), second.entries().size());
    for (const SafetensorsEntry& entry : first.entries()) {
      const SafetensorsEntry& other = second.require(entry.name);
      ASSERT_EQ(entry.bytes.size(), other.bytes.size()) << entry.name;
      EXPECT_EQ(std::memcmp(entry.bytes.data(), other.bytes.data(), entry.bytes.size()), 0) << entry.name << " differs";
    }
  }
};

// The pictures are no larger than the pack's, so their bytes are copied.
TEST_F(PackedTraining, GivesTheWeightsOfTheFolderAlsoIfItIsResumed) {
  const ProgramResult packed = pack("pack", {"--size", "32", "--shard-size", "20KB"});
  ASSERT_EQ(packed.code, 0) << packed.err;
  EXPECT_EQ(packed.out, "");
  const std::string rows = read_whole_file(path("scenes/train.tsv"));
  const std::string pictures = std::to_string(std::count(rows.begin(), rows.end(), '\n'));
  EXPECT_THAT(packed.err, HasSubstr(pictures + " pictures in "));
  EXPECT_THAT(packed.err, HasSubstr(pictures + " copied unchanged"));
  finished();
  const ProgramResult whole = train("whole", from("pack"));
  ASSERT_EQ(whole.code, 0) << whole.err;
  expect_same_weights("whole", "finished");

  const ProgramResult stopped = train("stopped", from("pack"), {.signal_after = "epoch=1", .signal = SIGINT});
  ASSERT_EQ(stopped.code, 130) << stopped.err;
  const ProgramResult resumed = run_program({"tagtrain", "--resume", path("stopped")});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  expect_same_weights("stopped", "finished");

  const ProgramResult evaluated = run_program({"tageval", path("whole"), "--data", path("pack"), "--json", "-q"});
  EXPECT_EQ(evaluated.code, 0) << evaluated.err;
  EXPECT_THAT(evaluated.out, HasSubstr("\"pictures\": " + pictures));
  EXPECT_EQ(run_program({"tagdata", "inspect", path("pack"), "-q"}).code, 0);
}

TEST_F(PackedTraining, RejectsUnfinishedAndSmallPacks) {
  ASSERT_EQ(pack("small", {"--size", "16"}).code, 0);
  const ProgramResult small = train("from_small", from("small"));
  EXPECT_EQ(small.code, 2);
  EXPECT_THAT(small.err, HasSubstr("its pictures were resized to 16 pixels, but data.size is 32: set it to at most 16"));
  std::filesystem::rename(path("small/pack.json"), path("small/pack.unfinished"));
  const ProgramResult unfinished = train("from_unfinished", from("small"));
  EXPECT_EQ(unfinished.code, 3);
  EXPECT_THAT(unfinished.err, HasSubstr("this pack is not finished: repeat the tagdata pack command that began it"));
  EXPECT_EQ(pack("small", {"--size", "16", "-q"}).code, 0);
}

TEST_F(PackedTraining, NamesWhatItLeavesOut) {
  write_whole_file(path("some.tsv"), "scenes/images/000001.jpg\tsky\nno.jpg\tsea\n");
  const ProgramResult some = run_program({"tagdata", "pack", path("some.tsv"), "-o", path("some"), "--strict"});
  EXPECT_EQ(some.code, 3);
  EXPECT_THAT(some.err, HasSubstr("left out: " + path("some.tsv") + ":2: " + path("no.jpg") + ": cannot be opened"));
  EXPECT_THAT(some.err, HasSubstr("1 picture in 1 shard"));
  std::filesystem::remove(path("some/index.safetensors"));
  const ProgramResult index = run_program({"tagdata", "pack", path("some"), "--index"});
  EXPECT_EQ(index.code, 0) << index.err;
  EXPECT_TRUE(std::filesystem::exists(path("some/index.safetensors")));
  for (const char* size : {"1KB", "x", "5TB", "-1"})
    EXPECT_EQ(pack("other", {"--shard-size=" + std::string(size)}).code, 2) << size;
}

TEST_F(PackedTraining, CommandsThatNeedFilesRefusePacks) {
  ASSERT_EQ(pack("for_files", {"--size", "32", "--format", "png"}).code, 0);
  const std::string out = path("from_pack");
  const std::vector<std::string> commands[] = {
      {"tagdata", "split", path("for_files"), "-o", out},
      {"tagdata", "split", path("for_files/for_files-000000.tar"), "-o", out},
      {"tagdata", "export", path("for_files"), "--format", "coco", "-o", out + ".json"},
      {"tagdata", "export", path("for_files"), "--format", "huggingface", "-o", path("for_files")},
      {"tagdata", "export", path("for_files"), "--format", "txt", "-o", out},
      {"tageval", finished(), "--data", path("for_files"), "--suspects", "5", "--review", out}};
  for (const std::vector<std::string>& words : commands) {
    const ProgramResult r = run_program(words);
    EXPECT_EQ(r.code, 2) << r.err;
    EXPECT_THAT(r.err,
                HasSubstr(": is a pack, whose pictures have no files of their own: give the manifest that it was packed from"));
    EXPECT_FALSE(std::filesystem::exists(out) || std::filesystem::exists(out + ".json"));
  }
}

}  // namespace
}  // namespace tagloom::test
