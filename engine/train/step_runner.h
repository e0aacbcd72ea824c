#pragma once
// Runs training steps. On the CPU it calls them. On CUDA it records the second step with the same key and replays it as one
// launch from then on, because launching a small model's kernels one by one takes longer than running them.
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "engine/tape/tape.h"
#include "kernels/base/recording.h"

namespace tagloom {

class StepRunner {
 public:
  // Steps with equal keys submit the same work on the same memory; only the values in that memory differ. An empty key never
  // matches.
  using StepKey = std::vector<int64_t>;
  using Work = std::function<void(Tape&)>;

  StepRunner(Device device, uint64_t seed) : device_(device), seed_(seed), arena_(device) {}

  // `step_number` points to `iteration` in device memory. A replayed step does not call `work`.
  void run(int64_t iteration, const uint64_t* step_number, const StepKey& key, const Work& work);

  int64_t recordings() const { return static_cast<int64_t>(recordings_.size()); }

 private:
  void clear();

  Device device_;
  uint64_t seed_;
  bool cannot_record_ = false;  // recording failed: a library synchronizes or allocates during the step
  Arena arena_;                 // for all steps that are or may be recorded; no other work uses it
  std::set<StepKey> seen_;
  std::map<StepKey, std::unique_ptr<kernels::Recording>> recordings_;
};

}  // namespace tagloom
