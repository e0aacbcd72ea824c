#pragma once
// Verifies the results of a row before it is timed.
#include "kernels/base/device.h"
#include "tools/bench/bench_row.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom {

// Checks on the CPU that every output is written completely, that no memory around it is, and that a second run gives the same bits.
// On CUDA also checks agreement with the CPU twin within the case's tolerance.
ReadyRow verified_op(const test::OpCase& op_case, Device device, const Checks& checks = {});

// Changes the rules of a device's queue and restores them in its destructor.
class RulesInForce {
 public:
  template <class Change>
  RulesInForce(Device device, const Change& change) : device_(device), before_(kernels::rules_of(device.queue())) {
    kernels::QueueRules rules = before_;
    change(rules);
    kernels::set_rules(device.queue(), rules);
  }
  ~RulesInForce() { kernels::set_rules(device_.queue(), before_); }
  RulesInForce(const RulesInForce&) = delete;
  RulesInForce& operator=(const RulesInForce&) = delete;

 private:
  Device device_;
  kernels::QueueRules before_;
};

// A step, and a function that reads its results: numbers that any mistake would change.
struct Step {
  std::function<void()> call;
  std::function<std::vector<float>()> answers;
  std::function<bool()> is_recorded = {};  // whether a GPU replays the step, which it may from the third call on
};

// `make` builds the step from the same initial values each time. Checks on the CPU that the answers are finite and that a second step
// gives the same bits. On CUDA also checks agreement with the CPU: the root mean square of the differences is at most `tolerance` times
// that of the answers. A replayed step must give the bits of the same number of calls that launch their kernels one by one.
ReadyRow verified_step(const std::function<Step(Device)>& make, double tolerance, Device device, const Checks& checks = {});
// The same for steps that are too slow on a CPU: both devices compute `few`, a step with fewer pictures, for the comparison.
ReadyRow verified_step(const std::function<Step(Device)>& make, const std::function<Step(Device)>& few, double tolerance,
                       Device device, const Checks& checks = {});

}  // namespace tagloom
