// SIGINT and SIGTERM while a program runs.
#include "engine/core/interrupt.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

TEST(Interrupt, RecordsTheFirstSignal) {
  Interrupt interrupt;
  EXPECT_EQ(Interrupt::signal(), 0);
  raise(SIGTERM);
  EXPECT_EQ(Interrupt::signal(), SIGTERM);
  raise(SIGINT);  // at once: counts as the same signal
  EXPECT_EQ(Interrupt::signal(), SIGTERM);
}

TEST(Interrupt, DescriptorIsReadableAfterASignal) {
  EXPECT_EQ(Interrupt::descriptor(), -1);
  for (int round = 0; round < 2; ++round) {
    Interrupt interrupt;
    pollfd waiting{Interrupt::descriptor(), POLLIN, 0};
    EXPECT_EQ(poll(&waiting, 1, 0), 0);
    raise(SIGINT);
    EXPECT_EQ(poll(&waiting, 1, 0), 1);
  }
  EXPECT_EQ(Interrupt::descriptor(), -1);
}

TEST(Interrupt, DescriptorDoesNotReuseAClosedStream) {
  EXPECT_EXIT(
      {
        for (int stream = 0; stream < 3; ++stream) close(stream);
        Interrupt interrupt;
        _exit(Interrupt::descriptor() > 2 && write(1, "x", 1) < 0 && fcntl(0, F_GETFD) < 0 ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(Interrupt, RecordsAHangUpUnlessItIsIgnored) {
  {
    Interrupt interrupt;
    raise(SIGHUP);
    EXPECT_EQ(Interrupt::signal(), SIGHUP);
  }
  const auto before = std::signal(SIGHUP, SIG_IGN);
  {
    Interrupt interrupt;
    raise(SIGHUP);
    EXPECT_EQ(Interrupt::signal(), 0);
  }
  EXPECT_EQ(std::signal(SIGHUP, before), SIG_IGN);
}

TEST(Interrupt, LaterSignalEndsTheProcess) {
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

TEST(Interrupt, RestoresThePreviousHandlers) {
  { Interrupt interrupt; }
  struct sigaction now {};
  sigaction(SIGTERM, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
  Interrupt again;
  EXPECT_EQ(Interrupt::signal(), 0);
}

TEST(Interrupt, RejectsASecondInstance) {
  Interrupt interrupt;
  EXPECT_THROW(Interrupt(), Error);
}

}  // namespace
}  // namespace tagloom
