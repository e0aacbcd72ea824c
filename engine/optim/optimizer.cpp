// Flat memory, clipping, state, and the update rules of SGD, Adam and RMSProp.
#include "engine/optim/optimizer.h"

#include <cmath>
#include <map>
#include <new>
#include <set>

#include "kernels/base/device.h"
#include "kernels/math/arithmetic.h"
#include "kernels/optim/grad_norm.h"
#include "kernels/optim/optimizer_steps.h"

namespace tagloom {
namespace {

constexpr char kMomentum[] = "Momentum (sgd, rmsprop).";
constexpr char kEpsilon[] = "Added to the root (adam, adamw) or under it (rmsprop).";

constexpr int64_t kFlatAlignment = 64;  // elements between parameters; the gap's gradient stays 0

// Layout of the values that change from step to step.
constexpr size_t kRuleBytes = 128;
static_assert(sizeof(kernels::AdamStep) <= kRuleBytes && sizeof(kernels::RmsPropStep) <= kRuleBytes &&
              sizeof(kernels::SgdStep) <= kRuleBytes);
struct StepResults {
  Real squares, norm, factor, loss;
};

int64_t padded(int64_t count) { return (count + kFlatAlignment - 1) / kFlatAlignment * kFlatAlignment; }

// Removes frozen parameters and checks that the rest can be trained together. Returns their device.
Device check_groups(std::vector<ParameterGroup>& groups) {
  std::set<std::string> names;
  std::set<const Parameter*> seen;
  const NamedParameter* first = nullptr;
  for (ParameterGroup& group : groups) {
    TL_CHECK(names.insert(group.name).second, "[optimizer] two groups are named \"{}\"", group.name);
    if (group.active_from <= 0) std::erase_if(group.parameters, [](const NamedParameter& p) { return !p.parameter->trainable; });
    for (const NamedParameter& p : group.parameters) {
      TL_CHECK(seen.insert(p.parameter).second,
               "[optimizer] parameter \"{}\" of group \"{}\" is listed twice: list it in one group only", p.name, group.name);
      if (first == nullptr) first = &p;
      TL_CHECK(p.parameter->value.device() == first->parameter->value.device(),
               "[optimizer] parameter \"{}\" is on {}, \"{}\" is on {}: move the whole model first", p.name,
               p.parameter->value.device().name(), first->name, first->parameter->value.device().name());
    }
  }
  TL_CHECK(first != nullptr, "[optimizer] nothing to train: no group has a trainable parameter");
  return first->parameter->value.device();
}

}  // namespace

void ParameterGroup::declare(SettingRows& optim) {
  optim.real("learning_rate", learning_rate, above(0), "Learning rate, before the schedule.").may_change_on_resume();
  optim.real("weight_decay", weight_decay, at_least(0), "Weight decay: decoupled (adamw) or added to the gradient (the others).");
  optim
      .real("clip_value", clip_value, at_least(0),
            "Clamp every element of the gradient, weight decay included, to plus or minus this; 0 does not clip.")
      .may_change_on_resume();
}

void GradientClipping::declare(SettingRows& optim) {
  optim.real("clip_norm", clip_norm, at_least(0), "Scale the gradient down to this norm; 0 does not clip.")
      .may_change_on_resume();
}

Optimizer::Optimizer(std::vector<ParameterGroup> groups, GradientClipping clipping, std::vector<std::string> memory_names,
                     std::vector<Real> initial)
    : clipping_(clipping), memory_names_(std::move(memory_names)) {
  const Device device = check_groups(groups);
  for (ParameterGroup& group : groups) {
    int64_t count = 0;
    for (const NamedParameter& p : group.parameters) count += padded(p.parameter->value.count());
    FlatGroup flat;
    flat.group = std::move(group);
    flat.values = Tensor::zeros({count}, DType::kReal, device);
    flat.gradients = Tensor::zeros({count}, DType::kReal, device);
    if (flat.group.rounded) flat.rounded = Tensor::empty({count}, DType::kBf16, device);
    int64_t offset = 0;
    for (const NamedParameter& p : flat.group.parameters) {
      Parameter& parameter = *p.parameter;
      const int64_t n = parameter.value.count();
      const Tensor value = flat.values.rows(offset, offset + n).view(parameter.value.shape());
      value.copy_from(parameter.value);
      parameter.value = value;
      parameter.grad = flat.gradients.rows(offset, offset + n).view(value.shape());
      parameter.rounded = flat.group.rounded ? flat.rounded.rows(offset, offset + n).view(value.shape()) : Tensor();
      parameter.round_again();
      offset += padded(n);
    }
    for (Real first : initial) {
      flat.memory.push_back(Tensor::empty({count}, DType::kReal, device));
      TL_ON(device.queue(), fill(device.queue(), count, first, flat.memory.back().data()));
    }
    groups_.push_back(std::move(flat));
  }
  values_ = std::make_unique<Mirror>(device, results_offset() + sizeof(StepResults));
}

size_t Optimizer::rule_offset(size_t group) const { return kRuleBytes * (1 + group); }
size_t Optimizer::results_offset() const { return rule_offset(groups_.size()); }
const uint64_t* Optimizer::step_number() const { return values_->device<uint64_t>(0); }

void Optimizer::zero_grad() {
  for (FlatGroup& group : groups_) group.gradients.zero();
}

double Optimizer::step(double factor, int64_t iteration) {
  begin_step(factor, iteration);
  queue_step();
  return end_step().norm;
}

void Optimizer::begin_step(double factor, int64_t iteration) {
  *values_->host<uint64_t>(0) = static_cast<uint64_t>(iteration);
  for (size_t i = 0; i < groups_.size(); ++i) {
    FlatGroup& group = groups_[i];
    group.active = iteration >= group.group.active_from;
    kernels::GradientRule rule;
    rule.clip_value = static_cast<Real>(group.group.clip_value);
    rule.weight_decay = static_cast<Real>(group.group.weight_decay);
    rule.decoupled = decoupled_decay();
    write_rule(group, group.group.learning_rate * factor, rule, values_->host<void>(rule_offset(i)));
  }
  values_->to_device(0, results_offset());
}

void Optimizer::queue_step(const Real* loss) {
  kernels::Queue& queue = groups_.front().values.queue();
  StepResults* const results = values_->device<StepResults>(results_offset());
  kernels::zero_bytes(queue, results, sizeof(StepResults));
  if (loss != nullptr) kernels::copy_bytes(queue, kernels::CopyKind::kSameDevice, loss, &results->loss, sizeof(Real));
  for (FlatGroup& group : groups_) {
    if (!group.active) continue;
    TL_ON(queue, sum_of_squares(queue, group.count(), group.gradients.data(), &results->squares, kernels::Into::kAdd));
  }
  TL_ON(queue, gradient_factor(queue, &results->squares, &results->loss, static_cast<Real>(clipping_.clip_norm), &results->norm,
                               &results->factor));
  for (size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].active) step_group(groups_[i], values_->device<void>(rule_offset(i)), &results->factor);
  }
  values_->to_host(results_offset(), sizeof(StepResults));
}

