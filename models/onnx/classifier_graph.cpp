// The classifier, with its label decision and its heads for maps.
#include <cmath>

#include "kernels/cnn/residual_attention.h"
#include "models/onnx/head_graphs.h"

namespace tagloom {
namespace {

// W with rows of length 1.
OnnxValue unit_rows(HeadGraph& g, const std::string& name) {
  std::vector<Real> w = g.values(name);
  const auto width = static_cast<size_t>(g.feature_count);
  for (size_t row = 0; row < w.size(); row += width) {
    double square = 0;
    for (size_t i = row; i < row + width; ++i) square += double{w[i]} * w[i];
    const double factor = square > 0 ? 1 / std::sqrt(square) : 0;
    for (size_t i = row; i < row + width; ++i) w[i] = static_cast<Real>(w[i] * factor);
  }
  return g.weight(name + ".unit", std::span<const float>(w), {g.tags, g.feature_count});
}

// f = sum over heads of mean s + lambda sum softmax(T s) s, over the places; s [N,P,V]
OnnxValue csra_graph(HeadGraph& g, const ClassifierOptions& options) {
  OnnxValue x = g.reshape(g.features, {-1, g.feature_count});
  if (options.feature_norm) x = g.batch_norm("norm", x);
  const OnnxValue flat = g.op("Gemm", {x, unit_rows(g, "output.weight")}, {{"transB", 1}});
  const OnnxValue s = g.reshape(flat, {-1, g.places, g.tags});
  const std::vector<Real> temperatures = csra_temperatures(options.csra_heads);
  OnnxValue f = g.op("Mul", {g.mean(s, 1), g.number(static_cast<float>(temperatures.size()))});
  for (const Real temperature : temperatures) {
    OnnxValue attended;
    if (temperature >= kernels::ResidualAttentionShape::kMaximum) {
      attended = g.reshape(g.largest(s, 1), {-1, g.tags});
    } else {
      const OnnxValue weights = g.softmax(g.op("Mul", {s, g.number(temperature)}), 1);
      attended = g.reshape(g.sum(g.op("Mul", {weights, s}), 1), {-1, g.tags});
    }
    f = g.op("Add", {f, g.op("Mul", {attended, g.number(static_cast<float>(options.csra_lambda))})});
  }
  return f;
}

}  // namespace

OnnxValue logits_of_classifier(HeadGraph& g, const std::string& prefix, const OnnxValue& x, bool norm) {
  return g.linear(prefix + "output", norm ? g.batch_norm(prefix + "norm", x) : x);
}

HeadOutput head_graph(HeadGraph& g, const ClassifierOptions& options) {
  const auto scores_of = [&](const OnnxValue& f) { return options.loss.is_softmax() ? g.softmax(f) : g.op("Sigmoid", {f}); };
  if (options.head == OutputHead::kCsra) return {scores_of(csra_graph(g, options))};
  OnnxValue x = options.head == OutputHead::kGap ? g.mean_of_places(g.features) : g.features;
  if (options.feature_norm) x = g.batch_norm("norm", x);
  const OnnxValue f = g.linear("output", x);
  if (!options.decision) return {scores_of(f)};
  const OnnxValue hidden = g.op("Relu", {g.linear("decision.1", g.op("Relu", {g.linear("decision.0", x)}))});
  const OnnxValue decided = g.op("Sub", {f, g.linear("decision.2", hidden)});
  return {g.op("Sigmoid", {decided}), g.top(f, g.tags, 1).places};
}

}  // namespace tagloom
