#include "tools/setup/parallel_rows.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "engine/core/interrupt.h"
#include "tools/setup/start_threads.h"

namespace tagloom {

void for_each_row(int64_t count, int64_t threads, Progress& progress, const std::function<void(int64_t)>& one) {
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (int64_t i = next++; i < count && Interrupt::signal() == 0; i = next++) {
        one(i);
        const std::lock_guard lock(mutex);
        progress.advance(1);
      }
    } catch (...) {  // such as out of memory
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      next = count;
    }
  };
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  start_threads(std::min(threads, std::max<int64_t>(count, 1)), work).clear();
  if (failure) std::rethrow_exception(failure);
  if (const int signal = Interrupt::signal(); signal != 0) throw Interrupted{signal};
}

}  // namespace tagloom
