#pragma once
// Chooses the fastest of several ways to compute the same result on this GPU: timed once (QueueRules::benchmark), then stored for
// the process and in a file for later ones.
#include <functional>
#include <memory>
#include <utility>

#include "kernels/base/device.h"
#include "kernels/base/memory.h"
#include "kernels/base/plan_cache.h"
#include "kernels/base/plan_file.h"
#include "kernels/base/recording.h"
#include "kernels/cuda/context.h"

namespace tagloom::kernels {

// The plan file of the queue's GPU and rules, shared by all libraries. It lives as long as the process.
PlanFile& plan_file(Queue& q);
void warn_of(const PlanFile& file);  // emits the file's warning, if any
void warn_untimed(const OutOfMemory& error);

// The time of a call: the least of three samples after a warm-up. Waits for the queue.
double least_seconds(Queue& q, const std::function<void()>& work);

// Zeroed device memory for a result that is discarded, allocated on first use. Throws OutOfMemory.
class SpareResult {
 public:
  SpareResult(Queue& q, size_t bytes) : q_(q), bytes_(bytes) {}
  ~SpareResult();
  SpareResult(const SpareResult&) = delete;
  SpareResult& operator=(const SpareResult&) = delete;
  void* data();

 private:
  Queue& q_;
  size_t bytes_;
  void* data_ = nullptr;
};

// Plans by key, and by whether they were timed.
template <class Key, class Plan>
using TimedCache = PlanCache<std::pair<Key, bool>, Plan>;

// The cached plan for `key`, else a new one: from time() with QueueRules::benchmark, from choose() without it or without enough
// memory to time. Nothing can be timed during recording: then choose() provides the plan, and a later call may still time.
template <class Key, class Plan, class Time, class Choose>
std::shared_ptr<const Plan> timed_or_chosen(Queue& q, TimedCache<Key, Plan>& cache, const Key& key, const Time& time,
                                            const Choose& choose) {
  if (!q.cuda().rules.benchmark) return cache.get({key, false}, choose);
  const auto time_or_choose = [&]() -> Plan {
    try {
      return time();
    } catch (const OutOfMemory& error) {
      warn_untimed(error);
      return choose();
    }
  };
  if (!is_recording(q)) return cache.get({key, true}, time_or_choose);
  if (auto known = cache.find({key, true})) return known;
  return cache.get({key, false}, choose);
}

}  // namespace tagloom::kernels
