// Atomic files through kills, full disks, links and devices.
#include "engine/io/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "kernels/text/utf8.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

using test::read_whole_file;
using test::TemporaryFolder;
using test::write_whole_file;

TEST(AtomicFile, AppearsOnlyAfterCommit) {
  TemporaryFolder folder;
  const std::string path = folder / "a.txt";
  write_whole_file(path, "old");
  {
    AtomicFile file(path);
    file.write("new");
    file.write(" content");
    EXPECT_EQ(read_whole_file(path), "old");
    EXPECT_EQ(folder.file_count(), 2);
    file.commit();
    EXPECT_EQ(file.bytes_written(), 11);
  }
  EXPECT_EQ(read_whole_file(path), "new content");
  EXPECT_EQ(folder.file_count(), 1);
}

TEST(AtomicFile, LeavesNothingWithoutCommit) {
  TemporaryFolder folder;
  const std::string path = folder / "a.txt";
  write_whole_file(path, "old");
  { AtomicFile(path).write(std::string(1 << 20, 'x')); }
  EXPECT_EQ(read_whole_file(path), "old");
  EXPECT_EQ(folder.file_count(), 1);
}

TEST(AtomicFile, KillDuringWriteKeepsTheOldFile) {
  TemporaryFolder folder;
  const std::string path = folder / "a.txt";
  write_whole_file(path, "old");
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile file(path);
    file.write(std::string(1 << 20, 'x'));
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(read_whole_file(path), "old");
}

// The name that a killed process leaves, with a PID that no process has.
std::string left_by_a_dead_process(const std::string& target) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return target + ".tmp-tagloom-" + std::to_string(child) + "-0";
}

TEST(SweepTemporaries, RemovesWhatKilledProcessesLeft) {
  TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile file(folder / "a.txt");
    file.write(std::string(1 << 20, 'x'));
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  write_whole_file(folder / "b.txt", "mine");
  ASSERT_EQ(folder.file_count(), 2);
  sweep_temporaries(folder.path());
  EXPECT_EQ(folder.file_count(), 1);
  EXPECT_EQ(read_whole_file(folder / "b.txt"), "mine");
  sweep_temporaries(folder / "absent");
}

TEST(SweepTemporaries, AProcessThatNobodyReapsIsGone) {
  TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile file(folder / "a.txt");
    file.write("new");
    ::kill(::getpid(), SIGKILL);
  }
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);  // leaves a zombie
  sweep_temporaries(folder.path());
  EXPECT_EQ(folder.file_count(), 0);
  ::waitpid(child, nullptr, 0);
}

TEST(SweepTemporaries, KeepsFilesThatAreNotOurs) {
  TemporaryFolder folder;
  const std::string dead = left_by_a_dead_process("a.txt");
  const std::string stem = dead.substr(0, dead.rfind('-')), pid = stem.substr(stem.rfind('-') + 1);
  const std::vector<std::string> others{"a.txt",
                                        stem,
                                        "a.txt.tmp-" + pid + "-0",  // of another program
                                        stem + "-",
                                        stem + "-0x",
                                        stem + "-0.txt",
                                        "a.txt.tmp-tagloom--" + pid + "-0",
                                        "a.tmp",
                                        ".tmp-tagloom-" + pid + "-0",
                                        "a.txt.tmp-tagloom-99999999999999999999-0",
                                        "a.txt.tmp-tagloom-x-0",
                                        "a.txt.tmp-tagloom-0-0",
                                        "a.txt.tmp-tagloom-1-0",
                                        "a.txt.tmp-tagloom-" + std::to_string(::getpid()) + "-99"};
  for (const std::string& name : others) {
    write_whole_file(folder / name, "mine");
  }
  std::filesystem::create_directory(folder / left_by_a_dead_process("folder"));
  ASSERT_EQ(::symlink("a.txt", (folder / left_by_a_dead_process("link")).c_str()), 0);
  ASSERT_EQ(::mkfifo((folder / left_by_a_dead_process("pipe")).c_str(), 0600), 0);
  write_whole_file(folder / dead, "left");
  sweep_temporaries(folder.path());
  EXPECT_FALSE(std::filesystem::exists(folder / dead));
  EXPECT_EQ(folder.file_count(), static_cast<int>(others.size()) + 3);
}

