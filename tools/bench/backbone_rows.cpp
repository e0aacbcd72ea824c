// The rows of whole networks: a backbone's features and training, and taggers from the pictures to the update or to the tags.
#include "models/taggers/cnn_tagger.h"
#include "models/taggers/multi_order.h"
#include "models/taggers/ordered_rnn.h"
#include "tools/bench/step_parts.h"

namespace tagloom {
namespace {

struct Form {
  Precision precision;
  MatrixType type;
  const char* name;
  double features_tolerance, gradient_tolerance;  // relative root mean square, CUDA against the CPU
};
constexpr Form kFp32{Precision::kFp32, MatrixType::kFp32, "fp32", 1e-3, 1e-2};
constexpr Form kTf32{Precision::kTf32, MatrixType::kTf32, "tf32", 1e-2, 5e-2};
constexpr Form kBf16{Precision::kBf16, MatrixType::kBf16, "bf16", 5e-2, 2e-1};

struct Net {
  const char* name;
  BackboneLayer features;
  double flops;  // of the forward products for one picture of 224 x 224 pixels
};
constexpr Net kResnet50{"resnet50", BackboneLayer::kPool5, 2 * 4.089e9};
constexpr Net kResnet101{"resnet101", BackboneLayer::kPool5, 2 * 7.801e9};
constexpr Net kVgg16{"vgg16", BackboneLayer::kFc7, 2 * 15.470e9};
constexpr Net kSmall{"small", BackboneLayer::kPool5, 0};

constexpr int64_t kClasses = 1000, kTags = 291, kSteps = 5;
constexpr int64_t kFewPictures = 4;  // for the comparison with the CPU

// Draws initial values once and copies them later, because a verified row builds its model five times and VGG-16 has 138 million values.
// Keeps only the last model's values.
void draw_once(Module& model, const std::string& name) {
  static std::string kept_name;
  static std::vector<Tensor> kept;
  if (name != kept_name) {
    model.reset({7, 0});
    kept.clear();
    for (const NamedParameter& p : model.named_parameters()) kept.push_back(p.parameter->value.clone());
    for (const NamedBuffer& b : model.named_buffers()) kept.push_back(b.tensor->clone());
    kept_name = name;
    return;
  }
  auto next = kept.begin();
  for (const NamedParameter& p : model.named_parameters()) p.parameter->value = (next++)->clone();
  for (const NamedBuffer& b : model.named_buffers()) *b.tensor = (next++)->clone();
  model.count_replacement();
}

std::shared_ptr<Backbone> new_backbone(const Net& net, BackboneLayer layer, Device device) {
  std::shared_ptr<Backbone> cnn = make_backbone({.name = net.name, .layer = layer, .dropout = 0});
  draw_once(*cnn, format("{} {}", net.name, static_cast<int>(layer)));
  cnn->to(device);
  return cnn;
}

// The call with the form's rules for float products.
std::function<void()> under_rules(const Form& form, Device device, std::function<void()> call) {
  if (form.type != MatrixType::kTf32) return call;
  return [=] {
    const RulesInForce rules(device, [](kernels::QueueRules& changed) { changed.tf32 = true; });
    call();
  };
}

using MakeOfMany = std::function<Step(Device, int64_t pictures)>;

BenchRow picture_row(std::string name, int64_t n, double flops, const Form& form, double tolerance, MakeOfMany make) {
  BenchRow row;
  row.name = std::move(name);
  row.pictures = n;
  row.flops = flops * static_cast<double>(n);
  row.type = form.type;
  row.make = [=](Device device, const Checks& checks) {
    const auto of_all = [=](Device where) { return make(where, n); };
    const auto of_few = [=](Device where) { return make(where, std::min(n, kFewPictures)); };
    return verified_step(of_all, of_few, tolerance, device, checks);
  };
  return row;
}

double flops_at(const Net& net, int64_t size) { return net.flops * static_cast<double>(size * size) / (224 * 224); }

BenchRow features_row(const Net& net, int64_t n, int64_t size, const Form& form) {
  const auto make = [=](Device device, int64_t count) {
    const auto cnn = new_backbone(net, net.features, device);
    const auto frozen = std::make_shared<FrozenBackbone>(*cnn, form.precision);
    const Tensor pictures = random_pictures(count, size, device);
    const auto features = std::make_shared<Tensor>();
    return Step{under_rules(form, device, [=] { *features = frozen->features(pictures); }),
                [=, keep = cnn] { return features->to_vector(); }};
  };
  return picture_row(format("{}_features[n={} size={} precision={}]", net.name, n, size, form.name), n, flops_at(net, size), form,
                     form.features_tolerance, make);
}

// A step whose answers are the loss and all gradients; the weights after an update would hide errors in the gradients.
template <class Model>
Step gradient_step(std::shared_ptr<Model> model, const Form& form, Device device, Training<Model> training) {
  const auto optimizer = std::make_shared<Sgd>(
      std::vector<ParameterGroup>{{.name = "all", .parameters = model->named_parameters(), .learning_rate = 1e-2}},
      SgdOptions{.momentum = 0.9});
  Step step = step_of<Model>(model, optimizer, std::move(training), device, &Parameter::grad);
  step.call = under_rules(form, device, step.call);
  return step;
}

// Trains a backbone in the usual way: cross-entropy over classes, batch norm with the batch's statistics, SGD with momentum.
BenchRow train_row(const Net& net, int64_t n, int64_t size, const Form& form) {
  const auto make = [=](Device device, int64_t count) {
    const auto cnn = new_backbone(net, BackboneLayer::kLogits, device);
    const Tensor pictures = random_pictures(count, size, device);
    const Tensor target = Tensor::from(test::integer_array<int32_t>(count, 9, 0, kClasses - 1), {count}, device);
    const Tensor weight = Tensor::from(std::vector<Real>(count, Real(1) / static_cast<Real>(count)), {count}, device);
    const DType dtype = form.type == MatrixType::kBf16 ? DType::kBf16 : DType::kReal;
    const auto loss = [=](Tape& tape, Backbone& model) {
      return softmax_xent(as_real(model.forward(tape, pictures, dtype)), target, weight);
    };
    return gradient_step<Backbone>(cnn, form, device, {[](Backbone&) { return true; }, loss});
  };
  return picture_row(format("{}_train[n={} size={} precision={}]", net.name, n, size, form.name), n, 3 * flops_at(net, size),
                     form, form.gradient_tolerance, make);
}

enum class Head { kMultiOrder, kRank };

std::unique_ptr<TaggerHead> new_head(Head head, int64_t features) {
  if (head == Head::kMultiOrder)
    return std::make_unique<MultiOrder>(MultiOrderOptions{.features = features, .tags = kTags, .steps = kSteps});
  return std::make_unique<OrderedRnn>(rank_model({.features = features, .tags = numbered_tags(kTags), .hidden = 300}));
}

// With `train`, from the pictures to the update of backbone and head, with the batch norm of a pretrained backbone; otherwise from the
// pictures to the scores on the host.
BenchRow tagger_row(Head head, const Net& net, int64_t n, int64_t size, const Form& form, bool train) {
  const char* const kind = head == Head::kMultiOrder ? "multi_order" : "rank";
  const auto make = [=](Device device, int64_t count) {
    std::unique_ptr<Backbone> cnn =
        make_backbone({.name = net.name, .layer = net.features, .precision = form.precision, .freeze = !train, .dropout = 0});
    std::unique_ptr<TaggerHead> new_one = new_head(head, cnn->feature_count());
    const auto tagger = std::make_shared<CnnTagger>(
        std::move(cnn), std::move(new_one),
        CnnTaggerOptions{.mixed_precision = form.precision == Precision::kBf16, .freeze_batch_norm = true});
    draw_once(*tagger, format("{} {}", kind, net.name));
    tagger->to(device);
    const auto batch = std::make_shared<Batch>();
    batch->images = random_pictures(count, size, device);
    add_tags(count, kTags, kSteps, device, *batch);
    if (train) return gradient_step<CnnTagger>(tagger, form, device, training_on<CnnTagger>(batch));
    const auto answers = std::make_shared<Predictions>();
    return Step{under_rules(form, device, [=] { *answers = tagger->predict(*batch); }),
                [=] { return std::vector<float>(answers->scores.begin(), answers->scores.end()); }};
  };
  return picture_row(format("{}_{}[n={} v={} backbone={} size={} precision={}]", kind, train ? "end_to_end" : "tag", n, kTags,
                            net.name, size, form.name),
                     n, (train ? 3 : 1) * flops_at(net, size), form, train ? form.gradient_tolerance : form.features_tolerance,
                     make);
}

}  // namespace

std::vector<BenchRow> backbone_rows(bool cuda, bool all) {
  std::vector<BenchRow> rows{features_row(kResnet50, 32, 224, kFp32)};
  if (cuda) {
    rows.push_back(features_row(kResnet50, 32, 224, kTf32));
    for (const Net& net : {kResnet50, kResnet101, kVgg16}) {
      for (const int64_t n : {32, 256}) {
        rows.push_back(features_row(net, n, 224, kBf16));
        rows.push_back(train_row(net, n, 224, kBf16));
      }
      rows.push_back(train_row(net, 32, 224, kTf32));
    }
    for (const int64_t n : {32, 256}) {
      for (const bool train : {true, false}) {
        rows.push_back(tagger_row(Head::kMultiOrder, kResnet50, n, 224, kBf16, train));
        rows.push_back(tagger_row(Head::kRank, kVgg16, n, 224, kBf16, train));
      }
    }
  }
  if (all) {  // the same at small sizes
    for (const Form& form : {kFp32, kBf16}) {
      rows.push_back(features_row(kResnet50, 4, 64, form));
      rows.push_back(train_row(kResnet50, 4, 64, form));
      for (const bool train : {true, false}) {
        rows.push_back(tagger_row(Head::kMultiOrder, kSmall, 4, 32, form, train));
        rows.push_back(tagger_row(Head::kRank, kSmall, 4, 32, form, train));
      }
    }
  }
  return rows;
}

}  // namespace tagloom
