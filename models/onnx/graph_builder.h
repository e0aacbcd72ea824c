#pragma once
// Builds the graph of an ONNX model node by node.
//
//   GraphBuilder graph(model);
//   const OnnxValue y = graph.op("Mul", {x, graph.number(2)});
#include <array>
#include <initializer_list>
#include <span>

#include "models/onnx/onnx_model.h"

namespace tagloom {

class GraphBuilder {
 public:
  explicit GraphBuilder(OnnxModel& model) : model_(model) {}
  GraphBuilder(const GraphBuilder&) = delete;
  GraphBuilder& operator=(const GraphBuilder&) = delete;

  OnnxValue op(const std::string& name, std::vector<OnnxValue> inputs, std::vector<OnnxAttribute> attributes = {});
  std::vector<OnnxValue> ops(const std::string& name, int outputs, std::vector<OnnxValue> inputs,
                             std::vector<OnnxAttribute> attributes = {});

  // Weights: one tensor each, under a name of the model's.
  OnnxValue weight(const std::string& name, std::span<const float> values, std::vector<int64_t> shape);
  OnnxValue weight(const std::string& name, std::span<const uint8_t> values, std::vector<int64_t> shape);
  OnnxValue weight(const std::string& name, std::span<const int64_t> values, std::vector<int64_t> shape);
  bool has_weight(const std::string& name) const { return by_name_.contains(name); }

  // Constants; equal ones are one tensor. A shape of {} is a scalar.
  OnnxValue numbers(std::span<const float> values, std::vector<int64_t> shape);
  OnnxValue doubles(std::span<const double> values, std::vector<int64_t> shape);
  OnnxValue integers(std::span<const int64_t> values, std::vector<int64_t> shape);
  OnnxValue number(float value) { return numbers(std::array{value}, {}); }
  OnnxValue number64(double value) { return doubles(std::array{value}, {}); }
  OnnxValue integer(int64_t value) { return integers(std::array{value}, {}); }
  OnnxValue list(std::initializer_list<int64_t> values) {
    return integers(std::span(values.begin(), values.size()), {static_cast<int64_t>(values.size())});
  }

  // Shorthand.
  OnnxValue cast(const OnnxValue& x, OnnxType type);
  OnnxValue reshape(const OnnxValue& x, std::initializer_list<int64_t> shape) { return op("Reshape", {x, list(shape)}); }
  OnnxValue unsqueeze(const OnnxValue& x, int64_t axis) { return op("Unsqueeze", {x, list({axis})}); }
  OnnxValue slice(const OnnxValue& x, int64_t axis, int64_t begin, int64_t end);
  OnnxValue sum(const OnnxValue& x, int64_t axis);            // keeps the axis
  OnnxValue mean(const OnnxValue& x, int64_t axis);           // removes the axis
  OnnxValue largest(const OnnxValue& x, int64_t axis);        // keeps the axis
  OnnxValue first_largest(const OnnxValue& x, int64_t axis);  // its place, int64; keeps the axis; ties: the first
  struct Top {
    OnnxValue values, places;
  };
  Top top(const OnnxValue& x, int64_t count, int64_t axis);  // descending; ties: the first

  // The picture count. set_batch() names a value whose first axis it is.
  void set_batch(const OnnxValue& x) { batch_ = x; }
  OnnxValue batch();                                                     // int64 [1]
  OnnxValue batch_of(const OnnxValue& row, std::vector<int64_t> shape);  // row [1, shape...] repeated to [N, shape...]
  OnnxValue batch_numbers();                                             // 0 .. N-1, int64 [N,1]

  void input(OnnxPort port) { model_.inputs.push_back(std::move(port)); }
  void output(OnnxPort port, const OnnxValue& value);

 private:
  OnnxValue tensor(OnnxValue name, OnnxType type, std::vector<int64_t> shape, std::span<const std::byte> bytes);
  OnnxValue constant(OnnxType type, std::vector<int64_t> shape, std::span<const std::byte> bytes);

  OnnxModel& model_;
  std::map<std::string, size_t> by_name_;       // tensors
  std::map<std::string, OnnxValue> constants_;  // by type, shape and bytes
  OnnxValue batch_, batch_size_, batch_numbers_;
};

}  // namespace tagloom
