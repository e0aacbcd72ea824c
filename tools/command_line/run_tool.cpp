#include "tools/command_line/run_tool.h"

#include <unistd.h>
#ifdef __SSE3__
#include <pmmintrin.h>
#endif

#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <system_error>

#include "kernels/base/memory.h"
#include "kernels/base/warning.h"
#include "tools/command_line/terminal.h"

namespace tagloom {
namespace {

constexpr char kSmallerNeedsLess[] = "train.batch_size, eval.batch_size, data.size or data.workers";

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

int complain(const char* name, const std::string& message, int code) {
  std::cout.flush();  // what was said before stands before
  const bool colour = use_colour(STDERR_FILENO);
  std::cerr << (colour ? "\033[1;31m" : "") << name << ':' << (colour ? "\033[0m" : "") << ' ' << message << std::endl;
  return code;
}

// Floats too small for all their digits (below 1.2e-38) count as zero, here and in every thread that is started meanwhile: gradients
// are full of them, and a processor takes ten times as long for a product of such.
class DenormalsAreZero {
 public:
#ifdef __SSE3__
  DenormalsAreZero() { _mm_setcsr(before_ | _MM_FLUSH_ZERO_ON | _MM_DENORMALS_ZERO_ON); }
  ~DenormalsAreZero() { _mm_setcsr(before_); }

 private:
  const unsigned before_ = _mm_getcsr();
#endif
};

}  // namespace

int run_tool(const char* name, int argc, char** argv, const Command& command) {
  kernels::set_warning_sink([name](const std::string& sentence) { complain(name, "warning: " + sentence, kExitDone); });
  const DenormalsAreZero denormals_are_zero;
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow (ulimit -f) is an error of that file, not our end
  try {
    const int code = command(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
    std::cout.flush();
    TL_CHECK_AS(ErrorKind::kData, std::cout.good(), "writing to standard output failed: is the disk full?");
    return code;
  } catch (const OutOfMemory& error) {
    return complain(name, format("{}: a smaller {} needs less", error.what(), kSmallerNeedsLess), kExitDevice);
  } catch (const Error& error) {
    const bool ours = error.kind() == ErrorKind::kInternal;
    return complain(name,
                    ours ? format("internal error: {}: please report it with the command line", error.what()) : error.what(),
                    exit_code_of(error.kind()));
  } catch (const std::bad_alloc&) {
    return complain(name, format("out of memory: a smaller {} needs less", kSmallerNeedsLess), kExitDevice);
  } catch (const std::filesystem::filesystem_error& error) {
    return complain(name, error.what(), kExitData);
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::resource_unavailable_try_again) {  // what starting a thread answers
      return complain(name, format("no more threads can be started: a smaller data.workers or train.threads needs fewer"),
                      kExitDevice);
    }
    return complain(name, format("internal error: {}: please report it with the command line", error.what()), kExitBug);
  } catch (const std::exception& error) {
    return complain(name, format("internal error: {}: please report it with the command line", error.what()), kExitBug);
  }
}

}  // namespace tagloom