std::vector<bool> Optimizer::active_groups() const {
  std::vector<bool> active;
  for (const FlatGroup& group : groups_) active.push_back(group.active);
  return active;
}

StepOutcome Optimizer::end_step() {
  kernels::synchronize(groups_.front().values.queue());
  const StepResults& results = *values_->host<StepResults>(results_offset());
  const bool taken = results.factor >= 0;
  for (FlatGroup& group : groups_) group.steps += taken && group.active;
  return {results.loss, results.norm, taken};
}

std::vector<OptimizerState> Optimizer::state() const {
  std::vector<OptimizerState> all;
  for (const FlatGroup& group : groups_) {
    for (size_t i = 0; i < memory_names_.size(); ++i) {
      all.push_back({"optimizer." + group.group.name + "." + memory_names_[i], group.memory[i]});
    }
  }
  return all;
}

void Optimizer::load_state(const std::vector<OptimizerState>& tensors, const std::string& source) {
  std::map<std::string, const Tensor*> given;
  for (const OptimizerState& entry : tensors) {
    if (entry.name.starts_with("optimizer.")) given[entry.name] = &entry.tensor;
  }
  const std::vector<OptimizerState> mine = state();
  std::vector<const Tensor*> found;
  for (const OptimizerState& entry : mine) {
    const auto place = given.find(entry.name);
    TL_CHECK_AS(ErrorKind::kData, place != given.end(),
                "{}: the optimizer's state \"{}\" is missing; it was saved by another optimizer or for another model", source,
                entry.name);
    found.push_back(place->second);
    given.erase(place);
    TL_CHECK_AS(ErrorKind::kData, found.back()->shape() == entry.tensor.shape() && found.back()->dtype() == entry.tensor.dtype(),
                "{}: the optimizer's state \"{}\" is {} {}, but this run needs {} {}", source, entry.name,
                dtype_name(found.back()->dtype()), found.back()->shape(), dtype_name(entry.tensor.dtype()), entry.tensor.shape());
  }
  TL_CHECK_AS(ErrorKind::kData, given.empty(),
              "{}: the optimizer's state \"{}\" is unknown; it was saved by another optimizer or for another model", source,
              given.begin()->first);
  for (size_t i = 0; i < mine.size(); ++i) mine[i].tensor.copy_from(*found[i]);
}

std::vector<int64_t> Optimizer::steps_taken() const {
  std::vector<int64_t> steps;
  for (const FlatGroup& group : groups_) steps.push_back(group.steps);
  return steps;
}

