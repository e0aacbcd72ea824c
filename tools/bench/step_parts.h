#pragma once
// What whole steps are made of: pictures, tags, and one step of training.
#include <memory>

#include "engine/optim/optimizer.h"
#include "engine/train/tagger.h"
#include "kernels/base/device.h"
#include "tests/support/random_array.h"
#include "tools/bench/bench_row.h"
#include "tools/bench/verify.h"

namespace tagloom {

inline Tensor random_pictures(int64_t n, int64_t size, Device device) {
  return Tensor::from(test::integer_array<uint8_t>(n * size * size * 3, 7, 0, 255), {n, size, size, 3}, device);
}

// Random labels, about six in a hundred, and as many as three tags in order.
inline void add_tags(int64_t n, int64_t tags, int64_t steps, Device device, Batch& batch) {
  batch.labels = Tensor::from(test::flag_array(n * tags, 8, 0.06), {n, tags}, device);
  const std::vector<int32_t> order = test::integer_array<int32_t>(n * steps, 9, 0, tags - 1);
  for (int64_t i = 0; i < n; ++i) batch.tags.emplace_back(order.begin() + i * steps, order.begin() + (i + 1) * steps);
}

// A model's training step on one batch: loss, gradients, the optimizer's update.
template <class Model>
std::function<void()> step_of(std::shared_ptr<Model> model, std::shared_ptr<Optimizer> optimizer,
                              std::function<Var(Tape&, Model&)> loss_of, std::shared_ptr<float> loss) {
  return [=] {
    Tape tape(Tape::kRecord, 7, 0);
    const Var value = loss_of(tape, *model);
    optimizer->zero_grad();
    tape.backward(value);
    optimizer->step();
    *loss = value.value().item();
  };
}

// With Adam. Its answers: the loss, and weights after the step.
template <class Model>
Step training_step(std::shared_ptr<Model> model, std::function<Var(Tape&, Model&)> loss_of, Device device) {
  model->to(device);
  const auto optimizer = std::make_shared<Adam>(
      std::vector<ParameterGroup>{{.name = "all", .parameters = model->named_parameters(), .learning_rate = 1e-3}},
      AdamOptions{});
  const auto loss = std::make_shared<float>();
  const auto answers = [=] {
    std::vector<float> values{*loss};
    for (const NamedParameter& p : model->named_parameters()) {
      const std::vector<Real> weights = p.parameter->value.to_vector();
      values.insert(values.end(), weights.begin(), weights.end());
    }
    return values;
  };
  return {step_of<Model>(model, optimizer, loss_of, loss), answers};
}

}  // namespace tagloom
