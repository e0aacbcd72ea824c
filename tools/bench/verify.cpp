// Runs ops and steps repeatedly and on both devices, and compares their results.
#include "tools/bench/verify.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "kernels/base/device.h"

namespace tagloom {
namespace {

using Outputs = std::vector<test::OpRun::Output>;

constexpr char kNotVerified[] = "not verified: the tests verify its kernels at smaller sizes";

std::string how_verified(Device device, const Checks& checks) {
  const std::string bits = checks.runs == 2 ? "same bits twice" : format("same bits {} times", checks.runs);
  return !device.is_cuda() ? bits : checks.runs == 2 ? "CPU twin" : "CPU twin, " + bits;
}

std::string first_unwritten(const Outputs& outputs) {
  for (const auto& output : outputs) {
    if (!output.written) return format("part of {} was not written", output.name);
    if (!output.sentinels_intact) return format("memory around {} was written", output.name);
  }
  return "";
}

template <class ToleranceOf>
std::string first_difference(const Outputs& actual, const Outputs& expected, const ToleranceOf& tolerance_of, const char* pair) {
  for (size_t i = 0; i < expected.size(); ++i) {
    const test::Tolerance tolerance = tolerance_of(expected[i]);
    for (size_t j = 0; j < expected[i].values.size(); ++j) {
      if (test::is_near(actual[i].values[j], expected[i].values[j], tolerance)) continue;
      return format("{} {} at {}: {} and {}", pair, expected[i].name, j, actual[i].values[j], expected[i].values[j]);
    }
  }
  return "";
}

Outputs outputs_of(const test::OpCase& op_case, Device device) {
  test::OpRun run(device.queue());
  op_case.prepare(run)();
  return run.outputs();
}

std::string first_not_finite(const std::vector<float>& answers) {
  for (float value : answers) {
    if (!std::isfinite(value)) return "an answer is not finite";
  }
  return "";
}

std::vector<float> answers_of(const Step& step) {
  step.call();
  return step.answers();
}

// Calls a step that was called once until it is replayed, and compares it with a step that is never recorded.
void verify_recorded(const Step& step, const std::function<Step(Device)>& make, Device device, Verdict& verdict) {
  constexpr int kCalls = 3;  // launched, recorded, replayed
  for (int call = 1; call < kCalls; ++call) step.call();
  if (!step.is_recorded()) return;
  verdict.how += ", recorded";
  const RulesInForce rules(device, [](kernels::QueueRules& changed) { changed.graphs = false; });
  const Step launched = make(device);
  for (int call = 0; call < kCalls; ++call) launched.call();
  if (launched.answers() != step.answers()) verdict.wrong = "the replayed step and the step of single launches differ";
}

double relative_difference(const std::vector<float>& actual, const std::vector<float>& expected) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(static_cast<double>(actual[i]) - expected[i], 2);
    size += std::pow(static_cast<double>(expected[i]), 2);
  }
  return std::sqrt(difference / std::max(size, 1e-30));
}

}  // namespace

ReadyRow verified_op(const test::OpCase& op_case, Device device, const Checks& checks) {
  const auto run = std::make_shared<test::OpRun>(device.queue());
  const std::function<void()> call = op_case.prepare(*run);
  if (!checks.verify) return {{kNotVerified}, [run, call] { call(); }};
  call();
  const Outputs first = run->outputs();
  ReadyRow ready{{how_verified(device, checks)}, [run, call] { call(); }};
  std::string& wrong = ready.verdict.wrong;
  const auto exact = [](const test::OpRun::Output&) { return test::kExact; };
  const auto near = [&](const test::OpRun::Output& output) { return op_case.tolerance_of(output); };
  wrong = first_unwritten(first);
  for (int again = 1; again < checks.runs && wrong.empty(); ++again)
    wrong = first_difference(outputs_of(op_case, device), first, exact, "second and first run differ:");
  if (wrong.empty() && device.is_cuda())
    wrong = first_difference(first, outputs_of(op_case, Device::cpu()), near, "cuda and cpu differ:");
  return ready;
}

ReadyRow verified_step(const std::function<Step(Device)>& make, double tolerance, Device device, const Checks& checks) {
  return verified_step(make, make, tolerance, device, checks);
}

ReadyRow verified_step(const std::function<Step(Device)>& make, const std::function<Step(Device)>& few, double tolerance,
                       Device device, const Checks& checks) {
  const Step step = make(device);
  if (!checks.verify) return {{kNotVerified}, step.call};
  const std::vector<float> first = answers_of(step);
  ReadyRow ready{{how_verified(device, checks)}, step.call};
  std::string& wrong = ready.verdict.wrong;
  wrong = first_not_finite(first);
  for (int again = 1; again < checks.runs && wrong.empty(); ++again) {
    if (answers_of(make(device)) != first) wrong = "second and first run differ";
  }
  if (wrong.empty() && device.is_cuda()) {
    // The smaller shapes are not timed, so choosing their engines by timing would waste time.
    const RulesInForce rules(device, [](kernels::QueueRules& changed) { changed.benchmark = false; });
    const double difference = relative_difference(answers_of(few(device)), answers_of(few(Device::cpu())));
    if (!(difference <= tolerance)) wrong = format("cuda and cpu differ by {} of their size", difference);
  }
  if (wrong.empty() && step.is_recorded) verify_recorded(step, make, device, ready.verdict);
  return ready;
}

}  // namespace tagloom
