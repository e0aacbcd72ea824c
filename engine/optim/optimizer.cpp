#include "engine/optim/optimizer.h"

#include <cmath>
#include <map>
#include <set>

#include "kernels/math/scale.h"
#include "kernels/optim/adam_step.h"
#include "kernels/optim/grad_norm.h"
#include "kernels/optim/rmsprop_step.h"
#include "kernels/optim/sgd_step.h"

namespace tagloom {
namespace {

constexpr int64_t kFlatAlignment = 64;  // elements between parameters; the gap's gradient stays 0

int64_t padded(int64_t count) { return (count + kFlatAlignment - 1) / kFlatAlignment * kFlatAlignment; }

// Takes the frozen parameters out, and checks that the rest can be trained together. Gives their device.
Device check_groups(std::vector<ParameterGroup>& groups) {
  std::set<std::string> names;
  std::set<const Parameter*> seen;
  const NamedParameter* first = nullptr;
  for (ParameterGroup& group : groups) {
    TL_CHECK(names.insert(group.name).second, "[optimizer] two groups are named \"{}\"", group.name);
    if (group.active_from <= 0) std::erase_if(group.parameters, [](const NamedParameter& p) { return !p.parameter->trainable; });
    for (const NamedParameter& p : group.parameters) {
      TL_CHECK(seen.insert(p.parameter).second,
               "[optimizer] parameter \"{}\" of group \"{}\" is listed twice: it belongs to one group", p.name, group.name);
      if (first == nullptr) first = &p;
      TL_CHECK(p.parameter->value.device() == first->parameter->value.device(),
               "[optimizer] parameter \"{}\" is on {}, \"{}\" is on {}: move the whole model first", p.name,
               p.parameter->value.device().name(), first->name, first->parameter->value.device().name());
    }
  }
  TL_CHECK(first != nullptr, "[optimizer] there is nothing to train: no group has a trainable parameter");
  return first->parameter->value.device();
}

}  // namespace

Optimizer::Optimizer(std::vector<ParameterGroup> groups, GradientClipping clipping, std::vector<std::string> memory_names,
                     std::vector<Real> initial)
    : clipping_(clipping), memory_names_(std::move(memory_names)) {
  const Device device = check_groups(groups);
  for (ParameterGroup& group : groups) {
    int64_t count = 0;
    for (const NamedParameter& p : group.parameters) count += padded(p.parameter->value.count());
    FlatGroup flat{
        std::move(group), Tensor::zeros({count}, DType::kReal, device), Tensor::zeros({count}, DType::kReal, device), {}, 0};
    int64_t offset = 0;
    for (const NamedParameter& p : flat.group.parameters) {
      Parameter& parameter = *p.parameter;
      const int64_t n = parameter.value.count();
      const Tensor value = flat.values.rows(offset, offset + n).view(parameter.value.shape());
      value.copy_from(parameter.value);
      parameter.value = value;
      parameter.grad = flat.gradients.rows(offset, offset + n).view(value.shape());
      offset += padded(n);
    }
    for (Real first : initial) {
      flat.memory.push_back(Tensor::empty({count}, DType::kReal, device));
      TL_ON(device.queue(), fill(device.queue(), count, first, flat.memory.back().data()));
    }
    groups_.push_back(std::move(flat));
  }
  squares_ = Tensor::zeros({1}, DType::kReal, device);
  norm_ = Tensor::zeros({1}, DType::kReal, device);
  factor_ = Tensor::zeros({1}, DType::kReal, device);
}

void Optimizer::zero_grad() {
  for (FlatGroup& group : groups_) group.gradients.zero();
}

double Optimizer::step(double factor, int64_t iteration) {
  kernels::Queue& queue = squares_.queue();
  squares_.zero();
  for (FlatGroup& group : groups_) {
    if (iteration < group.group.active_from) continue;
    TL_ON(queue, sum_of_squares(queue, group.count(), group.gradients.data(), squares_.data(), kernels::Into::kAdd));
  }
  TL_ON(queue, gradient_factor(queue, squares_.data(), static_cast<Real>(clipping_.clip_norm), norm_.data(), factor_.data()));
  const double norm = norm_.item();
  if (!std::isfinite(norm)) return norm;
  for (FlatGroup& group : groups_) {
    if (iteration < group.group.active_from) continue;
    kernels::GradientRule rule;
    rule.clip_value = static_cast<Real>(group.group.clip_value);
    rule.weight_decay = static_cast<Real>(group.group.weight_decay);
    rule.decoupled = decoupled_decay();
    ++group.steps;
    step_group(group, group.group.learning_rate * factor, rule, factor_.data());
  }
  return norm;
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
              "{}: the optimizer's state \"{}\" is not of this optimizer; it was saved by another one or for another model",
              source, given.begin()->first);
  for (size_t i = 0; i < mine.size(); ++i) mine[i].tensor.copy_from(*found[i]);
}

std::vector<int64_t> Optimizer::steps_taken() const {
  std::vector<int64_t> steps;
  for (const FlatGroup& group : groups_) steps.push_back(group.steps);
  return steps;
}

void Optimizer::set_steps_taken(const std::vector<int64_t>& steps) {
  TL_CHECK_AS(ErrorKind::kData, steps.size() == groups_.size(), "the checkpoint has {} groups of parameters, this run {}",
              steps.size(), groups_.size());
  for (size_t i = 0; i < steps.size(); ++i) groups_[i].steps = steps[i];
}

Sgd::Sgd(std::vector<ParameterGroup> groups, SgdOptions options, GradientClipping clipping)
    : Optimizer(std::move(groups), clipping, {"momentum"}, {0}), options_(options) {}

void Sgd::step_group(FlatGroup& group, double learning_rate, const kernels::GradientRule& rule, const Real* factor) {
  const kernels::SgdStep step{static_cast<Real>(learning_rate), static_cast<Real>(options_.momentum), options_.nesterov, rule};
  TL_ON(group.values.queue(), sgd_step(group.values.queue(), group.count(), step, factor, group.gradients.data(),
                                       group.values.data(), group.memory[0].data(), nullptr));
}

Adam::Adam(std::vector<ParameterGroup> groups, AdamOptions options, GradientClipping clipping)
    : Optimizer(std::move(groups), clipping, {"exp_avg", "exp_avg_sq"}, {0, 0}), options_(options) {}

void Adam::step_group(FlatGroup& group, double learning_rate, const kernels::GradientRule& rule, const Real* factor) {
  const kernels::AdamStep step(learning_rate, options_.beta1, options_.beta2, options_.epsilon, group.steps, rule);
  TL_ON(group.values.queue(), adam_step(group.values.queue(), group.count(), step, factor, group.gradients.data(),
                                        group.values.data(), group.memory[0].data(), group.memory[1].data(), nullptr));
}

RmsProp::RmsProp(std::vector<ParameterGroup> groups, RmsPropOptions options, GradientClipping clipping)
    : Optimizer(std::move(groups), clipping, {"square_avg", "momentum"}, {static_cast<Real>(options.initial_mean_square), 0}),
      options_(options) {}

void RmsProp::step_group(FlatGroup& group, double learning_rate, const kernels::GradientRule& rule, const Real* factor) {
  const kernels::RmsPropStep step{static_cast<Real>(learning_rate), static_cast<Real>(options_.decay),
                                  static_cast<Real>(options_.momentum), static_cast<Real>(options_.epsilon), rule};
  TL_ON(group.values.queue(), rmsprop_step(group.values.queue(), group.count(), step, factor, group.gradients.data(),
                                           group.values.data(), group.memory[0].data(), group.memory[1].data(), nullptr));
}

}  // namespace tagloom
