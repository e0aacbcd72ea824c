#pragma once
// The graph of each kind of tagger: from the backbone's features to scores and a ranking, as its predict() computes them. A new kind
// (models/taggers/kinds.h) needs a function here; export_model.cpp does not compile without one.
#include "models/onnx/head_graph.h"
#include "models/taggers/kinds.h"

namespace tagloom {

HeadOutput head_graph(HeadGraph& graph, const ClassifierOptions& options);
HeadOutput head_graph(HeadGraph& graph, const MultiOrderOptions& options);
HeadOutput head_graph(HeadGraph& graph, const OrderedRnnOptions& options);
inline HeadOutput head_graph(HeadGraph& graph, const RankOptions& options) { return head_graph(graph, options.rnn); }
HeadOutput head_graph(HeadGraph& graph, const OrderFreeOptions& options);
HeadOutput head_graph(HeadGraph& graph, const JvspOptions& options);
HeadOutput linear_machine_graph(HeadGraph& graph, const FeatureMapOptions& map);
inline HeadOutput head_graph(HeadGraph& graph, const LinearSvmOptions& options) {
  return linear_machine_graph(graph, options.map);
}
inline HeadOutput head_graph(HeadGraph& graph, const RankSvmOptions& options) { return linear_machine_graph(graph, options.map); }
HeadOutput head_graph(HeadGraph& graph, const KnnOptions& options);
HeadOutput head_graph(HeadGraph& graph, const JecOptions& options);
HeadOutput head_graph(HeadGraph& graph, const TagPropOptions& options);
HeadOutput head_graph(HeadGraph& graph, const TwoPassKnnOptions& options);
inline HeadOutput head_graph(HeadGraph& graph, const PretrainedOptions&) { return {graph.softmax(graph.features), {}}; }

// Parts of several kinds.
OnnxValue logits_of_classifier(HeadGraph& graph, const std::string& prefix, const OnnxValue& x, bool norm);  // "classifier."
OnnxValue mapped_features(HeadGraph& graph, const FeatureMapOptions& map);                                   // FeatureMap

}  // namespace tagloom
