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
  warn(format("not enough memory to time a layer's algorithms; using the first one: {}", error.what()));
}

double least_seconds(Queue& q, const std::function<void()>& work) {
  constexpr double kWarmUpSeconds = 0.02, kSampleSeconds = 1e-4, kLeastSeconds = 1e-6;
  constexpr int kSamples = 3, kMostCalls = 20;
  const std::unique_ptr<Stopwatch> stopwatch = make_stopwatch(q);
  const auto timed = [&](int calls) {
    stopwatch->start();
    for (int i = 0; i < calls; ++i) work();
    return std::max(stopwatch->stop() / calls, kLeastSeconds);
  };
  double least = timed(1);
  static std::once_flag warmed_up;  // GPU clocks rise under load: without a warm-up the first candidate would seem slow
  std::call_once(warmed_up, [&] {
    for (double spent = least; spent < kWarmUpSeconds; spent += timed(1)) {
    }
  });
  for (int sample = 0; sample < kSamples; ++sample) {  // batches short calls, or the gaps between launches dominate
    least = std::min(least, timed(std::clamp(static_cast<int>(kSampleSeconds / least), 1, kMostCalls)));
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
