// Unshares the thread's table of file descriptors (Linux).
#include "engine/data/codecs/quiet_thread.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <exception>
#include <system_error>
#include <thread>

namespace tagloom {

void run_quietly(const std::function<void()>& decode) {
  std::exception_ptr thrown;
  const auto quiet = [&] {
    if (unshare(CLONE_FILES) == 0) {
      const int null_device = open("/dev/null", O_WRONLY | O_CLOEXEC);
      if (null_device >= 0) dup2(null_device, STDERR_FILENO);
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
