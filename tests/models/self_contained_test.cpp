// A saved tagger needs no other file to predict the same, and no cached copy outlives its weights.
#include <gtest/gtest.h>

#include "engine/train/checkpoint.h"
#include "engine/train/weights.h"
#include "models/build.h"
#include "tests/support/expect_error.h"
#include "tests/support/seeded_values.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

constexpr int64_t kTags = 4;
const CheckpointIdentity kIdentity{"tags", "1.2.3"};

class SelfContained : public testing::Test {
 protected:
  // Settings of a tagger on a frozen small CNN whose weights file has its own image statistics.
  Settings settings(uint64_t seed = 1) {
    const std::string file = folder_ / "weights.safetensors";
    const auto cnn = make_backbone({.name = "small"});
    cnn->reset({seed, 5});
    save_weights(*cnn, file,
                 {{"image_mean", "0.1,0.33333334,0.7"}, {"image_std", "0.2,0.123456789,0.9"}, {"batch_norm_epsilon", "0.003"}});
    Settings settings;
    settings.backbone.name = "small";
    settings.backbone.weights = file;
    settings.model.as<MultiOrderOptions>().state = InitialState::kFeatures;
    settings.model.as<MultiOrderOptions>().hidden = 8;
    settings.model.as<MultiOrderOptions>().embedding = 4;
    return settings;
  }
  static std::vector<float> answers(CnnTagger& tagger) { return tagger.predict({.images = test::seeded_pictures(2, 40)}).scores; }

  test::TemporaryFolder folder_;
};

TEST_F(SelfContained, SavedTaggerPredictsTheSameWithoutTheWeightsFile) {
  const auto saved = build_tagger(settings(), numbered_tags(kTags), Device::cpu());
  save_tagger(*saved, kIdentity, folder_ / "tagger.safetensors");
  Settings elsewhere = settings();
  elsewhere.backbone.weights = "/nowhere/weights.safetensors";
  const auto opened = build_tagger(elsewhere, numbered_tags(kTags), Device::cpu(), StartFrom::kCheckpoint);
  load_tagger(*opened, kIdentity, folder_ / "tagger.safetensors");
  EXPECT_EQ(answers(*opened), answers(*saved));
  EXPECT_EQ(opened->metadata(), saved->metadata());
  EXPECT_EQ(content_hash(opened->cnn()), content_hash(saved->cnn()));
  EXPECT_EQ(opened->cnn().statistics().mean, (std::array<float, 3>{0.1f, 0.33333334f, 0.7f}));
  EXPECT_EQ(opened->cnn().batch_norm_epsilon(), Real(0.003f));

  elsewhere.backbone.mean = {0.5, 0.5, 0.5};  // explicit settings still win
  const auto changed = build_tagger(elsewhere, numbered_tags(kTags), Device::cpu(), StartFrom::kCheckpoint);
  load_tagger(*changed, kIdentity, folder_ / "tagger.safetensors");
  EXPECT_EQ(changed->cnn().statistics().mean, (std::array<float, 3>{0.5f, 0.5f, 0.5f}));
  EXPECT_NE(answers(*changed), answers(*saved));
}

TEST_F(SelfContained, TrainingCheckpointIsSelfContained) {
  const Settings made = settings();
  const auto saved = build_tagger(made, numbered_tags(kTags), Device::cpu());
  const auto optimizer = build_optimizer(made, *saved);
  const auto schedule = build_schedule(made, 1);
  save_checkpoint(*saved, *optimizer, *schedule, {}, kIdentity, folder_ / "last.safetensors");
  const auto opened = build_tagger(made, numbered_tags(kTags), Device::cpu(), StartFrom::kCheckpoint);
  const auto other = build_optimizer(made, *opened);
  load_checkpoint(*opened, *other, *schedule, kIdentity, folder_ / "last.safetensors");
  EXPECT_EQ(answers(*opened), answers(*saved));
}

TEST_F(SelfContained, RejectsFilesWithoutImageStatistics) {
  const auto tagger = build_tagger(settings(), numbered_tags(kTags), Device::cpu());
  save_weights(*tagger, folder_ / "old.safetensors", {{"tagloom.vocabulary", kIdentity.vocabulary}});
  EXPECT_ERROR(kData, "its metadata has no image_mean", load_tagger(*tagger, kIdentity, folder_ / "old.safetensors"));
}

TEST_F(SelfContained, ResnetRecordsItsStrides) {
  const auto original = make_backbone({.name = "resnet50"}), torchvisions = make_backbone({.name = "resnet50"});
  original->set_stride_in_1x1(true);
  EXPECT_EQ(backbone_metadata(*original).at("stride_in_1x1"), "true");
  EXPECT_EQ(backbone_metadata(*torchvisions).at("stride_in_1x1"), "false");
  set_backbone_metadata(*torchvisions, backbone_metadata(*original), "file");
  EXPECT_EQ(backbone_metadata(*torchvisions), backbone_metadata(*original));
  EXPECT_FALSE(backbone_metadata(*make_backbone({.name = "vgg11"})).contains("stride_in_1x1"));
  EXPECT_FALSE(backbone_metadata(*make_backbone({.name = "vgg11"})).contains("batch_norm_epsilon"));
}

TEST_F(SelfContained, ContentHashCoversEverythingThatChangesFeatures) {
  const auto cnn = make_backbone({.name = "resnet18"});
  cnn->reset({1, 0});
  uint64_t last = content_hash(*cnn);
  const auto expect_another = [&](const char* what) {
    EXPECT_NE(content_hash(*cnn), last) << what;
    last = content_hash(*cnn);
  };
  EXPECT_EQ(content_hash(*cnn), last);
  cnn->named_parameters().back().parameter->value.data()[0] += Real(1e-3);
  expect_another("a weight");
  cnn->named_buffers().back().tensor->data()[0] += Real(1e-3);
  expect_another("a running statistic");
  cnn->set_statistics({.mean = {0.5f, 0.5f, 0.5f}});
  expect_another("the pictures' mean");
  cnn->set_batch_norm_epsilon(Real(1e-3));
  expect_another("epsilon");
  cnn->set_stride_in_1x1(true);
  expect_another("strides");
}

TEST_F(SelfContained, FrozenCopiesFollowTheWeights) {
  const auto wanted = build_tagger(settings(2), numbered_tags(kTags), Device::cpu());
  save_tagger(*wanted, kIdentity, folder_ / "tagger.safetensors");
  const auto tagger = build_tagger(settings(1), numbered_tags(kTags), Device::cpu());
  EXPECT_NE(answers(*tagger), answers(*wanted));
  load_tagger(*tagger, kIdentity, folder_ / "tagger.safetensors");
  EXPECT_EQ(answers(*tagger), answers(*wanted));  // the whole tagger was loaded

  settings(3);
  load_backbone(tagger->cnn(), folder_ / "weights.safetensors");
  load_backbone(wanted->cnn(), folder_ / "weights.safetensors");
  const std::vector<float> third = answers(*tagger);
  EXPECT_EQ(third, answers(*wanted));  // the backbone alone
  tagger->cnn().set_statistics({});
  EXPECT_NE(answers(*tagger), third);

  tagger->cnn().set_trainable(true);  // as in a program's own training loop
  answers(*tagger);
  tagger->cnn().parameters().front()->value.zero();
  tagger->cnn().set_trainable(false);
  save_tagger(*tagger, kIdentity, folder_ / "tagger.safetensors");
  load_tagger(*wanted, kIdentity, folder_ / "tagger.safetensors");
  EXPECT_EQ(answers(*tagger), answers(*wanted));
}

}  // namespace
}  // namespace tagloom
