// Unshares the thread's table of file descriptors (Linux).
#include "engine/data/codecs/quiet_thread.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <exception>
#include <system_error>
#include <thread>

namespace tagloom {
namespace {

// Gives the thread its own descriptors: those of the standard streams, because copies would keep the process's sockets open. If the
// system only has unshare(), copies of all.
bool unshare_descriptors() {
#ifdef CLOSE_RANGE_UNSHARE
  if (close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_UNSHARE) == 0) return true;
#endif
  return unshare(CLONE_FILES) == 0;
}

}  // namespace

void run_quietly(const std::function<void()>& decode) {
  std::exception_ptr thrown;
  const auto quiet = [&] {
    if (unshare_descriptors()) {
      const int null_device = open("/dev/null", O_WRONLY | O_CLOEXEC);
      if (null_device >= 0) dup2(null_device, STDERR_FILENO);
      if (null_device > STDERR_FILENO) close(null_device);
    }
    try {
      decode();
    } catch (...) {
      thrown = std::current_exception();
    }
  };
  std::thread thread;
  try {
    thread = std::thread(quiet);
  } catch (const std::system_error&) {  // no thread could be created
    return decode();
  }
  thread.join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace tagloom
