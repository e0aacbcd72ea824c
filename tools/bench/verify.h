#pragma once
// Is it right? Asked before a row is timed: a fast wrong answer is no result.
#include "kernels/base/device.h"
#include "tools/bench/bench_row.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom {

// On the CPU: every output written, nothing beside it, and the same bits from a second run. On CUDA the same, and agreement with
// the CPU twin within the case's tolerance.
ReadyRow verified_op(const test::OpCase& op_case, Device device, const Checks& checks = {});

// Changes the rules of a device's queue, and puts them back when it goes.
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

// A step with a way to read what it computed: numbers that any mistake would change.
struct Step {
  std::function<void()> call;
  std::function<std::vector<float>()> answers;
  std::function<bool()> is_recorded = {};  // of a step that a GPU repeats from the third call on: whether it does
};

// `make` builds the step from the same start each time. On the CPU: finite answers, and the same bits from a second start. On CUDA
// the same, and agreement with the CPU: the root mean square of the differences within `tolerance` of that of the answers. A recorded
// step, repeated, ends with the bits of as many calls whose kernels are launched one by one.
ReadyRow verified_step(const std::function<Step(Device)>& make, double tolerance, Device device, const Checks& checks = {});
// The same, where the CPU would take too long for all of it: both devices compute `few`, made likewise of fewer pictures.
ReadyRow verified_step(const std::function<Step(Device)>& make, const std::function<Step(Device)>& few, double tolerance,
                       Device device, const Checks& checks = {});

}  // namespace tagloom
