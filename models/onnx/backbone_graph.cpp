#include "models/onnx/backbone_graph.h"

#include <algorithm>

#include "models/backbones/frozen_backbone.h"

namespace tagloom {
namespace {

struct MapValue {
  OnnxValue value;
  int64_t height = 0, width = 0, channels = 0;  // height 0: a row of `channels` features
};

// The matrix [side,size] that takes the means of adaptive pooling: row i averages floor(i size / side) .. ceil((i + 1) size / side).
std::vector<float> pooling_matrix(int64_t side, int64_t size) {
  std::vector<float> matrix(side * size, 0);
  for (int64_t i = 0; i < side; ++i) {
    const int64_t begin = i * size / side, end = ((i + 1) * size + side - 1) / side;
    for (int64_t x = begin; x < end; ++x) matrix[i * size + x] = 1.0F / static_cast<float>(end - begin);
  }
  return matrix;
}

int64_t pooled_size(int64_t size, const FrozenStep& step) {
  const int64_t room = size + 2 * step.padding - step.size;
  int64_t out = (step.ceil_mode ? room + step.stride - 1 : room) / step.stride + 1;
  if (step.ceil_mode && (out - 1) * step.stride >= size + step.padding) --out;  // the last window must begin inside
  return out;
}

class Frozen {
 public:
  // Without a graph, only computes shapes.
  Frozen(GraphBuilder* graph, const std::vector<FrozenStep>& steps) : graph_(graph), steps_(steps) {}

  MapValue run(const OnnxValue& pictures, int64_t size) {
    std::vector<MapValue> nodes{{pictures, size, size, 3}};
    for (const FrozenStep& step : steps_) {
      ++number_;
      nodes.push_back(next(step, nodes));
    }
    return nodes.back();
  }

 private:
  OnnxValue op(const std::string& name, std::vector<OnnxValue> inputs, std::vector<OnnxAttribute> attributes = {}) {
    return graph_ == nullptr ? OnnxValue() : graph_->op(name, std::move(inputs), std::move(attributes));
  }
  OnnxValue weight(const std::string& name, const std::vector<Real>& values, const Shape& shape) {
    return graph_ == nullptr
               ? OnnxValue()
               : graph_->weight("cnn." + std::to_string(number_) + "." + name, std::span<const float>(values), shape);
  }

  MapValue next(const FrozenStep& step, const std::vector<MapValue>& nodes) {
    const MapValue& x = nodes[step.x];
    switch (step.kind) {
      case FrozenStep::kConv:
        return conv(step, x, nodes);
      case FrozenStep::kMaxPool:
        return pool("MaxPool", step, x);
      case FrozenStep::kAveragePool:
        return pool("AveragePool", step, x);
      case FrozenStep::kMean:
        return {op("Flatten", {op("GlobalAveragePool", {x.value})}), 0, 0, x.channels};
      case FrozenStep::kFlatMean:
        return flat_mean(step, x);
      case FrozenStep::kLinear: {
        const int64_t out = step.weight.size(0);
        const OnnxValue y = op(
            "Gemm", {x.value, weight("weight", reals(step.weight), step.weight.shape()), weight("bias", reals(step.bias), {out})},
            {{"transB", 1}});
        return {step.relu ? op("Relu", {y}) : y, 0, 0, out};
      }
    }
    fail(ErrorKind::kInternal, "[onnx] an unknown step of the backbone");
  }

  std::vector<Real> reals(const Tensor& tensor) const { return graph_ == nullptr ? std::vector<Real>() : tensor.to_vector(); }

  MapValue pool(const char* name, const FrozenStep& step, const MapValue& x) {
    const int64_t p = step.padding;
    return {op(name, {x.value},
               {{"kernel_shape", std::vector<int64_t>{step.size, step.size}},
                {"strides", std::vector<int64_t>{step.stride, step.stride}},
                {"pads", std::vector<int64_t>{p, p, p, p}},
                {"ceil_mode", step.ceil_mode ? 1 : 0}}),
            pooled_size(x.height, step), pooled_size(x.width, step), x.channels};
  }

