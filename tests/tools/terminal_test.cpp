// Detection of terminals, colours and UTF-8.
#include "tools/command_line/terminal.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <cstdlib>

namespace tagloom {
namespace {

// A terminal of 100 columns, without the variables that describe it.
class Terminal : public testing::Test {
 protected:
  void SetUp() override {
    winsize size{};
    size.ws_row = 40;
    size.ws_col = 100;
    ASSERT_EQ(openpty(&outer_, &inner_, nullptr, nullptr, &size), 0);
    unset_variables();
    setenv("TERM", "xterm", 1);
  }
  void TearDown() override {
    close(outer_);
    close(inner_);
    unset_variables();
  }
  static void unset_variables() {
    for (const char* name : {"NO_COLOR", "TERM", "LC_ALL", "LC_CTYPE", "LANG"}) unsetenv(name);
  }
  int outer_ = -1, inner_ = -1;
};

TEST_F(Terminal, IsDetectedWithItsWidth) {
  EXPECT_TRUE(is_terminal(inner_));
  EXPECT_EQ(terminal_width(inner_), 100);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_FALSE(is_terminal(ends[1]));
  EXPECT_FALSE(use_colour(ends[1]));
  EXPECT_EQ(terminal_width(ends[1]), 80);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(Terminal, ColoursRespectNoColorAndTerm) {
  EXPECT_TRUE(use_colour(inner_));
  setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(use_colour(inner_));  // empty counts as unset
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(use_colour(inner_));
  unsetenv("NO_COLOR");
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(use_colour(inner_));
  unsetenv("TERM");
  EXPECT_FALSE(use_colour(inner_));
}

TEST_F(Terminal, Utf8FollowsTheLocale) {
  EXPECT_FALSE(shows_utf8());
  setenv("LANG", "de_DE.UTF-8", 1);
  EXPECT_TRUE(shows_utf8());
  setenv("LC_ALL", "C", 1);
  EXPECT_FALSE(shows_utf8());
  setenv("LC_ALL", "en_US.utf8", 1);
  EXPECT_TRUE(shows_utf8());
}

TEST_F(Terminal, WrapsBetweenWords) {
  EXPECT_EQ(wrapped("one two three\n", 7, 4), "one two\nthree\n");
  EXPECT_EQ(wrapped("  -q  be quiet now\n", 14, 6), "  -q  be quiet\n      now\n");
  EXPECT_EQ(wrapped("a unbreakable b\n", 5, 0), "a\nunbreakable\nb\n");
  EXPECT_EQ(wrapped("  a    one two\n", 12, 9), "  a    one\n       two\n");
  EXPECT_EQ(wrapped("  tool words more\n", 12, 9), "  tool words\n    more\n");
  EXPECT_EQ(wrapped("         one two\n", 12, 9), "         one\n         two\n");
  EXPECT_EQ(wrapped("  --is one|two|six\n", 14, 9), "  --is\n    one|two|\n    six\n");
  EXPECT_EQ(wrapped("  --is=one|two|six\n", 16, 9), "  --is=one|two|\n    six\n");
  EXPECT_EQ(wrapped("\nshort\n", 80, 34), "\nshort\n");
}

}  // namespace
}  // namespace tagloom
