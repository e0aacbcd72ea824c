#pragma once
// Runs the steps of a training. On the CPU that is to call them. On CUDA a step whose like has run once is recorded, and from
// then on it is repeated as one launch: the kernels of a small model take less time than to launch them one by one.
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
  // Steps of one likeness are the same work on the same memory: what differs stands in that memory. An empty one is like no other.
  using Likeness = std::vector<int64_t>;
  using Work = std::function<void(Tape&)>;

  StepRunner(Device device, uint64_t seed) : device_(device), seed_(seed), arena_(device) {}

  // `step_number` has `iteration`, on the device. A step that is repeated does not call `work`.
  void run(int64_t iteration, const uint64_t* step_number, const Likeness& likeness, const Work& work);

  int64_t recordings() const { return static_cast<int64_t>(recordings_.size()); }

 private:
  void forget();

  Device device_;
  uint64_t seed_;
  bool cannot_record_ = false;  // it was tried, and a library waits for the GPU or asks for memory on its way
  Arena arena_;                 // of all steps that are or may be recorded; whatever else runs has other memory
  std::set<Likeness> seen_;
  std::map<Likeness, std::unique_ptr<kernels::Recording>> recordings_;
};

}  // namespace tagloom
