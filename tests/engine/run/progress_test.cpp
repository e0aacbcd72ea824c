// Progress bars and log lines with a simulated clock and screen.
#include "engine/run/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace tagloom {
namespace {

using testing::HasSubstr;
using testing::Not;

// A Progress with a clock that the test sets and a screen that it reads.
struct Bench {
  double time = 100;
  int width = 80;
  std::ostringstream screen;
  Progress progress;

  explicit Bench(ProgressStyle style, bool utf8 = false)
      : progress(
            {.style = style, .sink = &screen, .utf8 = utf8, .width = [this] { return width; }, .now = [this] { return time; }}) {}

  std::string take() {
    std::string text = screen.str();
    screen.str("");
    return text;
  }
};

TEST(Progress, QuietPrintsNothingAndCounts) {
  Progress progress;
  progress.start({.name = "epoch", .number = 1, .count = 2, .pictures = 10});
  progress.advance(4, 2.0);
  progress.advance(2, 0.5);
  progress.say("hello");
  progress.report("epoch", 1, 2, {{"loss", 1}});
  const ProgressTotals totals = progress.stop();
  EXPECT_EQ(totals.pictures, 6);
  EXPECT_DOUBLE_EQ(totals.mean_loss, 1.5);
}

TEST(Progress, LinesAreKeysAndValues) {
  Bench b(ProgressStyle::kLines);
  b.progress.start({.name = "epoch", .number = 3, .count = 30, .pictures = 1000, .pictures_after = 2000});
  for (int i = 0; i < 4; ++i) {
    b.time += 2;
    b.progress.advance(50, 0.5);
  }
  EXPECT_EQ(b.take(), "");
  b.time += 2;
  b.progress.advance(50, 1.0);
  EXPECT_EQ(b.take(), "epoch=3 epochs=30 done=250 of=1000 images_per_second=25 loss=0.6 eta_seconds=110\n");
  b.progress.report("epoch", 3, 30, {{"loss", 0.51234}, {"f1_label", 0.371}, {"n_plus", 139}});
  EXPECT_EQ(b.take(), "epoch=3 epochs=30 loss=0.5123 f1_label=0.371 n_plus=139\n");
}

TEST(Progress, BarShowsRateLossAndEta) {
  Bench b(ProgressStyle::kBar);
  b.progress.start({.name = "epoch", .number = 3, .count = 30, .pictures = 1000, .pictures_after = 1000});
  EXPECT_EQ(b.take(), "\repoch 3/30 >.....................  0%\033[K");
  b.time += 1;
  b.progress.advance(500, 0.25);
  EXPECT_EQ(b.take(), "\repoch 3/30 ===========>..........  50%  500 images/s  loss 0.25  ETA 0:03\033[K");
  b.time += 0.01;
  b.progress.advance(5, 0.25);
  EXPECT_EQ(b.take(), "");  // too soon to draw again
  b.progress.report("epoch", 3, 30, {{"loss", 0.25}});
  EXPECT_THAT(b.take(), HasSubstr("\r\033[Kepoch 3/30  loss 0.25\n\repoch 3/30 "));
  b.progress.stop();
  EXPECT_EQ(b.take(), "\r\033[K");
}

TEST(Progress, LineFitsTheTerminal) {
  for (int width = 1; width < 120; ++width) {
    Bench b(ProgressStyle::kBar);
    b.width = width;
    b.progress.start({.name = "epoch", .number = 3, .count = 30, .pictures = 1000, .pictures_after = 1000});
    b.take();
    b.time += 1;
    b.progress.advance(500, 0.25);
    const std::string line = b.take();
    EXPECT_LT(static_cast<int>(line.size() - 1 - 3), std::max(width, 1)) << line;  // without \r and \033[K
    if (width >= 60) {
      EXPECT_THAT(line, HasSubstr("ETA 0:03"));
    }
  }
}

TEST(Progress, NarrowTerminalsDropTheBarFirst) {
  Bench b(ProgressStyle::kBar);
  b.width = 60;
  b.progress.start({.name = "epoch", .number = 3, .count = 30, .pictures = 1000});
  b.time += 1;
  b.progress.advance(500, 0.25);
  EXPECT_THAT(b.take(), HasSubstr("====>..."));
  b.width = 56;
  b.time += 1;
  b.progress.advance(1, 0.25);
  EXPECT_THAT(b.take(), Not(HasSubstr("=")));
}

TEST(Progress, CountsUpWithoutATotal) {
  Bench b(ProgressStyle::kBar, true);
  b.progress.start({.name = "predict"});
  b.time += 1;
  b.progress.advance(7);
  EXPECT_THAT(b.take(), HasSubstr("predict  7 images  7 images/s\033[K"));
}

TEST(Progress, ResumedTaskStartsWhereItWas) {
  Bench b(ProgressStyle::kBar, true);
  b.progress.start({.name = "epoch", .number = 1, .count = 1, .pictures = 100, .pictures_done = 50});
  EXPECT_THAT(b.take(), HasSubstr("━┄"));
  b.time += 1;
  b.progress.advance(25);
  EXPECT_THAT(b.take(), HasSubstr("75%  25 images/s  ETA 0:01"));
  EXPECT_EQ(b.progress.stop().pictures, 25);
}

TEST(Progress, RateFollowsAChange) {
  Bench b(ProgressStyle::kLines);
  b.progress.start({.name = "epoch", .number = 1, .count = 1, .pictures = 1'000'000});
  b.time += 60;
  b.progress.advance(10);  // a slow start
  b.take();
  for (int i = 0; i < 120; ++i) {
    b.time += 1;
    b.progress.advance(100);
  }
  EXPECT_THAT(b.take(), testing::ContainsRegex("done=12010 .*images_per_second=(99\\.|100)"));
}

TEST(Progress, PrintsEachWarningOnceInEveryStyle) {
  for (const ProgressStyle style : {ProgressStyle::kQuiet, ProgressStyle::kLines, ProgressStyle::kBar}) {
    Bench b(style);
    b.progress.warn("a.jpg: not a picture");
    b.progress.warn("b.jpg: not a picture");
    b.progress.warn("a.jpg: not a picture");
    EXPECT_EQ(b.take(), "a.jpg: not a picture\nb.jpg: not a picture\n");
    b.progress.say("report: r.html");
    EXPECT_EQ(b.take(), style == ProgressStyle::kQuiet ? "" : "report: r.html\n");
  }
  EXPECT_NO_THROW(Progress().warn("not printed"));
}

TEST(Progress, FormatsDurations) {
  EXPECT_EQ(duration_text(6.6), "0:07");
  EXPECT_EQ(duration_text(754), "12:34");
  EXPECT_EQ(duration_text(7384), "2:03:04");
}

TEST(Progress, PrintsTheFirstTenThousandWarningsOnce) {
  Bench b(ProgressStyle::kQuiet);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 10001; ++i) b.progress.warn(std::to_string(i) + "!");
  }
  const std::string text = b.take();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10002);
  EXPECT_THAT(text, testing::EndsWith("10000!\n10000!\n"));
}

}  // namespace
}  // namespace tagloom
