// Updates, swaps and saves the averaged weights.
#include "engine/optim/average.h"

#include <algorithm>
#include <map>

#include "kernels/math/arithmetic.h"

namespace tagloom {
namespace {

constexpr const char* kPrefix = "average.";

}  // namespace

void AverageOptions::declare(SettingRows& optim) {
  optim.choice("average", kind,
               "Weights to evaluate and keep as the best: those of the last step, their exponential moving average, or "
               "their mean over the last part of training (stochastic weight averaging).");
  optim.real("average_decay", decay, below(0, 1), "Decay of the moving average (average = \"ema\").");
  optim.real("average_after", after, below(0, 1), "Fraction of all iterations before the mean begins (average = \"swa\").");
  optim.integer("average_every", every, count_from(0),
                "Iterations between two weights in the mean (average = \"swa\"); 0 includes one per epoch.");
}

AveragedSteps averaged_steps(const AverageOptions& options, int64_t steps_per_epoch, int64_t epochs) {
  const int64_t every = options.every > 0 ? options.every : steps_per_epoch;
  const int64_t all = steps_per_epoch * epochs;
  const int64_t counted = std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(all) * (1 - options.after)) / every);
  return {.from = std::max<int64_t>(0, all - counted * every), .every = every};
}

WeightAverage::WeightAverage(std::vector<NamedParameter> parameters, std::vector<NamedBuffer> buffers,
                             const AverageOptions& options, AveragedSteps steps)
    : options_(options), steps_(steps) {
  TL_CHECK(steps.every > 0, "[average] every must be at least 1 step, got {}", steps.every);
  for (const NamedParameter& p : parameters) averaged_.push_back({p.name, p.parameter, nullptr, p.parameter->value.clone()});
  for (const NamedBuffer& b : buffers) averaged_.push_back({b.name, nullptr, b.tensor, b.tensor->clone()});
}

void WeightAverage::update(int64_t steps_done) {
  double share = 1;  // weight of the model's values in the new average
  const double n = static_cast<double>(count_);
  if (options_.kind == Averaging::kEma) {
    if (count_ > 0) share = 1 - std::min(options_.decay, (1 + n) / (10 + n));
  } else {
    if (steps_done <= steps_.from || (steps_done - steps_.from) % steps_.every != 0) return;
    share = 1 / (n + 1);
  }
  ++count_;
  for (const Averaged& one : averaged_) {
    if (share == 1) {
      one.average.copy_from(one.value());
      continue;
    }
    kernels::Queue& queue = one.average.queue();
    const int64_t count = one.average.count();
    TL_ON(queue,
          scale(queue, count, static_cast<Real>(1 - share), one.average.data(), one.average.data(), kernels::Into::kOverwrite));
    TL_ON(queue, scale(queue, count, static_cast<Real>(share), one.value().data(), one.average.data(), kernels::Into::kAdd));
  }
}

void WeightAverage::swap() {
  if (count_ == 0) return;
  for (const Averaged& one : averaged_) {
    const Tensor kept = one.average.clone();
    one.average.copy_from(one.value());
    one.value().copy_from(kept);
    if (one.parameter != nullptr) one.parameter->round_again();
  }
}

std::vector<OptimizerState> WeightAverage::state() const {
  std::vector<OptimizerState> all;
  if (count_ == 0) return all;
  for (const Averaged& one : averaged_) all.push_back({kPrefix + one.name, one.average});
  return all;
}

void WeightAverage::load_state(const std::vector<OptimizerState>& tensors, int64_t count, const std::string& source) {
  std::map<std::string, const Tensor*> given;
  for (const OptimizerState& entry : tensors) {
    if (entry.name.starts_with(kPrefix)) given[entry.name] = &entry.tensor;
  }
  if (given.empty()) return;
  std::vector<const Tensor*> found;
  for (const Averaged& one : averaged_) {
    const auto place = given.find(kPrefix + one.name);
    TL_CHECK_AS(ErrorKind::kData, place != given.end() && place->second->shape() == one.average.shape(),
                "{}: the average of \"{}\" is missing or of another shape; it was saved for another model", source, one.name);
    found.push_back(place->second);
  }
  for (size_t i = 0; i < found.size(); ++i) averaged_[i].average.copy_from(*found[i]);
  count_ = count;
}

}  // namespace tagloom
