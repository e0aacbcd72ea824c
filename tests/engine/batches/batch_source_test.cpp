// Feature batches of datasets and their splits.
#include "engine/batches/batch_source.h"

#include <gtest/gtest.h>

#include <set>

namespace tagloom {
namespace {

// Twenty pictures, the second and the ninth unreadable; the feature of picture i is {i, 100 + i}.
class Features : public testing::Test {
 protected:
  Features() {
    std::vector<std::string> paths;
    for (int i = 0; i < 20; ++i) paths.push_back(std::to_string(i));
    whole_ = Dataset::of_pictures(paths, Vocabulary({"sea"}));
    std::vector<Real> rows;
    for (int i = 0; i < 20; ++i) {
      rows.insert(rows.end(), {static_cast<Real>(i), static_cast<Real>(100 + i)});
      if (i != 1 && i != 8) table_.valid.push_back(i);
    }
    table_.row = table_.valid;
    table_.rows = Tensor::from(rows, {20, 2});
  }
  Dataset whole_;
  FeatureTable table_;
};

TEST_F(Features, SplitReadsItsRowsOfTheSharedTable) {
  const auto [rest, cut] = whole_.split(0.4, 3);
  std::set<std::string> seen;
  for (const Dataset* part : {&rest, &cut}) {
    const FeatureTable table = part_of(table_, *part);
    EXPECT_EQ(table.rows.raw(), table_.rows.raw());  // shared
    FeatureSource source(*part, table, {.batch_size = 3, .seed = 5});
    source.start_epoch(0, 0);
    for (Batch batch; source.next(batch);) {
      const std::vector<Real> features = batch.features.to_vector();
      for (int64_t i = 0; i < batch.size(); ++i) {
        const std::string name(part->sample(batch.index[i]).path);
        EXPECT_EQ(features[2 * i], std::stoi(name));
        EXPECT_EQ(features[2 * i + 1], 100 + std::stoi(name));
        EXPECT_TRUE(seen.insert(name).second) << name << " twice";
      }
    }
  }
  EXPECT_EQ(seen.size(), 18u);
  EXPECT_FALSE(seen.contains("1") || seen.contains("8"));
}

TEST_F(Features, SplitWithoutReadablePicturesIsEmpty) {
  table_.valid.clear();
  table_.row.clear();
  EXPECT_TRUE(part_of(table_, whole_.split(0.4, 3).second).valid.empty());
}

}  // namespace
}  // namespace tagloom
