// Tests tagpredict --watch: pictures that appear in folders while it runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cli/train_tools.h"

namespace tagloom::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Watch : public TrainTools {
 protected:
  void SetUp() override {
    fs::create_directory(path("photos"));
    fs::copy(path("scenes/images/000000.jpg"), path("photos/first.jpg"));
  }
  void TearDown() override { fs::remove_all(path("photos")); }

  struct Watched {
    int code;
    std::string out, err;
    int64_t count(const std::string& name) const {
      int64_t times = 0;
      const std::string line = path("photos/") + name + "\t";
      for (size_t at = out.find(line); at != out.npos; at = out.find(line, at + 1)) ++times;
      return times;
    }
  };

  // Runs `script` in the folder photos after the first picture is tagged, then stops tagpredict. In the script, $picture is another picture,
  // and `tagged NAME` waits for the line of a picture.
  static Watched watch(const std::string& script, const std::string& more = "", const std::string& ready = "tagged first.jpg") {
    const std::string out = path("out"), err = path("err");
    const std::string whole =
        built_program("tagpredict") + " -q " + finished() + " --watch " + path("photos") + more + " > " + out + " 2> " + err +
        " & pid=$!\n" + "until_true() { until \"$@\"; do sleep 0.05; kill -0 $pid || exit 99; done; }\n" +
        "tagged() { until_true grep -q \"/$1\" " + out + "; }\n" + "cd " + path("photos") +
        "; picture=" + path("scenes/images/000001.jpg") + "\n" + ready + "\n" + script + "\nkill -INT $pid; wait $pid";
    const ProgramResult result = run_program({"/bin/bash", "-c", whole}, {.seconds = 100});
    return {result.code, read_whole_file(out), read_whole_file(err)};
  }
};

TEST_F(Watch, TagsPicturesAsTheyAreWrittenMovedAndLinked) {
  const Watched watched = watch(
      "cp $picture written.jpg; tagged written.jpg; cp $picture part.tmp; mv part.tmp moved.jpg; tagged moved.jpg;"
      "ln moved.jpg hard.jpg; tagged hard.jpg; ln -s $picture soft.jpg; tagged soft.jpg;"
      "mkdir -p new/deep/folder; cp $picture new/deep/folder/inside.jpg; tagged inside.jpg;"
      "mkdir ../aside; cp $picture ../aside/from_elsewhere.jpg; mv ../aside come; tagged from_elsewhere.jpg;"
      "cp $picture come/later.jpg; tagged later.jpg; cp $picture .hidden.jpg; cp $picture notes.txt; cp $picture last.jpg; "
      "tagged last.jpg");
  EXPECT_EQ(watched.code, 0) << watched.err;
  EXPECT_EQ(watched.err, "");
  for (const char* name : {"first.jpg", "written.jpg", "moved.jpg", "hard.jpg", "soft.jpg", "new/deep/folder/inside.jpg",
                           "come/from_elsewhere.jpg", "come/later.jpg", "last.jpg"}) {
    EXPECT_EQ(watched.count(name), 1) << name << "\n" << watched.out;
  }
  EXPECT_EQ(std::count(watched.out.begin(), watched.out.end(), '\n'), 9) << watched.out;
}

TEST_F(Watch, WaitsUntilAPictureIsWritten) {
  const Watched watched = watch(
      "mkdir new; { head -c 300 $picture; sleep 1; tail -c +301 $picture; } > slow.jpg;"
      "{ mkdir newer; head -c 300 $picture; sleep 1; tail -c +301 $picture; } > new/slow.jpg; tagged new/slow.jpg;"
      "cp $picture last.jpg; tagged last.jpg");
  EXPECT_EQ(watched.code, 0) << watched.err;
  EXPECT_EQ(watched.err, "");
  EXPECT_EQ(watched.count("slow.jpg"), 1) << watched.out;
  EXPECT_EQ(watched.count("new/slow.jpg"), 1) << watched.out;
  const auto tags_of = [&](const std::string& name) {
    const size_t at = watched.out.find(name) + name.size();
    return watched.out.substr(at, watched.out.find('\n', at) - at);
  };
  EXPECT_EQ(tags_of("/slow.jpg"), tags_of("/last.jpg"));
}

TEST_F(Watch, TagsChangedPicturesAgainButNotTouchedOnes) {
  const Watched watched = watch(
      "cp -p $picture same.jpg; tagged same.jpg; : >> same.jpg;"
      "cp " +
      path("scenes/images/000002.jpg") + " first.jpg; cp $picture last.jpg; tagged last.jpg");
  EXPECT_EQ(watched.code, 0) << watched.err;
  EXPECT_EQ(watched.count("first.jpg"), 2) << watched.out;
  EXPECT_EQ(watched.count("same.jpg"), 1) << watched.out;
}