  MapValue conv(const FrozenStep& step, const MapValue& x, const std::vector<MapValue>& nodes) {
    const int64_t k = step.weight.size(0), r = step.weight.size(1), s = step.weight.size(2), c = step.weight.size(3);
    const std::vector<Real> filter = reals(step.weight);
    std::vector<Real> turned(filter.size());  // [K,R,S,C] -> [K,C,R,S]
    for (size_t at = 0; at < filter.size(); ++at) {
      const auto channel = static_cast<int64_t>(at) % c, tap = static_cast<int64_t>(at) / c % (r * s);
      turned[(static_cast<int64_t>(at) / (c * r * s) * c + channel) * r * s + tap] = filter[at];
    }
    const int64_t p = step.padding;
    OnnxValue y = op("Conv", {x.value, weight("weight", turned, {k, c, r, s}), weight("bias", reals(step.bias), {k})},
                     {{"strides", std::vector<int64_t>{step.stride, step.stride}},
                      {"pads", std::vector<int64_t>{p, p, p, p}},
                      {"group", step.groups}});
    if (step.residual != BackboneWalk::kNone) y = op("Add", {y, nodes[step.residual].value});
    if (step.relu) y = op("Relu", {y});
    return {y, (x.height + 2 * p - r) / step.stride + 1, (x.width + 2 * p - s) / step.stride + 1, k};
  }

  MapValue flat_mean(const FrozenStep& step, const MapValue& x) {
    OnnxValue y = x.value;
    if (graph_ != nullptr && (x.height != step.size || x.width != step.size)) {
      std::vector<float> columns(x.width * step.size);
      const std::vector<float> rows = pooling_matrix(step.size, x.height), of_columns = pooling_matrix(step.size, x.width);
      for (int64_t i = 0; i < step.size; ++i) {
        for (int64_t at = 0; at < x.width; ++at) columns[at * step.size + i] = of_columns[i * x.width + at];
      }
      y = op("MatMul", {graph_->numbers(rows, {step.size, x.height}), y});
      y = op("MatMul", {y, graph_->numbers(columns, {x.width, step.size})});
    }
    y = op("Transpose", {y}, {{"perm", std::vector<int64_t>{0, 2, 3, 1}}});  // fc6 reads maps as [H,W,C]
    return {op("Flatten", {y}), 0, 0, step.size * step.size * x.channels};
  }

  GraphBuilder* graph_;
  const std::vector<FrozenStep>& steps_;
  int number_ = 0;
};

}  // namespace

BackboneFeatures feature_shape(Backbone& backbone, int64_t size) {
  const std::vector<FrozenStep> steps = compile_backbone(backbone, backbone.options().layer, DType::kReal, 3);
  const MapValue last = Frozen(nullptr, steps).run({}, size);
  return {{}, last.channels, std::max<int64_t>(1, last.height * last.width)};
}

BackboneFeatures backbone_graph(GraphBuilder& graph, Backbone& backbone, const OnnxValue& pictures, int64_t size) {
  std::vector<float> scale, shift;  // (x / 255 - mean) / std
  for (size_t channel = 0; channel < 3; ++channel) {
    const double deviation = backbone.statistics().std_[channel];
    scale.push_back(static_cast<float>(1 / (255 * deviation)));
    shift.push_back(static_cast<float>(-backbone.statistics().mean[channel] / deviation));
  }
  OnnxValue x = graph.op("Mul", {graph.cast(pictures, OnnxType::kFloat), graph.numbers(scale, {3})});
  x = graph.op("Transpose", {graph.op("Add", {x, graph.numbers(shift, {3})})}, {{"perm", std::vector<int64_t>{0, 3, 1, 2}}});
  if (backbone.options().mirrored) {
    const OnnxValue mirrored =
        graph.op("Slice", {x, graph.list({-1}), graph.list({-size - 1}), graph.list({3}), graph.list({-1})});
    x = graph.op("Concat", {x, mirrored}, {{"axis", 0}});
  }
  const std::vector<FrozenStep> steps = compile_backbone(backbone, backbone.options().layer, DType::kReal, 3);
  const MapValue last = Frozen(&graph, steps).run(x, size);
  BackboneFeatures features{last.value, last.channels, std::max<int64_t>(1, last.height * last.width)};
  if (last.height > 0) {
    features.value = graph.op("Flatten", {graph.op("Transpose", {last.value}, {{"perm", std::vector<int64_t>{0, 2, 3, 1}}})});
  }
  if (backbone.options().mirrored) {
    features.value = graph.mean(graph.reshape(features.value, {2, -1, features.count * features.places}), 0);
  }
  return features;
}

}  // namespace tagloom
