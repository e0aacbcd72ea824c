#pragma once
// Reads the outputs of backbones in tests/golden/values, torchvision's and timm's, and builds the same backbones.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "models/backbones/backbone.h"
#include "tests/support/golden.h"
#include "tests/support/near.h"
#include "tests/support/seeded_values.h"

namespace tagloom::test {

struct GoldenOutput {
  Shape shape;
  double mean = 0, absolute_mean = 0, norm = 0;  // norm: over all values
  std::vector<double> picks;                     // the (i * size / picks)-th values
};

inline Shape parse_shape(const std::string& text) {
  Shape shape;
  std::istringstream in(text);
  for (std::string extent; std::getline(in, extent, ',');) shape.push_back(std::stoll(extent));
  return shape;
}

enum class GoldenMode { kEvaluation, kTraining };

inline std::string backbone_golden_file(const std::string& network, GoldenMode mode) {
  const std::string source = network.starts_with("resnet50d") ? "backbones_timm_" : "backbones_";
  return test::golden_file(source + (mode == GoldenMode::kTraining ? "train_golden.txt" : "golden.txt"));
}

// The outputs of one network, by name.
inline std::map<std::string, GoldenOutput> read_golden_outputs(const std::string& network,
                                                               GoldenMode mode = GoldenMode::kEvaluation) {
  std::ifstream in(backbone_golden_file(network, mode));
  std::map<std::string, GoldenOutput> outputs;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name, output, shape;
    words >> name >> output;
    if (name != network || output.find(':') != std::string::npos || output == "loss") continue;
    GoldenOutput golden;
    words >> shape >> golden.mean >> golden.absolute_mean >> golden.norm;
    golden.shape = parse_shape(shape);
    for (double value; words >> value;) golden.picks.push_back(value);
    outputs[output] = golden;
  }
  return outputs;
}

// Tolerance is relative to the mean absolute value of the output.
inline void expect_golden(const std::string& what, const Tensor& actual, const GoldenOutput& golden, double tolerance) {
  SCOPED_TRACE(what);
  ASSERT_EQ(actual.shape(), golden.shape);
  const std::vector<float> values = actual.to_vector();
  double sum = 0, absolute = 0, squares = 0;
  for (float v : values) sum += v, absolute += std::abs(v), squares += double(v) * v;
  const double allowed = tolerance * golden.absolute_mean;
  EXPECT_NEAR(sum / values.size(), golden.mean, allowed);
  EXPECT_NEAR(absolute / values.size(), golden.absolute_mean, allowed);
  EXPECT_NEAR(std::sqrt(squares), golden.norm, tolerance * golden.norm);
  std::vector<double> picks;
  for (size_t i = 0; i < golden.picks.size(); ++i) picks.push_back(values[i * values.size() / golden.picks.size()]);
  EXPECT_TRUE(near(what, "tagloom≠pytorch", picks, golden.picks, {allowed, tolerance}));
}

inline constexpr int64_t kGoldenClasses = 20, kGoldenWidth = 64, kGoldenPixels = 64;

// "resnet50_1x1" is resnet50 with the stride on the first 1x1; "_frozen_bn": batch norm uses its running statistics in training too.
inline std::unique_ptr<Backbone> golden_backbone(const std::string& network, BackboneLayer layer = BackboneLayer::kLogits) {
  BackboneOptions options;
  options.name = network.substr(0, std::min(network.find("_1x1"), network.find("_frozen_bn")));
  options.layer = layer;
  options.stride_in_1x1 = network.ends_with("_1x1");
  options.classes = kGoldenClasses;
  options.fc_width = kGoldenWidth;
  options.dropout = 0;
  auto backbone = make_backbone(options);
  fill_seeded(*backbone, options.name == "resnet18" || options.name == "resnet34" ? ".bn2.weight" : ".bn3.weight");
  backbone->freeze_batch_norm(network.ends_with("_frozen_bn"));
  return backbone;
}

}  // namespace tagloom::test