TEST_F(Watch, FollowsFoldersThatAreMoved) {
  const Watched watched = watch(
      "mkdir one; cp $picture one/a.jpg; tagged one/a.jpg; mv one two; tagged two/a.jpg; cp $picture two/b.jpg; tagged two/b.jpg;"
      "mv two ..; cp $picture ../two/c.jpg; cp $picture last.jpg; tagged last.jpg; rm -r ../two");
  EXPECT_EQ(watched.code, 0) << watched.err;
  EXPECT_EQ(watched.count("one/b.jpg") + watched.count("two/c.jpg") + watched.count("one/c.jpg"), 0) << watched.out;
}

TEST_F(Watch, IgnoresItsOwnSidecars) {
  const Watched watched = watch("cp $picture second.jpg; until_true [ -e second.jpg.xmp ]; sleep 0.5", " --format xmp",
                                "until_true [ -e first.jpg.xmp ]");
  EXPECT_EQ(watched.code, 0) << watched.err;
  EXPECT_TRUE(fs::exists(path("photos/first.jpg.xmp")) && fs::exists(path("photos/second.jpg.xmp")));
}

// A user namespace has its own limit, which its root may set.
TEST_F(Watch, ReportsTheLimitOfWatchedFoldersOnce) {
  const std::string limit = "/proc/sys/user/max_inotify_watches", out = path("out"), err = path("err");
  const std::vector<std::string> unshare{"/usr/bin/env", "unshare", "-Ur", "/bin/bash", "-c"};
  const auto with_limit = [&](const std::string& script) {
    std::vector<std::string> words = unshare;
    words.push_back("echo 5 > " + limit + " || exit 98; " + script);
    return run_program(words, {.seconds = 100});
  };
  if (const ProgramResult allowed = with_limit("true"); allowed.code != 0)
    GTEST_SKIP() << "no limit can be set in a user namespace: " << allowed.err;
  for (int i = 0; i < 20; ++i) {
    fs::create_directory(path("photos/" + std::to_string(i)));
    fs::copy(path("scenes/images/000001.jpg"), path("photos/" + std::to_string(i) + "/a.jpg"));
  }
  const ProgramResult result = with_limit(built_program("tagpredict") + " -q " + finished() + " --watch " + path("photos") +
                                          " > " + out + " 2> " + err + " & pid=$!; until [ $(wc -l < " + out +
                                          ") = 21 ]; do sleep 0.05; kill -0 $pid || exit 99; done; kill -INT $pid; wait $pid");
  EXPECT_EQ(result.code, 3);
  const std::string problems = read_whole_file(err);
  EXPECT_EQ(std::count(problems.begin(), problems.end(), '\n'), 1) << problems;
  EXPECT_THAT(problems,
              HasSubstr("new pictures in it and in further folders will not be found, because the limit is reached after 5"));
  EXPECT_THAT(problems, testing::Not(HasSubstr("skipped")));
}

TEST_F(Watch, EndsWhenItsFolderIsRemoved) {
  const Watched watched = watch("cd /; rm -r " + path("photos") + "; wait $pid; exit $?");
  EXPECT_EQ(watched.code, 3);
  EXPECT_THAT(watched.err, HasSubstr(path("photos") + ": was moved or removed: it is no longer watched"));
}

TEST_F(Watch, UnreadablePicturesSetExitCodeThree) {
  const Watched watched = watch("echo no picture > bad.jpg; until_true grep -q bad.jpg " + path("err") + ";" +
                                "cp $picture last.jpg; tagged last.jpg");
  EXPECT_EQ(watched.code, 3);
  EXPECT_THAT(watched.err, HasSubstr("skipped " + path("photos/bad.jpg") + ": is not a "));
}

TEST_F(Watch, UsesNoCpuTimeWhileIdle) {
  const Watched watched = watch(
      "sleep 1; before=$(cat /proc/$pid/stat); sleep 3; after=$(cat /proc/$pid/stat);"
      "echo $(echo $before | cut -d' ' -f14,15) / $(echo $after | cut -d' ' -f14,15) > " +
      path("time"));
  EXPECT_EQ(watched.code, 0) << watched.err;
  const std::string times = read_whole_file(path("time"));
  const size_t middle = times.find(" / ");
  ASSERT_NE(middle, times.npos);
  EXPECT_EQ(times.substr(0, middle) + "\n", times.substr(middle + 3));  // not one clock tick
}

}  // namespace
}  // namespace tagloom::test
