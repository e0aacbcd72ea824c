#include "models/onnx/export_model.h"

#include <algorithm>

#include "kernels/base/build_config.h"
#include "models/onnx/backbone_graph.h"
#include "models/onnx/head_graphs.h"

namespace tagloom {
namespace {

// Platt's probabilities (engine/selection/tag_decisions.h), in double.
OnnxValue calibrated(HeadGraph& g, const TagDecisions& decisions, const OnnxValue& scores) {
  std::vector<double> slope, offset;
  for (const TagDecision& decision : decisions) {
    slope.push_back(decision.slope);
    offset.push_back(decision.offset);
  }
  const OnnxValue s = g.op("Clip", {g.cast(scores, OnnxType::kDouble), g.number64(1e-7), g.number64(1 - 1e-7)});
  const OnnxValue odds = g.op("Log", {g.op("Div", {s, g.op("Sub", {g.number64(1), s})})});
  const OnnxValue x = g.op("Add", {g.op("Mul", {odds, g.doubles(slope, {g.tags})}), g.doubles(offset, {g.tags})});
  return g.cast(g.op("Sigmoid", {x}), OnnxType::kFloat);
}

// select_tags(): [N,K] of the ranking, the predicted ones first, then -1.
OnnxValue selected(HeadGraph& g, const SelectionRule& rule, const OnnxValue& scores, OnnxValue ranking, int64_t& count) {
  count = rule.top_k ? std::min(*rule.top_k, g.tags) : g.tags;
  if (count < g.tags) ranking = g.slice(ranking, 1, 0, count);
  if (!rule.threshold) return ranking;
  OnnxValue limit = g.number(static_cast<float>(*rule.threshold));
  if (!rule.tag_thresholds.empty()) limit = g.op("Gather", {g.numbers(rule.tag_thresholds, {g.tags}), ranking});
  const OnnxValue is_above = g.op("Greater", {g.op("GatherElements", {scores, ranking}, {{"axis", 1}}), limit});
  // Sorts the predicted ones to the front: their keys fall from left to right, those of the others are 0.
  std::vector<float> keys;
  for (int64_t place = 0; place < count; ++place) keys.push_back(static_cast<float>(count - place));
  const GraphBuilder::Top front = g.top(g.op("Where", {is_above, g.numbers(keys, {count}), g.number(0)}), count, 1);
  const OnnxValue tags = g.op("GatherElements", {ranking, front.places}, {{"axis", 1}});
  return g.op("Where", {g.op("Greater", {front.values, g.number(0)}), tags, g.integer(-1)});
}

std::string joined_names(const Vocabulary& vocabulary) {
  std::string names;
  for (const std::string& name : vocabulary.names()) names += (names.empty() ? "" : "\n") + name;
  return names;
}

std::string resize_words(const TransformOptions& transform) {
  const std::string size = format("{} x {}", transform.size, transform.size);
  const std::string resampling = format("antialiased {} interpolation", name_of(transform.interpolation));
  if (transform.resize == Resize::kSquash && transform.crop == Crop::kCenter) {
    return format("resize to {} pixels, ignoring proportions, with {}", size, resampling);
  }
  const std::string first = transform.resize == Resize::kSquash
                                ? format("resize to {} x {} pixels", transform.short_side, transform.short_side)
                                : format("resize the shorter side to {} pixels", transform.short_side);
  return format("{} with {}, then crop the central {}", first, resampling, size);
}

void describe_model(const TrainedRun& run, OnnxModel& model) {
  const Settings& settings = run.settings;
  model.metadata = {{"tags", joined_names(run.vocabulary)},
                    {"kind", settings.model.kind},
                    {"backbone", settings.backbone.name},
                    {"layer", std::string(name_of(settings.backbone.layer))},
                    {"size", std::to_string(settings.data.transform.size)},
                    {"resize", resize_words(settings.data.transform)},
                    {"tagloom", kVersion}};
  model.about = format(
      "Tags pictures: {} tags, model {} on {}. To prepare a picture: apply its EXIF orientation, convert it to RGB, and {}. The "
      "metadata entry \"tags\" has the tags' names, one per line.",
      run.vocabulary.size(), settings.model.kind, settings.backbone.name, resize_words(settings.data.transform));
}

bool is_in_bfloat16(const Settings& settings) {
  return settings.backbone.precision == Precision::kBf16 || settings.model.tagger.mixed_precision;
}

}  // namespace

OnnxModel export_model(const TrainedRun& run, const ExportOptions& options) {
  const Settings& settings = run.settings;
  const int64_t size = settings.data.transform.size;
  OnnxModel model;
  describe_model(run, model);
  Backbone& backbone = run.model->cnn();
  TL_CHECK(!run.device.is_cuda(), "[onnx] the model must be on the CPU to be exported");

  GraphBuilder graph(model);
  BackboneFeatures features;
  if (options.from_features) {
    features = feature_shape(backbone, size);
    features.value = "features";
    graph.input({"features",
                 OnnxType::kFloat,
                 {-1, features.count * features.places},
                 "The backbone's features, before model.feature_root."});
  } else {
    graph.input({"pictures", OnnxType::kUint8, {-1, size, size, 3}, "Red, green and blue of each pixel, row by row."});
    features = backbone_graph(graph, backbone, "pictures", size);
  }
  if (settings.model.tagger.feature_root) {
    const OnnxValue x = features.value;
    features.value = graph.op("Mul", {graph.op("Sign", {x}), graph.op("Sqrt", {graph.op("Abs", {x})})});
  }

  HeadGraph head(model, run.model->head(), features.value, features.count, features.places);
  HeadOutput output = settings.model.with_kind([&](const auto& kind) { return head_graph(head, kind); });
  if (settings.decisions.calibration == Calibration::kPlatt) output = {calibrated(head, run.decisions, output.scores), {}};
  const int64_t v = head.tags;
  if (output.ranking.empty()) output.ranking = head.top(output.scores, v, 1).places;
  int64_t count = 0;
  const OnnxValue tags = selected(head, selection_rule(run), output.scores, output.ranking, count);
  head.output({"scores", OnnxType::kFloat, {-1, v}, "The score of each tag."}, output.scores);
  head.output({"ranking", OnnxType::kInt64, {-1, v}, "All tags, best first."}, output.ranking);
  head.output({"tags", OnnxType::kInt64, {-1, count}, "The predicted tags, best first, then -1."}, tags);
  return model;
}

std::vector<std::string> export_notes(const TrainedRun& run) {
  std::vector<std::string> notes;
  if (is_in_bfloat16(run.settings)) {
    notes.emplace_back("the run computes in bfloat16, the exported model in fp32: their scores differ in the third digit");
  }
  for (const NamedBuffer& buffer : run.model->head().named_buffers()) {
    if (buffer.name != "training.features") continue;
    const int64_t pictures = buffer.tensor->size(0), megabytes = buffer.tensor->count() * 4 >> 20;
    notes.push_back(format("the model contains the features of the {} training pictures ({} MB)", pictures, megabytes));
  }
  return notes;
}

}  // namespace tagloom
