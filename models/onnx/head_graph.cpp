#include "models/onnx/head_graph.h"

#include <cmath>

#include "engine/core/parse_number.h"

namespace tagloom {

HeadGraph::HeadGraph(OnnxModel& model, TaggerHead& head, OnnxValue features_in, int64_t features_count, int64_t place_count)
    : GraphBuilder(model),
      features(std::move(features_in)),
      feature_count(features_count),
      places(place_count),
      tags(head.tag_count()),
      chosen_(head.metadata()) {
  for (const NamedParameter& p : head.named_parameters()) tensors_[p.name] = p.parameter->value;
  for (const NamedBuffer& b : head.named_buffers()) tensors_[b.name] = *b.tensor;
  set_batch(features);
}

const Tensor& HeadGraph::tensor_of(const std::string& name) const {
  const auto found = tensors_.find(name);
  TL_CHECK_AS(ErrorKind::kInternal, found != tensors_.end(), "[onnx] the head has no tensor {}", name);
  return found->second;
}

OnnxValue HeadGraph::weight_of(const std::string& name) {
  if (has_weight(name)) return name;
  const Tensor& tensor = tensor_of(name);
  return weight(name, std::span<const float>(tensor.to_vector()), tensor.shape());
}

double HeadGraph::chosen(const std::string& key) const {
  const auto found = chosen_.find(key);
  const std::optional<double> value = found == chosen_.end() ? std::nullopt : parse_real(found->second);
  TL_CHECK_AS(ErrorKind::kInternal, value.has_value(), "[onnx] the head chose no {}", key);
  return *value;
}

OnnxValue HeadGraph::product(const OnnxValue& x, const std::string& weight, const std::string& bias) {
  std::vector<OnnxValue> inputs{x, weight_of(weight)};
  if (has(bias)) inputs.push_back(weight_of(bias));
  return op("Gemm", std::move(inputs), {{"transB", 1}});
}

OnnxValue HeadGraph::linear(const std::string& name, const OnnxValue& x) { return product(x, name + ".weight", name + ".bias"); }

OnnxValue HeadGraph::batch_norm(const std::string& name, const OnnxValue& x, double epsilon) {
  const std::vector<Real> gamma = values(name + ".weight"), beta = values(name + ".bias");
  const std::vector<Real> mean = values(name + ".running_mean"), variance = values(name + ".running_var");
  std::vector<float> scale, shift;
  for (size_t i = 0; i < gamma.size(); ++i) {
    const double factor = gamma[i] / std::sqrt(static_cast<double>(variance[i]) + epsilon);
    scale.push_back(static_cast<float>(factor));
    shift.push_back(static_cast<float>(beta[i] - mean[i] * factor));
  }
  const auto width = static_cast<int64_t>(scale.size());
  const OnnxValue scaled = op("Mul", {x, weight(name + ".scale", std::span<const float>(scale), {width})});
  return op("Add", {scaled, weight(name + ".shift", std::span<const float>(shift), {width})});
}

LstmValues HeadGraph::lstm_step(const OnnxValue& input_gates, const LstmValues& state) {
  OnnxValue sum = input_gates;
  if (!state.h.empty()) {
    sum = op("Add", {sum, product(state.h, "lstm.weight_hh", "lstm.bias_hh")});
  } else if (has("lstm.bias_hh")) {
    sum = op("Add", {sum, weight_of("lstm.bias_hh")});
  }
  const std::vector<OnnxValue> gates = ops("Split", 4, {sum}, {{"axis", 1}});  // i f g o
  OnnxValue c = op("Mul", {op("Sigmoid", {gates[0]}), op("Tanh", {gates[2]})});
  if (!state.c.empty()) c = op("Add", {op("Mul", {op("Sigmoid", {gates[1]}), state.c}), c});
  return {op("Mul", {op("Sigmoid", {gates[3]}), op("Tanh", {c})}), c};
}

OnnxValue HeadGraph::start_tags() { return op("Expand", {integers(std::array{tags}, {1}), batch()}); }

}  // namespace tagloom
