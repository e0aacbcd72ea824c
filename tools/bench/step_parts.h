#pragma once
// Builds the parts of a benchmarked training step: pictures, tags, and the step itself.
#include <memory>

#include "engine/optim/optimizer.h"
#include "engine/train/step_runner.h"
#include "engine/train/tagger.h"
#include "kernels/base/device.h"
#include "tools/bench/bench_row.h"
#include "tools/bench/cases/random_array.h"
#include "tools/bench/verify.h"

namespace tagloom {

inline Tensor random_pictures(int64_t n, int64_t size, Device device) {
  return Tensor::from(test::integer_array<uint8_t>(n * size * size * 3, 7, 0, 255), {n, size, size, 3}, device);
}

// Adds random labels, about 6 % positive, and `steps` random tags in order for each picture.
inline void add_tags(int64_t n, int64_t tags, int64_t steps, Device device, Batch& batch) {
  batch.labels = Tensor::from(test::flag_array(n * tags, 8, 0.06), {n, tags}, device);
  const std::vector<int32_t> order = test::integer_array<int32_t>(n * steps, 9, 0, tags - 1);
  for (int64_t i = 0; i < n; ++i) batch.tags.emplace_back(order.begin() + i * steps, order.begin() + (i + 1) * steps);
}

// How to prepare a model for a batch and compute its loss, as in Tagger.
template <class Model>
struct Training {
  std::function<bool(Model&)> prepare;
  std::function<Var(Tape&, Model&)> loss;
};

// A training step as in trainer.cpp: prepare, loss, gradients, the optimizer's update, waiting for the loss; recorded and replayed on a
// GPU. Its answers are the loss and the tensor `answer` of each parameter.
template <class Model>
Step step_of(std::shared_ptr<Model> model, std::shared_ptr<Optimizer> optimizer, Training<Model> training, Device device,
             Tensor Parameter::*answer) {
  const auto runner = std::make_shared<StepRunner>(device, 7);
  const auto loss = std::make_shared<float>();
  const auto call = [=] {
    const bool repeatable = training.prepare(*model);
    optimizer->begin_step(1, 0);
    runner->run(0, optimizer->step_number(), repeatable ? StepRunner::StepKey{1} : StepRunner::StepKey(), [&](Tape& tape) {
      const Var value = training.loss(tape, *model);
      optimizer->zero_grad();
      tape.backward(value);
      optimizer->queue_step(value.data());
    });
    *loss = static_cast<float>(optimizer->end_step().loss);
  };
  const auto answers = [=] {
    std::vector<float> values{*loss};
    for (const NamedParameter& p : model->named_parameters()) {
      const std::vector<Real> of_parameter = (p.parameter->*answer).to_vector();
      values.insert(values.end(), of_parameter.begin(), of_parameter.end());
    }
    return values;
  };
  Step step{call, answers};
  if (device.is_cuda()) step.is_recorded = [runner] { return runner->recordings() > 0; };
  return step;
}

// A step with Adam. Its answers are the loss and the weights after the step.
template <class Model>
Step training_step(std::shared_ptr<Model> model, Training<Model> training, Device device) {
  model->to(device);
  const auto optimizer = std::make_shared<Adam>(
      std::vector<ParameterGroup>{{.name = "all", .parameters = model->named_parameters(), .learning_rate = 1e-3}},
      AdamOptions{});
  return step_of<Model>(model, optimizer, std::move(training), device, &Parameter::value);
}

// The training of a tagger on a batch.
template <class Model>
Training<Model> training_on(std::shared_ptr<Batch> batch) {
  return {[batch](Model& model) { return model.prepare(*batch); },
          [batch](Tape& tape, Model& model) { return model.loss(tape, *batch); }};
}

// The training of a head on a batch's features.
template <class Head>
Training<Head> head_training_on(std::shared_ptr<Batch> batch) {
  return {[batch](Head& head) { return head.prepare(*batch); },
          [batch](Tape& tape, Head& head) { return head.loss(tape.constant(batch->features), *batch); }};
}

}  // namespace tagloom
