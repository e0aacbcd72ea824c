#include "engine/optim/optimizer.h"

#include <cmath>

#include "kernels/adam_step.h"
#include "kernels/grad_norm.h"
#include "kernels/rmsprop_step.h"
#include "kernels/scale.h"
#include "kernels/sgd_step.h"

namespace tagloom {
namespace {

constexpr int64_t kAlignment = 64;  // elements between parameters; the gap's gradient stays 0

int64_t padded(int64_t count) { return (count + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

Optimizer::Optimizer(std::vector<ParameterGroup> groups, GradientClipping clipping, std::vector<std::string> memory_names,
                     std::vector<Real> initial)
    : clipping_(clipping), memory_names_(std::move(memory_names)) {
  TL_CHECK(!groups.empty() && !groups[0].parameters.empty(), "[optimizer] needs at least one group with parameters");
  const Device device = groups[0].parameters[0].parameter->value.device();
  for (ParameterGroup& group : groups) {
    int64_t count = 0;
    for (const NamedParameter& p : group.parameters) count += padded(p.parameter->value.count());
    FlatGroup flat{std::move(group), Tensor::zeros({count}, DType::kReal, device), Tensor::zeros({count}, DType::kReal, device), {}, 0};
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
  TL_ON(group.values.queue(), sgd_step(group.values.queue(), group.count(), step, factor, group.gradients.data(), group.values.data(),
                                       group.memory[0].data(), nullptr));
}

Adam::Adam(std::vector<ParameterGroup> groups, AdamOptions options, GradientClipping clipping)
    : Optimizer(std::move(groups), clipping, {"exp_avg", "exp_avg_sq"}, {0, 0}), options_(options) {}

void Adam::step_group(FlatGroup& group, double learning_rate, const kernels::GradientRule& rule, const Real* factor) {
  const kernels::AdamStep step(learning_rate, options_.beta1, options_.beta2, options_.epsilon, group.steps, rule);
  TL_ON(group.values.queue(), adam_step(group.values.queue(), group.count(), step, factor, group.gradients.data(), group.values.data(),
                                        group.memory[0].data(), group.memory[1].data(), nullptr));
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
