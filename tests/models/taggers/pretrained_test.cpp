// The tagger that gives the backbone's own classes.
#include "models/taggers/pretrained.h"

#include <gtest/gtest.h>

#include "models/settings/settings.h"
#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

TEST(Pretrained, ScoresAreTheSoftmaxOfTheLogits) {
  Pretrained head(3);
  Tape tape(Tape::kForwardOnly);
  const Predictions predictions = head.predict(tape.constant(Tensor::from(std::vector<Real>{0, 1, 2, 500, 500, -500}, {2, 3})));
  EXPECT_EQ(predictions.tag_count, 3);
  const double expected[] = {0.09003057, 0.24472847, 0.66524096, 0.5, 0.5, 0};
  for (size_t i = 0; i < 6; ++i) EXPECT_NEAR(predictions.scores[i], expected[i], 1e-6);
}

TEST(Pretrained, NeedsTheClassifierAndItsNames) {
  const auto set = [](const char* key, const char* value) { return assignment_from_text(key, value, "test"); };
  EXPECT_ERROR(kUsage, "set backbone.layer = \"logits\"",
               settings_from({set("model.kind", "pretrained"), set("train.best_by", "top1")}));
  EXPECT_ERROR(kUsage, "needs a frozen backbone",
               settings_from({set("model.kind", "pretrained"), set("backbone.layer", "logits"), set("train.best_by", "top1"),
                              set("backbone.freeze", "false")}));
  EXPECT_ERROR(kUsage, "the classifier has 5 classes, but the vocabulary has 4 tags",
               PretrainedOptions().build(5, numbered_tags(4)));
}

}  // namespace
}  // namespace tagloom
