// Compiles a backbone's description into steps: folds batch norm and stores filters in the type of the maps.
#include <cmath>

#include "kernels/cnn/winograd_conv2d.h"
#include "models/backbones/frozen_backbone.h"

namespace tagloom {
namespace {

class Compiler : public BackboneWalk {
 public:
  Compiler(DType dtype, int64_t picture_channels) : dtype_(dtype), picture_channels_(picture_channels) {}
  std::vector<FrozenStep> steps;

  Node conv(Node x, const ConvStep& layer) override {
    const Conv2dSettings& settings = layer.conv->settings();
    const int64_t k = settings.out, taps = settings.size * settings.size;
    const std::vector<Real> filter = layer.conv->weight.value.to_vector();
    const std::vector<Real> bias = settings.bias ? layer.conv->bias.value.to_vector() : std::vector<Real>(k);
    const Folded folded = fold(layer.norm, bias);
    const int64_t filter_channels = settings.in / settings.groups;
    const int64_t channels = x == kPicture ? picture_channels_ : filter_channels;
    std::vector<Real> folded_filter(k * taps * channels);
    for (int64_t row = 0; row < k * taps; ++row) {
      for (int64_t c = 0; c < filter_channels; ++c) {
        folded_filter[row * channels + c] = static_cast<Real>(filter[row * filter_channels + c] * folded.factor[row / taps]);
      }
    }
    FrozenStep step = make(FrozenStep::kConv, x);
    step.residual = layer.residual;
    step.weight = stored(folded_filter, {k, settings.size, settings.size, channels}, layer.conv->weight.value.device());
    step.bias = stored(folded.bias, {k}, step.weight.device());
    step.stride = settings.stride;
    step.padding = settings.padding;
    step.groups = settings.groups;
    step.relu = layer.relu;
    prepare_winograd(step);
    return keep(std::move(step));
  }

  Node max_pool(Node x, const Pool2dOptions& options) override { return pool(FrozenStep::kMaxPool, x, options); }
  Node average_pool(Node x, const Pool2dOptions& options) override { return pool(FrozenStep::kAveragePool, x, options); }

  Node mean(Node x) override { return keep(make(FrozenStep::kMean, x)); }

  Node flat_mean(Node x, int64_t size) override {
    FrozenStep step = make(FrozenStep::kFlatMean, x);
    step.size = size;
    return keep(std::move(step));
  }

  Node fully_connected(Node x, const std::vector<Linear*>& layers, bool last_relu, Real) override {
    for (Linear* layer : layers) {
      FrozenStep step = make(FrozenStep::kLinear, x);
      const Tensor& weight = layer->weight.value;
      step.weight = stored(weight.to_vector(), weight.shape(), weight.device());
      step.bias = layer->bias.value.clone();
      step.relu = last_relu || layer != layers.back();
      x = keep(std::move(step));
    }
    return x;
  }

  // The last layer's output and bias are Real; the biases of other linear layers are stored in the type of the maps.
  void finish() {
    for (size_t i = 0; i + 1 < steps.size(); ++i) {
      Tensor& bias = steps[i].bias;
      if (steps[i].kind == FrozenStep::kLinear) bias = stored(bias.to_vector(), bias.shape(), bias.device());
    }
  }

 private:
  struct Folded {
    std::vector<double> factor;
    std::vector<Real> bias;
  };

  static Folded fold(const BatchNorm* norm, const std::vector<Real>& bias) {
    Folded folded{std::vector<double>(bias.size(), 1.0), bias};
    if (norm == nullptr) return folded;
    const std::vector<Real> gamma = norm->weight.value.to_vector(), beta = norm->bias.value.to_vector();
    const std::vector<Real> mean = norm->running_mean.to_vector(), variance = norm->running_var.to_vector();
    for (size_t k = 0; k < bias.size(); ++k) {
      folded.factor[k] = gamma[k] / std::sqrt(static_cast<double>(variance[k]) + norm->options.epsilon);
      folded.bias[k] = static_cast<Real>((static_cast<double>(bias[k]) - mean[k]) * folded.factor[k] + beta[k]);
    }
    return folded;
  }

  Tensor stored(const std::vector<Real>& values, Shape shape, Device device) const {
    if (dtype_ == DType::kReal) return Tensor::from(values, std::move(shape), device);
    return Tensor::from(std::vector<Bf16>(values.begin(), values.end()), std::move(shape), device);
  }

  static void prepare_winograd(FrozenStep& step) {
    if (step.weight.dtype() != DType::kReal || step.weight.device().is_cuda()) return;
    kernels::Conv2dShape shape{
        1, 8, 8, step.weight.size(3) * step.groups, step.weight.size(0), step.weight.size(1), step.weight.size(2)};
    shape.stride = step.stride;
    shape.padding = step.padding;
    shape.groups = step.groups;
    if (!TL_ON_CPU(winograd_takes(shape))) return;
    step.winograd = Tensor::empty({TL_ON_CPU(winograd_filter_size(shape))});
    TL_ON_CPU(winograd_prepare(shape, step.weight.data(), step.winograd.data()));
  }

  Node pool(FrozenStep::Kind kind, Node x, const Pool2dOptions& options) {
    FrozenStep step = make(kind, x);
    step.size = options.size;
    step.stride = options.stride;
    step.padding = options.padding;
    step.ceil_mode = options.ceil_mode;
    return keep(std::move(step));
  }

  static FrozenStep make(FrozenStep::Kind kind, Node x) {
    FrozenStep step;
    step.kind = kind;
    step.x = x;
    return step;
  }

  Node keep(FrozenStep step) {
    steps.push_back(std::move(step));
    return static_cast<Node>(steps.size());
  }

  DType dtype_;
  int64_t picture_channels_;
};

}  // namespace

std::vector<FrozenStep> compile_backbone(Backbone& backbone, BackboneLayer layer, DType dtype, int64_t picture_channels) {
  Compiler compiler(dtype, picture_channels);
  const BackboneWalk::Node last = backbone.describe(compiler, layer);
  TL_CHECK_AS(ErrorKind::kInternal, last == static_cast<BackboneWalk::Node>(compiler.steps.size()),
              "[backbone] the description of {} has layers after its features", backbone.options().name);
  compiler.finish();
  return std::move(compiler.steps);
}

}  // namespace tagloom
