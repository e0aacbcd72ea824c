// Applies train.threads and translates out-of-memory errors.
#include "tools/setup/resources.h"

#include <omp.h>

#include <future>
#include <new>
#include <thread>

#include "engine/core/memory.h"
#include "kernels/base/memory.h"

namespace tagloom {
namespace {

// Throws std::system_error if so many threads cannot run at once. OpenMP would end the process with exit code 1.
void start_and_join(int count) {
  std::promise<void> all_started;
  const std::shared_future<void> released = all_started.get_future().share();
  std::vector<std::jthread> threads;
  const struct Release {  // also after an exception, and before the threads are joined
    std::promise<void>& promise;
    ~Release() { promise.set_value(); }
  } release{all_started};
  for (int i = 0; i < count; ++i) threads.emplace_back([released] { released.wait(); });
}

}  // namespace

void set_threads(const Settings& settings) {
  if (settings.train.threads > 0) omp_set_num_threads(static_cast<int>(settings.train.threads));
  start_and_join(omp_get_max_threads() - 1);
#pragma omp parallel
  {}  // starts OpenMP's threads, while there is room for them
}

int64_t evaluation_batch(const Settings& settings) {
  return settings.evaluation_batch_size > 0 ? settings.evaluation_batch_size : settings.train.batch_size;
}

const char* evaluation_batch_setting(const Settings& settings) {
  return settings.evaluation_batch_size > 0 ? "eval.batch_size" : "train.batch_size";
}

void run_in_memory(int64_t batch_size, const char* setting, Device device, const std::function<void()>& work) {
  const auto fail_for = [&](int64_t bytes) {
    fail(ErrorKind::kDevice,
         "a batch of {} pictures does not fit into the memory of the {}{}: lower {}, data.size or data.workers", batch_size,
         device.is_cuda() ? "GPU" : "CPU", bytes > 0 ? format(" ({} more were needed)", bytes_text(bytes)) : "", setting);
  };
  try {
    work();
  } catch (const OutOfMemory& error) {
    fail_for(error.bytes());
  } catch (const std::bad_alloc&) {
    fail_for(0);
  }
}

}  // namespace tagloom
