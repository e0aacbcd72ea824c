// Loads backbones from files: what the metadata sets, what may be left out, and the messages of errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "engine/train/weights.h"
#include "models/backbones/frozen_backbone.h"
#include "models/backbones/resnet.h"
#include "tests/support/near.h"
#include "tests/support/seeded_values.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class BackboneWeights : public testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::temp_directory_path() / ("backbone_weights_" + std::to_string(::getpid()) + "_" +
                                                      testing::UnitTest::GetInstance()->current_test_info()->name());
  }
  void TearDown() override { std::filesystem::remove(file_); }

  static std::unique_ptr<Backbone> make(const std::string& name, BackboneLayer layer = BackboneLayer::kPool5) {
    return make_backbone({.name = name, .layer = layer, .classes = 5});
  }
  std::string save(const std::string& name, SafetensorsMetadata metadata = {}, BackboneLayer layer = BackboneLayer::kLogits) {
    const auto backbone = make(name, layer);
    test::fill_seeded(*backbone, ".bn2.weight");
    save_weights(*backbone, file_, std::move(metadata));
    return file_;
  }

  std::string file_;
};

TEST_F(BackboneWeights, ClassifierMayBeLeftInTheFile) {
  const std::string file = save("small");
  const auto backbone = make("small");
  load_backbone(*backbone, file);
  const auto whole = make("small", BackboneLayer::kLogits);
  load_backbone(*whole, file);
  const Tensor pictures = test::seeded_pictures(1, 64);
  EXPECT_EQ(FrozenBackbone(*backbone).features(pictures).to_vector(),
            FrozenBackbone(*whole, BackboneLayer::kPool5).features(pictures).to_vector());
}

TEST_F(BackboneWeights, RejectsAFileWithoutARequestedClassifier) {
  const std::string file = save("small", {}, BackboneLayer::kPool5);
  const auto whole = make("small", BackboneLayer::kLogits);
  EXPECT_THAT(test::data_error([&] { load_backbone(*whole, file); }), HasSubstr("the file has no fc.weight, fc.bias"));
}

TEST_F(BackboneWeights, RejectsFilesOfOtherNetworks) {
  const std::string file = save("small");
  const auto resnet = make("resnet18");
  EXPECT_THAT(test::data_error([&] { load_backbone(*resnet, file); }),
              AllOf(HasSubstr(file), HasSubstr("conv1.weight is [32, 3, 3, 3] in the file, but [64, 3, 7, 7] in the model"),
                    HasSubstr("the file has no layer1.0.conv1.weight"), HasSubstr("more"), HasSubstr("the model has no ")));
}

TEST_F(BackboneWeights, RejectsTruncatedFiles) {
  const std::string file = save("small");
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  const auto backbone = make("small");
  EXPECT_THAT(test::data_error([&] { load_backbone(*backbone, file); }), HasSubstr(file));
}

TEST_F(BackboneWeights, MetadataSetsStatisticsUnlessTheOptionsDo) {
  const std::string file = save("small", {{"image_mean", "0.5,0.25, 0.125"}, {"image_std", "1,2,4"}});
  const auto backbone = make("small");
  load_backbone(*backbone, file);
  EXPECT_EQ(backbone->statistics().mean, (std::array<float, 3>{0.5f, 0.25f, 0.125f}));
  EXPECT_EQ(backbone->statistics().std_, (std::array<float, 3>{1, 2, 4}));
  const auto chosen = make_backbone({.name = "small", .mean = {0, 0, 0}});
  load_backbone(*chosen, file);
  EXPECT_EQ(chosen->statistics().mean, (std::array<float, 3>{0, 0, 0}));
  EXPECT_EQ(chosen->statistics().std_, (std::array<float, 3>{1, 2, 4}));
}

TEST_F(BackboneWeights, MetadataSetsEpsilon) {
  const auto plain = make("small"), wide = make("small");
  load_backbone(*plain, save("small"));
  load_backbone(*wide, save("small", {{"batch_norm_epsilon", "1.0"}}));
  const Tensor pictures = test::seeded_pictures(1, 64);
  EXPECT_NE(FrozenBackbone(*plain).features(pictures).to_vector(), FrozenBackbone(*wide).features(pictures).to_vector());
}

// The strides of the convolutions, in order.
class StrideWalk : public BackboneWalk {
 public:
  std::vector<int64_t> strides;
  Node conv(Node, const ConvStep& step) override {
    strides.push_back(step.conv->settings().stride);
    return 0;
  }
  Node max_pool(Node, const Pool2dOptions&) override { return 0; }
  Node average_pool(Node, const Pool2dOptions&) override { return 0; }
  Node mean(Node) override { return 0; }
  Node flat_mean(Node, int64_t) override { return 0; }
  Node fully_connected(Node, const std::vector<Linear*>&, bool, Real) override { return 0; }
};

std::vector<int64_t> strides_of(Backbone& backbone) {
  StrideWalk walk;
  backbone.describe(walk, BackboneLayer::kPool5);
  return walk.strides;
}

TEST_F(BackboneWeights, MetadataSetsTheStride) {
  const auto on_3x3 = make("resnet50"), from_file = make("resnet50");
  const auto on_1x1 = make_backbone({.name = "resnet50", .stride_in_1x1 = true});
  ASSERT_NE(strides_of(*on_1x1), strides_of(*on_3x3));
  save_weights(*on_3x3, file_, {{"stride_in_1x1", "true"}});
  load_backbone(*from_file, file_);
  EXPECT_EQ(strides_of(*from_file), strides_of(*on_1x1));
  const auto chosen = make_backbone({.name = "resnet50", .stride_in_1x1 = false});
  load_backbone(*chosen, file_);
  EXPECT_EQ(strides_of(*chosen), strides_of(*on_3x3)) << "an option wins over the file";
}

TEST_F(BackboneWeights, ErrorsNameDamagedMetadata) {
  const auto backbone = make("small");
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"stride_in_1x1", "yes"}, {"image_mean", "0.5,0.5"}, {"image_std", "a,b,c"}, {"batch_norm_epsilon", "-1"}}) {
    const std::string file = save("small", {{key, value}});
    EXPECT_THAT(test::data_error([&] { load_backbone(*backbone, file); }),
                AllOf(HasSubstr(file), HasSubstr(key), HasSubstr(value)));
  }
}

}  // namespace
}  // namespace tagloom
