// Signal handlers that record the first signal and exit on a later one.
#include "engine/core/interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr int64_t kSameSignalNanoseconds = 500'000'000;

std::atomic<int> first_signal{0};
std::atomic<int64_t> first_time{0};
std::atomic<bool> installed{false};
std::atomic<int> event{-1};  // eventfd that the first signal writes to
static_assert(std::atomic<int64_t>::is_always_lock_free, "a signal handler may touch lock-free atomics only");

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
std::array<struct sigaction, kSignals.size()> former;

int64_t nanoseconds_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}

void record_signal(int signal) {  // only async-signal-safe calls
  int none = 0;
  if (first_signal.load() == 0) first_time.store(nanoseconds_now());
  if (first_signal.compare_exchange_strong(none, signal)) {
    const int error = errno;
    const uint64_t one = 1;
    (void)!write(event.load(), &one, sizeof one);
    errno = error;
    return;
  }
  if (nanoseconds_now() - first_time.load() > kSameSignalNanoseconds) _exit(128 + signal);
}

}  // namespace

Interrupt::Interrupt() {
  TL_CHECK_AS(ErrorKind::kInternal, !installed.exchange(true), "[interrupt] another Interrupt already exists");
  first_signal = 0;
  const int low = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  event = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);  // above stderr: must not take the number of a closed standard stream
  close(low);
  struct sigaction action {};
  action.sa_handler = record_signal;
  action.sa_flags = SA_RESTART;  // interrupted reads and writes continue
  sigemptyset(&action.sa_mask);
  for (const int signal : kSignals) sigaddset(&action.sa_mask, signal);
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &former[i]);
    const bool keep = kSignals[i] == SIGHUP && former[i].sa_handler == SIG_IGN;
    if (!keep) sigaction(kSignals[i], &action, nullptr);
  }
}

Interrupt::~Interrupt() {
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &former[i], nullptr);
  close(event.exchange(-1));
  first_signal = 0;
  installed = false;
}

int Interrupt::signal() { return first_signal.load(); }

int Interrupt::descriptor() { return event.load(); }

}  // namespace tagloom
