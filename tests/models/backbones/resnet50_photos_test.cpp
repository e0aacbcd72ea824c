// Compares ResNet-50 with ImageNet weights on a hundred photographs, from the JPEG files on, with PyTorch and PIL (tests/golden/values).
// Needs TAGLOOM_DATA (weights/resnet50_v1.safetensors and corel5k).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <sstream>

#include "engine/data/image.h"
#include "engine/data/resize.h"
#include "engine/io/safetensors.h"
#include "models/backbones/frozen_backbone.h"
#include "tests/support/golden.h"

namespace tagloom {
namespace {

constexpr int64_t kPixels = 224;

struct Photo {
  std::string path;
  std::vector<int> classes;  // the six highest, descending
  std::vector<double> logits;
};

std::vector<Photo> read_photos() {
  std::ifstream in(test::golden_file("resnet50_photos_golden.tsv"));
  std::vector<Photo> photos;
  for (std::string line; std::getline(in, line);) {
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream columns(line);
    Photo photo;
    std::getline(columns, photo.path, '\t');
    photo.classes.resize(6);
    photo.logits.resize(6);
    for (int& c : photo.classes) columns >> c;
    for (double& l : photo.logits) columns >> l;
    photos.push_back(photo);
  }
  return photos;
}

class Resnet50Photos : public testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("TAGLOOM_DATA");
    if (data == nullptr)
      GTEST_SKIP() << "TAGLOOM_DATA is not set: set it to the folder with weights/resnet50_v1.safetensors and corel5k";
    data_ = data;
    photos_ = read_photos();
    ASSERT_EQ(photos_.size(), 100u);
  }

  Tensor pictures(size_t begin, size_t end) const {
    Tensor batch = Tensor::empty({static_cast<int64_t>(end - begin), kPixels, kPixels, 3}, DType::kByte);
    for (size_t i = begin; i < end; ++i) {
      const Image image = decode_image(data_ + "/corel5k/" + photos_[i].path);
      resize_image(image, {kPixels, kPixels, 0, 0, kPixels, kPixels},
                   std::span(batch.data<uint8_t>() + (i - begin) * kPixels * kPixels * 3, kPixels * kPixels * 3));
    }
    return batch;
  }

  std::unique_ptr<Backbone> load(BackboneLayer layer) const {
    auto backbone = make_backbone({.name = "resnet50", .layer = layer});
    load_backbone(*backbone, data_ + "/weights/resnet50_v1.safetensors");
    return backbone;
  }

  // The differences of the pooled features of four photographs from PyTorch's. A value's difference is relative to the larger of
  // itself and the mean value, because some pooled features are exactly zero.
  struct FeatureError {
    double mean = 0, worst = 0;
    double norm = 0;  // |actual - expected| / |expected| of all values as one vector
  };
  FeatureError feature_error(Precision precision) const {
    const Safetensors golden = Safetensors::open(test::golden_file("resnet50_photos_features.safetensors"));
    const std::vector<float> expected = golden.to_floats(golden.require("pool5"));
    const auto backbone = load(BackboneLayer::kPool5);
    FrozenBackbone frozen(*backbone, precision);
    const std::vector<float> actual = frozen.features(pictures(0, 4)).to_vector();
    EXPECT_EQ(actual.size(), expected.size());
    const double mean = std::accumulate(expected.begin(), expected.end(), 0.0) / static_cast<double>(expected.size());
    FeatureError error;
    double squares = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
      const double difference = std::abs(actual[i] - expected[i]);
      error.norm += difference * difference;
      squares += static_cast<double>(expected[i]) * expected[i];
      error.mean += difference / (mean * static_cast<double>(expected.size()));
      error.worst = std::max(error.worst, difference / std::max(mean, static_cast<double>(std::abs(expected[i]))));
    }
    error.norm = std::sqrt(error.norm / squares);
    return error;
  }

  std::string data_;
  std::vector<Photo> photos_;
};

TEST_F(Resnet50Photos, TopFiveClassesMatchPyTorch) {
  const auto backbone = load(BackboneLayer::kLogits);
  FrozenBackbone frozen(*backbone);
  int compared = 0;
  for (size_t begin = 0; begin < photos_.size(); begin += 10) {
    const std::vector<float> all = frozen.features(pictures(begin, begin + 10)).to_vector();
    for (size_t i = 0; i < 10; ++i) {
      const Photo& photo = photos_[begin + i];
      const float* logits = all.data() + i * 1000;
      std::vector<int> order(1000);
      std::iota(order.begin(), order.end(), 0);
      std::partial_sort(order.begin(), order.begin() + 5, order.end(), [&](int a, int b) { return logits[a] > logits[b]; });
      for (int place = 0; place < 5; ++place) {
        EXPECT_NEAR(logits[photo.classes[place]], photo.logits[place], 2e-3) << photo.path;
        // Two classes whose logits differ by less than a thousandth may swap.
        const bool near_tie = photo.logits[place] - photo.logits[place + 1] < 2e-3 ||
                              (place > 0 && photo.logits[place - 1] - photo.logits[place] < 2e-3);
        if (near_tie) continue;
        EXPECT_EQ(order[place], photo.classes[place]) << photo.path << " place " << place;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 490) << "near ties should be rare";
}

TEST_F(Resnet50Photos, FeaturesInFp32) {
  const FeatureError error = feature_error(Precision::kFp32);
  EXPECT_LT(error.worst, 1e-3);
  EXPECT_LT(error.mean, 1e-4);
}

TEST_F(Resnet50Photos, FeaturesInBf16) {
  const FeatureError error = feature_error(Precision::kBf16);
  EXPECT_LT(error.norm, 3e-2);  // values are rounded after each of fifty layers; single ones differ more
  EXPECT_LT(error.mean, 3e-2);
  EXPECT_GT(error.mean, 1e-4) << "this was not computed in bfloat16";
}

}  // namespace
}  // namespace tagloom
