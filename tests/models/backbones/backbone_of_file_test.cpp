// Which backbone a weights file is for, by its metadata and its tensors.
#include "models/backbones/backbone_of_file.h"

#include <gtest/gtest.h>

#include <deque>

#include "engine/io/safetensors.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

class BackboneOfFileTest : public testing::Test {
 protected:
  using Shape = std::vector<int64_t>;

  void add(const std::string& name, const Shape& shape = {1}) {
    int64_t count = 1;
    for (const int64_t extent : shape) count *= extent;
    floats_.emplace_back(static_cast<size_t>(count));
    entries_.push_back({name, SafetensorsType::kF32, shape, std::as_bytes(std::span(floats_.back()))});
  }
  void add_resnet(bool bottleneck, const std::vector<int64_t>& blocks, int64_t width = 64, int64_t in_group = 64) {
    for (size_t stage = 0; stage < 4; ++stage) {
      for (int64_t i = 0; i < blocks[stage]; ++i) {
        const std::string block = format("layer{}.{}.", stage + 1, i);
        const bool first = stage == 0 && i == 0;
        add(block + "conv1.weight", first && !bottleneck ? Shape{width, in_group, 3, 3} : Shape{1});
        add(block + "conv2.weight", first && bottleneck ? Shape{width, in_group, 3, 3} : Shape{1});
        if (bottleneck) add(block + "conv3.weight");
      }
    }
  }
  BackboneOfFile found(const SafetensorsMetadata& metadata = {}) {
    write_safetensors(folder_ / "a.safetensors", entries_, metadata);
    return backbone_of_file(Safetensors::open(folder_ / "a.safetensors"));
  }

  test::TemporaryFolder folder_;
  std::deque<std::vector<float>> floats_;
  std::vector<SafetensorsEntry> entries_;
};

TEST_F(BackboneOfFileTest, CountsTheBlocksOfAResnet) {
  const struct {
    const char* name;
    bool bottleneck;
    std::vector<int64_t> blocks;
    int64_t width = 64, in_group = 64;
  } rows[] = {{"resnet18", false, {2, 2, 2, 2}},
              {"resnet34", false, {3, 4, 6, 3}},
              {"resnet50", true, {3, 4, 6, 3}},
              {"resnet101", true, {3, 4, 23, 3}},
              {"resnet152", true, {3, 8, 36, 3}},
              {"resnext50_32x4d", true, {3, 4, 6, 3}, 128, 4},
              {"resnext101_64x4d", true, {3, 4, 23, 3}, 256, 4},
              {"wide_resnet101_2", true, {3, 4, 23, 3}, 128, 128}};
  for (const auto& row : rows) {
    entries_.clear();
    add_resnet(row.bottleneck, row.blocks, row.width, row.in_group);
    EXPECT_EQ(found().name, row.name);
    EXPECT_EQ(found().classes, 0);
    add("fc.weight", {37, 2});
    EXPECT_EQ(found().classes, 37);
  }
}

TEST_F(BackboneOfFileTest, CountsTheConvolutionsOfAVgg) {
  for (int i = 0; i < 13; ++i) add("features." + std::to_string(3 * i) + ".weight", {1, 1, 3, 3});
  add("classifier.6.weight", {10, 4});
  EXPECT_EQ(found().name, "vgg16");
  EXPECT_EQ(found().classes, 10);
  add("features.1.running_mean");
  EXPECT_EQ(found().name, "vgg16_bn");
}

TEST_F(BackboneOfFileTest, PrefersTheMetadata) {
  add("fc.weight", {4, 128});
  EXPECT_EQ(found({{"architecture", "small"}}).name, "small");
  EXPECT_EQ(found({{"architecture", "small"}}).classes, 4);
}

TEST_F(BackboneOfFileTest, RejectsOtherNetworks) {
  add_resnet(true, {3, 4, 6, 3}, 96, 96);
  EXPECT_ERROR(kData, "its tensors fit none of the backbones", found({{"architecture", "vit_base"}}));
}

}  // namespace
}  // namespace tagloom
