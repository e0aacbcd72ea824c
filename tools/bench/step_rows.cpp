// Whole steps as rows: what a picture costs.
#include <memory>

#include "engine/optim/optimizer.h"
#include "kernels/base/device.h"
#include "models/taggers/multi_order_tagger.h"
#include "models/taggers/rank_lstm.h"
#include "tests/support/random_array.h"
#include "tools/bench/bench_row.h"
#include "tools/bench/verify.h"

namespace tagloom {
namespace {

constexpr int64_t kFeatures = 2048;             // of ResNet-50
constexpr double kResnet50Flops = 2 * 4.089e9;  // of its convolutions, for one picture of 224 pixels
constexpr double kTolerance = 1e-3;

Tensor random_pictures(int64_t n, int64_t size, Device device) {
  return Tensor::from(test::integer_array<uint8_t>(n * size * size * 3, 7, 0, 255), {n, size, size, 3}, device);
}

// Random labels, about six in a hundred, and as many as three tags in order.
void add_tags(int64_t n, int64_t tags, int64_t steps, Device device, Batch& batch) {
  batch.labels = Tensor::from(test::flag_array(n * tags, 8, 0.06), {n, tags}, device);
  const std::vector<int32_t> order = test::integer_array<int32_t>(n * steps, 9, 0, tags - 1);
  for (int64_t i = 0; i < n; ++i) batch.tags.emplace_back(order.begin() + i * steps, order.begin() + (i + 1) * steps);
}

// A model's training step on one batch: loss, gradients, Adam. Its answers: the loss, and weights after the step.
template <class Model>
Step training_step(std::shared_ptr<Model> model, std::function<Var(Tape&, Model&)> loss_of, Device device) {
  model->to(device);
  const auto optimizer = std::make_shared<Adam>(
      std::vector<ParameterGroup>{{.name = "all", .parameters = model->named_parameters(), .learning_rate = 1e-3}},
      AdamOptions{});
  const auto loss = std::make_shared<float>();
  const auto step = [=] {
    Tape tape(Tape::kRecord, 7, 0);
    const Var value = loss_of(tape, *model);
    optimizer->zero_grad();
    tape.backward(value);
    optimizer->step();
    *loss = value.value().item();
  };
  const auto answers = [=] {
    std::vector<float> values{*loss};
    for (const NamedParameter& p : model->named_parameters()) {
      const std::vector<Real> weights = p.parameter->value.to_vector();
      values.insert(values.end(), weights.begin(), weights.end());
    }
    return values;
  };
  return {step, answers};
}

struct PrecisionForm {
  Precision precision;
  MatrixType type;
  const char* name;
  double tolerance;
};
constexpr PrecisionForm kFp32{Precision::kFp32, MatrixType::kFp32, "fp32", kTolerance};
constexpr PrecisionForm kTf32{Precision::kTf32, MatrixType::kTf32, "tf32", 1e-2};
constexpr PrecisionForm kBf16{Precision::kBf16, MatrixType::kBf16, "bf16", 5e-2};

BenchRow resnet50_row(int64_t n, const PrecisionForm& form) {
  BenchRow row;
  row.name = format("resnet50_features[n={} size=224 precision={}]", n, form.name);
  row.pictures = n;
  row.flops = kResnet50Flops * static_cast<double>(n);
  row.type = form.type;
  const auto make = [=](Device device) {
    const std::unique_ptr<Backbone> cnn = make_backbone({.name = "resnet50"});
    cnn->reset({7, 0});
    cnn->to(device);
    const auto frozen = std::make_shared<FrozenBackbone>(*cnn, form.precision);
    const Tensor pictures = random_pictures(n, 224, device);
    const auto features = std::make_shared<Tensor>();
    const auto read_features = [=] {
      kernels::set_rules(device.queue(), {.tf32 = form.type == MatrixType::kTf32});
      *features = frozen->features(pictures);
      kernels::set_rules(device.queue(), {});
    };
    return Step{read_features, [=] { return features->to_vector(); }};
  };
  row.make = [=](Device device) { return verified_step(make, form.tolerance, device); };
  return row;
}

BenchRow multi_order_row(int64_t n, int64_t tags) {
  const MultiOrderOptions options{.features = kFeatures, .tags = tags};
  BenchRow row;
  row.name = format("multi_order_step[n={} v={} steps={} hidden={}]", n, tags, options.steps, options.hidden);
  row.pictures = n;
  const int64_t d = options.hidden;
  row.flops = 6.0 * static_cast<double>(
                        n * (kFeatures * tags + 2 * tags * d + options.steps * (4 * d * (options.embedding + d) + d * tags)));
  const auto make = [=](Device device) {
    const auto head = std::make_shared<MultiOrder>(options);
    head->reset({7, 0});
    Batch batch;
    batch.features = Tensor::from(test::uniform_array(n * kFeatures, 10), {n, kFeatures}, device);
    add_tags(n, tags, 5, device, batch);
    return training_step<MultiOrder>(
        head, [batch](Tape& tape, MultiOrder& model) { return model.loss(tape.constant(batch.features), batch); }, device);
  };
  row.make = [=](Device device) { return verified_step(make, kTolerance, device); };
  return row;
}

BenchRow rank_row(int64_t n, int64_t tags) {
  const RankLstmOptions options{.features = kFeatures, .tags = tags};
  constexpr int64_t kSteps = 5;
  BenchRow row;
  row.name = format("rank_step[n={} v={} steps={} hidden={}]", n, tags, kSteps, options.hidden);
  row.pictures = n;
  const int64_t d = options.hidden;
  row.flops = 6.0 * static_cast<double>(n * (kFeatures * options.image_embedding + 4 * d * options.image_embedding +
                                             kSteps * (4 * d * d + d * tags)));
  const auto make = [=](Device device) {
    const auto head = std::make_shared<RankLstm>(options);
    head->reset({7, 0});
    Batch batch;
    batch.features = Tensor::from(test::uniform_array(n * kFeatures, 10), {n, kFeatures}, device);
    add_tags(n, tags, kSteps, device, batch);
    return training_step<RankLstm>(
        head, [batch](Tape& tape, RankLstm& model) { return model.loss(tape.constant(batch.features), batch); }, device);
  };
  row.make = [=](Device device) { return verified_step(make, kTolerance, device); };
  return row;
}

// The small CNN and the multi-order head, both trained: the built-in scenes.
BenchRow scenes_row(int64_t n) {
  constexpr int64_t kTags = 28, kSize = 64;
  BenchRow row;
  row.name = format("scenes_step[n={} v={} size={}]", n, kTags, kSize);
  row.pictures = n;
  const auto make = [=](Device device) {
    std::vector<std::string> names;
    for (int64_t tag = 0; tag < kTags; ++tag) names.push_back(format("tag{}", tag));
    const auto tagger = std::make_shared<MultiOrderTagger>(
        MultiOrderTaggerOptions{.backbone = "small", .freeze = false, .hidden = 256, .embedding = 128}, Vocabulary(names));
    Batch batch;
    batch.images = random_pictures(n, kSize, device);
    add_tags(n, kTags, 5, device, batch);
    return training_step<MultiOrderTagger>(
        tagger, [batch](Tape& tape, MultiOrderTagger& model) { return model.loss(tape, batch); }, device);
  };
  row.make = [=](Device device) { return verified_step(make, kTolerance, device); };
  return row;
}

}  // namespace

std::vector<BenchRow> step_rows(Device device) {
  std::vector<BenchRow> rows{resnet50_row(32, kFp32)};
  if (device.is_cuda()) {
    rows.push_back(resnet50_row(32, kTf32));
    rows.push_back(resnet50_row(32, kBf16));
  }
  for (const int64_t n : {32, 256}) {
    rows.push_back(multi_order_row(n, 291));
    rows.push_back(rank_row(n, 291));
  }
  rows.push_back(scenes_row(32));
  return rows;
}

}  // namespace tagloom
