// The logits of a file that torchvision, timm or transformers wrote, against theirs: run by tests/models/backbones/peer_weights_test.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "engine/io/safetensors.h"
#include "models/backbones/frozen_backbone.h"

namespace tagloom {
namespace {

TEST(PeerWeights, LogitsEqualTheOtherPrograms) {
  const char* weights = std::getenv("TAGLOOM_PEER_WEIGHTS");
  if (weights == nullptr) GTEST_SKIP() << "run by tests/models/backbones/peer_weights_test.py";
  const auto backbone = make_backbone({.name = std::getenv("TAGLOOM_PEER_BACKBONE"), .layer = BackboneLayer::kLogits});
  load_backbone(*backbone, weights);
  const Safetensors file = Safetensors::open(std::getenv("TAGLOOM_PEER_EXPECTED"));
  const NamedTensor& pictures = file.require("pictures");
  const std::vector<std::byte> bytes = row_major_bytes(pictures);
  const Tensor images = Tensor::from(std::span(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()), pictures.shape);
  const std::vector<float> expected = file.to_floats(file.require("logits"));
  const std::vector<float> actual = FrozenBackbone(*backbone).features(images).to_vector();
  ASSERT_EQ(actual.size(), expected.size());
  double largest = 0, scale = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    largest = std::max(largest, std::abs(double{actual[i]} - expected[i]));
    scale += std::abs(expected[i]) / static_cast<double>(expected.size());
  }
  std::cout << "largest difference " << largest / scale << " of the mean absolute logit\n";
  EXPECT_LT(largest, 1e-4 * scale);
}

}  // namespace
}  // namespace tagloom
