#include "engine/run/interrupt.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

TEST(Interrupt, RemembersTheFirstSignal) {
  Interrupt interrupt;
  EXPECT_EQ(Interrupt::signal(), 0);
  raise(SIGTERM);
  EXPECT_EQ(Interrupt::signal(), SIGTERM);
  raise(SIGINT);  // at once: the same wish
  EXPECT_EQ(Interrupt::signal(), SIGTERM);
}

TEST(Interrupt, ALaterSignalEndsTheProcess) {
  EXPECT_EXIT(
      {
        Interrupt interrupt;
        raise(SIGINT);
        usleep(600'000);
        raise(SIGINT);
        _exit(0);
      },
      testing::ExitedWithCode(130), "");
}

TEST(Interrupt, TheFormerHandlersComeBack) {
  { Interrupt interrupt; }
  struct sigaction now {};
  sigaction(SIGTERM, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
  Interrupt again;
  EXPECT_EQ(Interrupt::signal(), 0);
}

TEST(Interrupt, ThereIsOneAtATime) {
  Interrupt interrupt;
  EXPECT_THROW(Interrupt(), Error);
}

}  // namespace
}  // namespace tagloom
