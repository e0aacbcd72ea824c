// Parses the times that --newer-than accepts: dates, and files.
#include "tools/listing/newer_than.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <ctime>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::test {
namespace {

class NewerThan : public testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "XYZ-03:30", 1);  // three and a half hours east
    tzset();
  }
  void TearDown() override {
    unsetenv("TZ");
    tzset();
  }
};

TEST_F(NewerThan, ReadsDatesInLocalTimeAndWithZones) {  // seconds from `date -u -d ... +%s`
  EXPECT_EQ(moment_of("2026-05-01T18:30:05Z").seconds, 1777660205);
  EXPECT_EQ(moment_of("2026-05-01 18:30Z").seconds, 1777660200);
  EXPECT_EQ(moment_of("2026-05-01T18:30:05+02:00").seconds, 1777660205 - 7200);
  EXPECT_EQ(moment_of("2026-05-01T18:30:05-00:30").seconds, 1777660205 + 1800);
  EXPECT_EQ(moment_of("2026-05-01T18:30:05+23:59").seconds, 1777660205 - 86340);
  EXPECT_EQ(moment_of("2026-05-01T18:30:05").seconds, 1777660205 - 12600);
  EXPECT_EQ(moment_of("2026-05-01").seconds, 1777593600 - 12600);
  EXPECT_EQ(moment_of("2024-02-29T00:00Z").seconds, 1709164800);
}

TEST_F(NewerThan, RejectsInvalidDates) {
  for (const char* text :
       {"yesterday", "2026", "2026-5-1", "2026-02-29", "2026-13-01", "2026-00-10", "2026-05-01T", "2026-05-01T24:00",
        "2026-05-01T18:60", "2026-05-01T18:30:05+2", "2026-05-01T18:30 UTC", "2026-05-01x", "", " 2026-05-01", "2026-05-01T+1:+2",
        "2026-+5-01", "2026-05-01T11:00+99:99", "2026-05-01T11:00+24:00", "2026-05-01T11:00-02:60"}) {
    EXPECT_ERROR(kUsage, "is neither a file nor a date", moment_of(text));
  }
}

TEST_F(NewerThan, AnExistingFileTakesPrecedence) {
  TemporaryFolder folder;
  const std::string file = folder / "2026-05-01";
  write_whole_file(file, "");
  const timespec times[2] = {{5, 0}, {123456789, 987}};
  ASSERT_EQ(utimensat(0, file.c_str(), times, 0), 0);
  EXPECT_EQ(moment_of(file), (FileTime{123456789, 987}));
  EXPECT_FALSE(changed_at(folder / "gone"));
  EXPECT_LT((FileTime{1, 999}), (FileTime{2, 0}));
  EXPECT_LT((FileTime{2, 0}), (FileTime{2, 1}));
}

}  // namespace
}  // namespace tagloom::test