void Optimizer::set_steps_taken(const std::vector<int64_t>& steps) {
  TL_CHECK_AS(ErrorKind::kData, steps.size() == groups_.size(), "the checkpoint has {} parameter groups, this run has {}",
              steps.size(), groups_.size());
  for (size_t i = 0; i < steps.size(); ++i) groups_[i].steps = steps[i];
}

void SgdOptions::declare(SettingRows& optim) {
  optim.real("momentum", momentum, below(0, 1), kMomentum);
  optim.flag("nesterov", nesterov, "Nesterov's momentum (sgd).");
}

Sgd::Sgd(std::vector<ParameterGroup> groups, SgdOptions options, GradientClipping clipping)
    : Optimizer(std::move(groups), clipping, {"momentum"}, {0}), options_(options) {}

void Sgd::write_rule(const FlatGroup&, double learning_rate, const kernels::GradientRule& rule, void* to) const {
  new (to) kernels::SgdStep{static_cast<Real>(learning_rate), static_cast<Real>(options_.momentum), options_.nesterov, rule};
}

void Sgd::step_group(const FlatGroup& group, const void* rule, const Real* factor) {
  TL_ON(group.values.queue(), sgd_step(group.values.queue(), group.count(), static_cast<const kernels::SgdStep*>(rule), factor,
                                       group.gradients.data(), group.values.data(), group.memory[0].data(), group.copy()));
}

void AdamOptions::declare(SettingRows& optim) {
  optim.real("beta1", beta1, below(0, 1), "Decay of the first moment (adam, adamw).");
  optim.real("beta2", beta2, below(0, 1), "Decay of the second moment (adam, adamw).");
  optim.real("epsilon", epsilon, above(0), kEpsilon);
}

Adam::Adam(std::vector<ParameterGroup> groups, AdamOptions options, GradientClipping clipping)
    : Optimizer(std::move(groups), clipping, {"exp_avg", "exp_avg_sq"}, {0, 0}), options_(options) {}

void Adam::write_rule(const FlatGroup& group, double learning_rate, const kernels::GradientRule& rule, void* to) const {
  new (to) kernels::AdamStep(learning_rate, options_.beta1, options_.beta2, options_.epsilon, group.steps + 1, rule);
}

void Adam::step_group(const FlatGroup& group, const void* rule, const Real* factor) {
  TL_ON(group.values.queue(),
        adam_step(group.values.queue(), group.count(), static_cast<const kernels::AdamStep*>(rule), factor,
                  group.gradients.data(), group.values.data(), group.memory[0].data(), group.memory[1].data(), group.copy()));
}

void RmsPropOptions::declare(SettingRows& optim) {
  optim.real("momentum", momentum, below(0, 1), kMomentum);
  optim.real("epsilon", epsilon, above(0), kEpsilon);
  optim.real("decay", decay, below(0, 1), "Decay of the mean square (rmsprop).");
  optim.real("initial_mean_square", initial_mean_square, between(0, 1),
             "The mean square at the start (rmsprop); TensorFlow's is 1.");
}

RmsProp::RmsProp(std::vector<ParameterGroup> groups, RmsPropOptions options, GradientClipping clipping)
    : Optimizer(std::move(groups), clipping, {"square_avg", "momentum"}, {static_cast<Real>(options.initial_mean_square), 0}),
      options_(options) {}

void RmsProp::write_rule(const FlatGroup&, double learning_rate, const kernels::GradientRule& rule, void* to) const {
  new (to) kernels::RmsPropStep{static_cast<Real>(learning_rate), static_cast<Real>(options_.decay),
                                static_cast<Real>(options_.momentum), static_cast<Real>(options_.epsilon), rule};
}

void RmsProp::step_group(const FlatGroup& group, const void* rule, const Real* factor) {
  TL_ON(group.values.queue(),
        rmsprop_step(group.values.queue(), group.count(), static_cast<const kernels::RmsPropStep*>(rule), factor,
                     group.gradients.data(), group.values.data(), group.memory[0].data(), group.memory[1].data(), group.copy()));
}

void OptimizerOptions::declare(SettingRows& optim) {
  optim.choice("name", kind, "The optimizer.");
  sgd.declare(optim);
  adam.declare(optim);
  rms_prop.declare(optim);
  clipping.declare(optim);
}

std::unique_ptr<Optimizer> OptimizerOptions::make(std::vector<ParameterGroup> groups) const {
  switch (kind) {
    case OptimizerKind::kSgd:
      return std::make_unique<Sgd>(std::move(groups), sgd, clipping);
    case OptimizerKind::kAdam:
    case OptimizerKind::kAdamW: {
      AdamOptions options = adam;
      options.decoupled_decay = kind == OptimizerKind::kAdamW;
      return std::make_unique<Adam>(std::move(groups), options, clipping);
    }
    case OptimizerKind::kRmsProp:
      return std::make_unique<RmsProp>(std::move(groups), rms_prop, clipping);
  }
  fail(ErrorKind::kInternal, "[optimizer] unknown optimizer");
}

}  // namespace tagloom
