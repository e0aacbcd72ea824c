// Running statistics after one pass, computed by hand.
#include "engine/train/batch_norm_statistics.h"

#include <gtest/gtest.h>

#include "engine/nn/layers.h"

namespace tagloom {
namespace {

class Normalised : public Tagger {
 public:
  Normalised() { add("norm", norm_); }
  Var loss(Tape& tape, const Batch& batch) override { return norm_(features(tape, batch)); }
  Predictions predict(const Batch&) override { return {}; }
  Var features(Tape& tape, const Batch& batch) override { return tape.constant(batch.features); }
  int64_t tag_count() const override { return 1; }
  BatchNorm norm_{1};
};

TEST(Statistics, OnePassUpdatesThemBatchByBatch) {
  const Dataset pictures = Dataset::of_pictures({"a", "b", "c", "d"}, Vocabulary({"sea"}));
  FeatureTable table;
  table.rows = Tensor::from(std::vector<Real>{1, 3, 10, 16}, {4, 1});
  table.valid = table.row = {0, 1, 2, 3};
  FeatureSource source(pictures, table, {.batch_size = 2, .shuffle = false});
  Normalised model;
  model.norm_.reset({1, 0});
  measure_batch_norm_statistics(model, source, 1);
  EXPECT_NEAR(model.norm_.running_mean.item(), 0.9 * (0.1 * 2) + 0.1 * 13, 1e-6);       // from 0
  EXPECT_NEAR(model.norm_.running_var.item(), 0.9 * (0.9 + 0.1 * 2) + 0.1 * 18, 1e-5);  // from 1; unbiased
  EXPECT_EQ(model.norm_.weight.value.item(), 1);
}

}  // namespace
}  // namespace tagloom
