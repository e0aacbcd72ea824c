// Applies train.threads and translates out-of-memory errors.
#include "tools/setup/resources.h"

#include <omp.h>
#include <new>

#include "engine/core/memory.h"
#include "kernels/base/memory.h"

namespace tagloom {

void set_threads(const Settings& settings) {
  if (settings.train.threads > 0) omp_set_num_threads(static_cast<int>(settings.train.threads));
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
