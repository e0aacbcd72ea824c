// Maps exceptions to exit codes, prints errors, and flushes denormals to zero.
#include "tools/command_line/run_tool.h"

#include <unistd.h>
#ifdef __SSE2__
#include <pmmintrin.h>
#endif

#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <system_error>

#include "engine/core/interrupt.h"
#include "kernels/base/memory.h"
#include "kernels/base/warning.h"
#include "tools/command_line/bus_error.h"
#include "tools/command_line/standard_output.h"
#include "tools/command_line/terminal.h"

namespace tagloom {
namespace {

// Settings that lower the use of memory, and of threads.
struct Savings {
  const char* memory = "train.batch_size, eval.batch_size, data.size or data.workers";
  const char* threads = "data.workers or train.threads";
};

Savings savings_of(const std::string& tool) {
  if (tool == "tagdata") return {"--threads", "--threads"};
  return {};
}

int exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
      return kExitUsage;
    case ErrorKind::kData:
      return kExitData;
    case ErrorKind::kDevice:
      return kExitDevice;
    case ErrorKind::kNumeric:
      return kExitDiverged;
    case ErrorKind::kInternal:
      break;
  }
  return kExitBug;
}

int print_message(const char* name, const std::string& message, int code) {
  try {
    std::cout.flush();  // keeps the order on a terminal
  } catch (...) {       // the message is about another error
  }
  const bool colour = use_colour(STDERR_FILENO);
  std::cerr << (colour ? "\033[1;31m" : "") << name << ':' << (colour ? "\033[0m" : "") << ' ' << message << std::endl;
  return code;
}

// Flushes denormals (floats below 1.2e-38) to zero, in this thread and in those it starts: gradients have many of them, and a product
// with one takes ten times as long.
class DenormalsAreZero {
 public:
#ifdef __SSE2__
  DenormalsAreZero() { _mm_setcsr(before_ | _MM_FLUSH_ZERO_ON | _MM_DENORMALS_ZERO_ON); }
  ~DenormalsAreZero() { _mm_setcsr(before_); }

 private:
  const unsigned before_ = _mm_getcsr();
#endif
};

}  // namespace

int run_tool(const char* name, int argc, char** argv, const Command& command) {
  kernels::set_warning_sink([name](const std::string& sentence) { print_message(name, "warning: " + sentence, kExitDone); });
  report_bus_errors(name);
  const DenormalsAreZero denormals_are_zero;
  std::signal(SIGXFSZ, SIG_IGN);  // exceeding ulimit -f then fails the write, and does not kill the process
  std::signal(SIGPIPE, SIG_IGN);  // a training continues when the reader of its progress has gone
  const StandardOutput output;
  try {
    const int code = command(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
    std::cout.flush();
    return code;
  } catch (const OutputClosed&) {  // ends as other filters do
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
    return exit_code_of_signal(SIGPIPE);
  } catch (const Interrupted& interrupted) {
    return print_message(name, "interrupted", exit_code_of_signal(interrupted.signal));
  } catch (const OutOfMemory& error) {
    return print_message(name, format("{}: lower {}", error.what(), savings_of(name).memory), kExitDevice);
  } catch (const Error& error) {
    const bool internal = error.kind() == ErrorKind::kInternal;
    return print_message(
        name, internal ? format("internal error: {}: please report it with the command line", error.what()) : error.what(),
        exit_code_of(error.kind()));
  } catch (const std::bad_alloc&) {
    return print_message(name, format("out of memory: lower {}", savings_of(name).memory), kExitDevice);
  } catch (const std::filesystem::filesystem_error& error) {
    return print_message(name, error.path1().empty() ? error.what() : error.path1().string() + ": " + error.code().message(),
                         kExitData);
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::resource_unavailable_try_again) {  // std::thread failed to start
      return print_message(name, format("no more threads can be started: lower {}", savings_of(name).threads), kExitDevice);
    }
    return print_message(name, format("internal error: {}: please report it with the command line", error.what()), kExitBug);
  } catch (const std::exception& error) {
    return print_message(name, format("internal error: {}: please report it with the command line", error.what()), kExitBug);
  }
}

}  // namespace tagloom