// Such as one in another container, whose PID does not exist here.
TEST(SweepTemporaries, KeepsAFileThatAnotherProcessIsWriting) {
  TemporaryFolder folder;
  AtomicFile file(folder / "a.txt");
  file.write("new");
  const std::string foreign = folder / left_by_a_dead_process("a.txt");
  std::filesystem::rename(file.temporary_path(), foreign);
  const pid_t child = ::fork();
  if (child == 0) {
    sweep_temporaries(folder.path());
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(std::filesystem::exists(foreign));
  std::filesystem::rename(foreign, file.temporary_path());
  file.commit();
  EXPECT_EQ(read_whole_file(folder / "a.txt"), "new");
}

// Names of up to 255 bytes, which leave no room for the ending of a temporary name.
TEST(AtomicFile, WritesEveryNameThatTheFileSystemAllows) {
  TemporaryFolder folder;
  const std::string two_bytes = "\u00E4";
  std::string umlauts;
  for (int i = 0; i < 127; ++i) umlauts += two_bytes;
  for (const std::string& name :
       {std::string(221, 'a'), std::string(244, 'a'), std::string(255, 'a'), umlauts + "x", "x" + umlauts}) {
    const std::string path = folder / name;
    write_whole_file(path, "old");
    {
      AtomicFile file(path);
      file.write("new");
      EXPECT_EQ(folder.file_count(), 2) << name;
      const std::string temporary = std::filesystem::path(file.temporary_path()).filename();
      EXPECT_EQ(temporary.substr(0, 50), name.substr(0, 50));
      EXPECT_EQ(find_invalid_utf8(temporary), temporary.npos) << temporary;
      file.commit();
    }
    EXPECT_EQ(read_whole_file(path), "new");
    EXPECT_EQ(folder.file_count(), 1);
    std::filesystem::remove(path);
  }
  const std::string longer = folder / std::string(256, 'a');
  EXPECT_ERROR(kData, longer + ": cannot write: File name too long", AtomicFile{longer});
  EXPECT_EQ(folder.file_count(), 0);
}

TEST(AtomicFile, LongNamesWithTheSameBeginningHaveDifferentTemporaryNames) {
  TemporaryFolder folder;
  const auto stem_of = [&](const std::string& name) {
    AtomicFile file(folder / name);
    const std::string temporary = file.temporary_path();
    return temporary.substr(0, temporary.find(".tmp-"));
  };
  EXPECT_NE(stem_of(std::string(250, 'a')), stem_of(std::string(251, 'a')));
}

TEST(SweepTemporaries, RemovesWhatWasLeftOfALongName) {
  TemporaryFolder folder;
  const std::string name(255, 'n');
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile file(folder / name);
    file.write(std::string(1 << 20, 'x'));
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(folder.file_count(), 1);
  write_file_atomically(folder / name, "mine");
  EXPECT_EQ(folder.file_count(), 1);
  EXPECT_EQ(read_whole_file(folder / name), "mine");
}

TEST(AtomicFile, KeepsTheOrderOfWrites) {
  TemporaryFolder folder;
  const std::string path = folder / "a.bin";
  std::string expected;
  AtomicFile file(path);
  for (int i = 0; i < 40; ++i) {
    const std::string piece(static_cast<size_t>(i % 3 == 0 ? 300000 : i * 997), static_cast<char>('a' + i % 26));
    file.write(piece);
    expected += piece;
  }
  file.commit();
  EXPECT_TRUE(read_whole_file(path) == expected);
}

TEST(AtomicFile, KeepsPermissionsAndLinks) {
  TemporaryFolder folder;
  const std::string path = folder / "real.txt", link = folder / "link.txt";
  write_whole_file(path, "old");
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  ASSERT_EQ(::symlink("real.txt", link.c_str()), 0);
  write_file_atomically(link, "new");
  EXPECT_EQ(read_whole_file(path), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
}

TEST(AtomicFile, WritesToADeviceWithoutReplacingIt) {
  write_file_atomically("/dev/null", "gone");
  struct stat info {};
  ASSERT_EQ(::stat("/dev/null", &info), 0);
  EXPECT_TRUE(S_ISCHR(info.st_mode));
}

TEST(AtomicFile, RejectsInvalidTargets) {
  TemporaryFolder folder;
  EXPECT_ERROR(kData, "the folder " + folder.path() + "/absent does not exist", AtomicFile(folder / "absent/a.txt"));
  EXPECT_ERROR(kData, folder.path() + ": cannot write: this is a folder", AtomicFile(folder.path()));
  EXPECT_ERROR(kUsage, "a file name is empty", AtomicFile(""));
}

TEST(AtomicFile, ReportsAFullDisk) {
  // /dev/full fails every write with "no space left".
  EXPECT_ERROR(kData, "/dev/full: the disk is full (needed 51 MB, ", {
    AtomicFile file("/dev/full", 51'000'000);
    file.write("x");
    file.commit();
  });
  EXPECT_EQ(detail::disk_full_message("runs/x/last.safetensors", 51'400'000, 3'000'000),
            "runs/x/last.safetensors: the disk is full (needed 51 MB, 3 MB free): free space and resume");
}

TEST(AtomicFile, FailedWriteKeepsTheOldFile) {
  TemporaryFolder folder;
  const std::string path = folder / "a.bin";
  write_whole_file(path, "old");
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit old_limit {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const struct rlimit limit { 100000, old_limit.rlim_max };  // the first write is short, the next fails
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_ERROR(kData, path + ": cannot write 1 MB: larger than the file size limit",
               write_file_atomically(path, std::string(1'000'000, 'x')));
  ::setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(read_whole_file(path), "old");
  EXPECT_EQ(folder.file_count(), 1);
}

}  // namespace
}  // namespace tagloom
