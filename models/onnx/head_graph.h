#pragma once
// What the graphs of all heads are made of: layers whose weights are those of a trained head, found by their names.
#include <optional>

#include "models/onnx/graph_builder.h"
#include "models/taggers/tagger_head.h"

namespace tagloom {

// A head's predictions. `ranking` ranks all tags, int64 [N,V]; empty: by score.
struct HeadOutput {
  OnnxValue scores;  // [N,V]
  OnnxValue ranking = {};
};

struct LstmValues {
  OnnxValue h, c;  // [N,D]; empty: zero
};

class HeadGraph : public GraphBuilder {
 public:
  HeadGraph(OnnxModel& model, TaggerHead& head, OnnxValue features, int64_t feature_count, int64_t places);

  // The head's input: [N,F], or for a map [N,P*F], place by place.
  OnnxValue features;
  int64_t feature_count, places;  // F, P (1 for features)
  int64_t tags;                   // V

  OnnxValue places_of(const OnnxValue& map) { return reshape(map, {-1, places, feature_count}); }  // [N,P*F] -> [N,P,F]
  OnnxValue mean_of_places(const OnnxValue& map) { return mean(places_of(map), 1); }               // [N,P*F] -> [N,F]

  bool has(const std::string& name) const { return tensors_.contains(name); }
  Shape shape(const std::string& name) const { return tensor_of(name).shape(); }
  std::vector<Real> values(const std::string& name) const { return tensor_of(name).to_vector(); }
  OnnxValue weight_of(const std::string& name);  // the tensor of the head with this name
  double chosen(const std::string& key) const;   // the value that fitting chose for a setting

  // Layers named as the head's modules: "output" has the weights "output.weight" and, if the head has it, "output.bias".
  OnnxValue linear(const std::string& name, const OnnxValue& x);  // x [rows, in]
  OnnxValue product(const OnnxValue& x, const std::string& weight, const std::string& bias);
  OnnxValue batch_norm(const std::string& name, const OnnxValue& x, double epsilon = BatchNormOptions{}.epsilon);
  OnnxValue embedding(const std::string& name, const OnnxValue& ids) { return op("Gather", {weight_of(name + ".weight"), ids}); }
  OnnxValue lstm_gates(const OnnxValue& x) { return product(x, "lstm.weight_ih", "lstm.bias_ih"); }
  LstmValues lstm_step(const OnnxValue& input_gates, const LstmValues& state);

  OnnxValue softmax(const OnnxValue& x, int64_t axis = -1) { return op("Softmax", {x}, {{"axis", axis}}); }
  OnnxValue start_tags();  // int64 [N], all START

 private:
  const Tensor& tensor_of(const std::string& name) const;

  std::map<std::string, Tensor> tensors_;
  SafetensorsMetadata chosen_;
};

}  // namespace tagloom
