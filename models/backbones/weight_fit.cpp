#include "models/backbones/weight_fit.h"

#include <algorithm>
#include <unordered_set>

#include "engine/train/weights.h"
#include "models/backbones/backbone.h"

namespace tagloom {
namespace {

bool is_classifier(const std::string& name) { return name.starts_with("fc.") || name.starts_with("classifier."); }

// The rows of a layer whose matrix has `columns` columns and whose bias fits; 0 if it is missing or has another shape.
int64_t rows_of_layer(const NamedTensors& tensors, const std::string& layer, int64_t columns) {
  const NamedTensor* weight = tensors.find(layer + ".weight");
  const NamedTensor* bias = tensors.find(layer + ".bias");
  if (weight == nullptr || bias == nullptr || !is_float(weight->type) || !is_float(bias->type)) return 0;
  if (weight->shape.size() != 2 || weight->shape[1] != columns) return 0;
  return bias->shape == std::vector<int64_t>{weight->shape[0]} ? weight->shape[0] : 0;
}

void fit_classifier(const NamedTensors& tensors, int64_t features, int64_t channels, WeightFit& fit) {
  if (features == channels) {
    fit.classes = rows_of_layer(tensors, "fc", channels);
    return;
  }
  const int64_t hidden = rows_of_layer(tensors, "classifier.0", features);
  if (hidden == 0 || rows_of_layer(tensors, "classifier.3", hidden) != hidden) return;
  fit.fc_width = hidden;
  fit.classes = rows_of_layer(tensors, "classifier.6", hidden);
}

}  // namespace

WeightFit fit_weights(const NamedTensors& tensors, const std::string& backbone) {
  WeightFit fit;
  fit.backbone = backbone;
  const std::unique_ptr<Backbone> network = make_backbone({.name = backbone, .layer = BackboneLayer::kPool5});
  std::unordered_set<std::string> expected;
  for (const auto& [name, shape] : weight_shapes(*network)) {
    expected.insert(name);
    const NamedTensor* tensor = tensors.find(name);
    if (tensor == nullptr) {
      fit.missing.push_back(name);
    } else if (tensor->shape != shape) {
      fit.wrong_shape.push_back(format("{} is {}, not {}", name, tensor->shape, shape));
    } else if (!is_float(tensor->type)) {
      fit.wrong_type.push_back(format("{} is {}, not floating point", name, name_of(tensor->type)));
    } else {
      ++fit.loaded;
    }
  }
  for (const NamedTensor& tensor : tensors.entries()) {
    if (expected.contains(tensor.name)) continue;
    (is_classifier(tensor.name) ? fit.classifier : fit.unexpected).push_back(tensor.name);
  }
  fit_classifier(tensors, network->feature_count(), network->channels(), fit);
  return fit;
}

WeightFit best_fit(const NamedTensors& tensors) {
  // The share of the tensors of both that match.
  const auto score = [](const WeightFit& fit) {
    const size_t others = fit.missing.size() + fit.unexpected.size() + fit.wrong_shape.size() + fit.wrong_type.size();
    return static_cast<double>(fit.loaded) / static_cast<double>(static_cast<size_t>(fit.loaded) + others);
  };
  WeightFit best;
  double best_score = -1;
  for (const std::string& name : backbone_names()) {
    WeightFit fit = fit_weights(tensors, name);
    if (score(fit) <= best_score) continue;
    best_score = score(fit);
    best = std::move(fit);
    if (best.fits()) break;
  }
  return best;
}

}  // namespace tagloom
