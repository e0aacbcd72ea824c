#include "models/onnx/graph_builder.h"

#include <algorithm>
#include <cctype>

#include "kernels/base/error.h"

namespace tagloom {

int64_t OnnxModel::tensor_bytes() const {
  int64_t bytes = 0;
  for (const OnnxTensor& tensor : tensors) bytes += static_cast<int64_t>(tensor.bytes.size());
  return bytes;
}

std::vector<OnnxValue> GraphBuilder::ops(const std::string& name, int outputs, std::vector<OnnxValue> inputs,
                                         std::vector<OnnxAttribute> attributes) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string base = lower + "_" + std::to_string(model_.nodes.size());
  std::vector<OnnxValue> values;
  for (int i = 0; i < outputs; ++i) values.push_back(i == 0 ? base : base + "_" + std::to_string(i));
  model_.nodes.push_back({name, std::move(inputs), values, std::move(attributes)});
  return values;
}

OnnxValue GraphBuilder::op(const std::string& name, std::vector<OnnxValue> inputs, std::vector<OnnxAttribute> attributes) {
  return ops(name, 1, std::move(inputs), std::move(attributes)).front();
}

OnnxValue GraphBuilder::tensor(OnnxValue name, OnnxType type, std::vector<int64_t> shape, std::span<const std::byte> bytes) {
  const auto [at, is_new] = by_name_.try_emplace(name, model_.tensors.size());
  TL_CHECK_AS(ErrorKind::kInternal, is_new, "[onnx] two tensors are named {}", name);
  model_.tensors.push_back({name, type, std::move(shape), {reinterpret_cast<const char*>(bytes.data()), bytes.size()}});
  return name;
}

OnnxValue GraphBuilder::weight(const std::string& name, std::span<const float> values, std::vector<int64_t> shape) {
  return tensor(name, OnnxType::kFloat, std::move(shape), std::as_bytes(values));
}

OnnxValue GraphBuilder::weight(const std::string& name, std::span<const uint8_t> values, std::vector<int64_t> shape) {
  return tensor(name, OnnxType::kUint8, std::move(shape), std::as_bytes(values));
}

OnnxValue GraphBuilder::weight(const std::string& name, std::span<const int64_t> values, std::vector<int64_t> shape) {
  return tensor(name, OnnxType::kInt64, std::move(shape), std::as_bytes(values));
}

OnnxValue GraphBuilder::constant(OnnxType type, std::vector<int64_t> shape, std::span<const std::byte> bytes) {
  std::string key = std::to_string(static_cast<int>(type));
  for (const int64_t size : shape) key += "," + std::to_string(size);
  key += ":";
  key.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto [at, is_new] = constants_.try_emplace(std::move(key), "constant_" + std::to_string(model_.tensors.size()));
  return is_new ? tensor(at->second, type, std::move(shape), bytes) : at->second;
}

OnnxValue GraphBuilder::numbers(std::span<const float> values, std::vector<int64_t> shape) {
  return constant(OnnxType::kFloat, std::move(shape), std::as_bytes(values));
}

OnnxValue GraphBuilder::doubles(std::span<const double> values, std::vector<int64_t> shape) {
  return constant(OnnxType::kDouble, std::move(shape), std::as_bytes(values));
}

OnnxValue GraphBuilder::integers(std::span<const int64_t> values, std::vector<int64_t> shape) {
  return constant(OnnxType::kInt64, std::move(shape), std::as_bytes(values));
}

OnnxValue GraphBuilder::cast(const OnnxValue& x, OnnxType type) { return op("Cast", {x}, {{"to", static_cast<int64_t>(type)}}); }

OnnxValue GraphBuilder::slice(const OnnxValue& x, int64_t axis, int64_t begin, int64_t end) {
  return op("Slice", {x, list({begin}), list({end}), list({axis})});
}

OnnxValue GraphBuilder::sum(const OnnxValue& x, int64_t axis) { return op("ReduceSum", {x, list({axis})}); }

OnnxValue GraphBuilder::mean(const OnnxValue& x, int64_t axis) {
  return op("ReduceMean", {x}, {{"axes", std::vector<int64_t>{axis}}, {"keepdims", 0}});
}

OnnxValue GraphBuilder::largest(const OnnxValue& x, int64_t axis) {
  return op("ReduceMax", {x}, {{"axes", std::vector<int64_t>{axis}}});
}

OnnxValue GraphBuilder::first_largest(const OnnxValue& x, int64_t axis) { return op("ArgMax", {x}, {{"axis", axis}}); }

GraphBuilder::Top GraphBuilder::top(const OnnxValue& x, int64_t count, int64_t axis) {
  const std::vector<OnnxValue> found = ops("TopK", 2, {x, list({count})}, {{"axis", axis}});
  return {found[0], found[1]};
}

OnnxValue GraphBuilder::batch() {
  TL_CHECK_AS(ErrorKind::kInternal, !batch_.empty(), "[onnx] no value has the picture count yet");
  if (batch_size_.empty()) batch_size_ = op("Shape", {batch_}, {{"end", 1}});
  return batch_size_;
}

OnnxValue GraphBuilder::batch_of(const OnnxValue& row, std::vector<int64_t> shape) {
  const int64_t rank = static_cast<int64_t>(shape.size());
  return op("Expand", {row, op("Concat", {batch(), integers(shape, {rank})}, {{"axis", 0}})});
}

OnnxValue GraphBuilder::batch_numbers() {
  if (batch_numbers_.empty()) {
    const OnnxValue count = op("Squeeze", {batch(), list({0})});
    batch_numbers_ = reshape(op("Range", {integer(0), count, integer(1)}), {-1, 1});
  }
  return batch_numbers_;
}

void GraphBuilder::output(OnnxPort port, const OnnxValue& value) {
  model_.nodes.push_back({"Identity", {value}, {port.name}, {}});
  model_.outputs.push_back(std::move(port));
}

}  // namespace tagloom
