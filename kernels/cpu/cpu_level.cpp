// Compiled for any x86-64, because it rejects CPUs that cannot run the rest.
#include "kernels/cpu/cpu_level.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "kernels/base/build_config.h"

namespace tagloom::kernels {

#if defined(__x86_64__) && TL_CPU_V4_BUILT

namespace {

constexpr char kTooOld[] =
    "tagloom: this CPU lacks instructions of x86-64-v3 (AVX2, FMA): build on this machine with -DTAGLOOM_NATIVE=ON\n";

// Before every other initialisation, which may use these instructions.
__attribute__((constructor(101))) void check_this_cpu() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v3")) return;
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kTooOld, sizeof kTooOld - 1);
  _exit(4);
}

}  // namespace

bool use_v4() {
  static const bool use = [] {
    const char* setting = std::getenv("TAGLOOM_AVX512");
    return __builtin_cpu_supports("x86-64-v4") && (setting == nullptr || std::strcmp(setting, "0") != 0);
  }();
  return use;
}

const char* cpu_level() { return use_v4() ? "x86-64-v4" : kCpu; }

#else

bool use_v4() { return false; }
const char* cpu_level() { return kCpu; }

#endif

}  // namespace tagloom::kernels
