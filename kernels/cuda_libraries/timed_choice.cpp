#include "kernels/cuda_libraries/timed_choice.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "kernels/base/stopwatch.h"
#include "kernels/base/warning.h"
#include "kernels/cuda_libraries/libraries.h"

namespace tagloom::kernels {

PlanFile& plan_file(Queue& q) {
  static std::mutex mutex;
  static auto& files = *new std::map<std::pair<int, std::string>, PlanFile>;
  const std::lock_guard lock(mutex);
  const CudaContext& context = q.cuda();
  const std::pair key{context.device, context.rules.plan_folder};
  const auto found = files.find(key);
  if (found != files.end()) return found->second;
  const std::string owner = library_versions() + ", " + cuda_device_info(context.device).name;
  PlanFile& file = files.try_emplace(key, context.rules.plan_folder, owner).first->second;
  warn_of(file);
  return file;
}

void warn_of(const PlanFile& file) {
  const std::string warning = file.warning();
  if (!warning.empty()) warn(warning);
}

void warn_untimed(const OutOfMemory& error) {
  warn(format("no memory is left to time the ways to compute a layer, so the first is taken untimed: {}", error.what()));
}

double least_seconds(Queue& q, const std::function<void()>& work) {
  const std::unique_ptr<Stopwatch> stopwatch = make_stopwatch(q);
  work();
  double least = 0;
  for (int repeat = 0; repeat < 3; ++repeat) {
    stopwatch->start();
    work();
    const double taken = stopwatch->stop();
    least = repeat == 0 ? taken : std::min(least, taken);
  }
  return least;
}

SpareResult::~SpareResult() {
  if (data_ != nullptr) release(q_, data_);
}

void* SpareResult::data() {
  if (data_ == nullptr) {
    data_ = allocate(q_, bytes_);
    zero_bytes(q_, data_, bytes_);
  }
  return data_;
}

}  // namespace tagloom::kernels
