// The features of a whole dataset are the same bits for 1 to 8 readers and threads.
#include <gtest/gtest.h>
#include <omp.h>

#include "engine/data/image.h"
#include "engine/train/features.h"
#include "models/build.h"
#include "tests/support/temporary_folder.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

TEST(FeatureThreads, TableIsTheSameBits) {
  const test::TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 13; ++i) {
    const std::string name = std::to_string(i) + ".png";
    const std::vector<uint8_t> bytes =
        encode_png({.width = 40 + i, .height = 50 - i, .rgb = test::integer_array<uint8_t>((40 + i) * (50 - i) * 3, i, 0, 255)});
    test::write_whole_file(folder / name, i == 5 ? "no picture" : std::string(bytes.begin(), bytes.end()));
    text += name + "\tsea\n";
  }
  test::write_whole_file(folder / "t.tsv", text);
  const Dataset dataset = Dataset::open(folder / "t.tsv");
  Settings settings;
  settings.backbone.name = "small";
  settings.model.kind = "classifier";
  const auto tagger = build_tagger(settings, numbered_tags(3), Device::cpu());
  const int threads = omp_get_max_threads();
  std::vector<Real> one;
  for (int count = 1; count <= 8; ++count) {
    omp_set_num_threads(count);
    FeatureRequest request{.batch_size = 4};
    request.reader = {.transform = {.size = 32}, .workers = count, .on_error = OnError::kSkip};
    const FeatureTable table = features_of(*tagger, dataset, request).table;
    ASSERT_EQ(table.valid, (std::vector<int64_t>{0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12}));
    const std::vector<Real> rows = table.rows.to_vector();
    if (count == 1) one = rows;
    EXPECT_TRUE(rows == one) << count << " threads";
  }
  EXPECT_NE(std::vector<Real>(one.begin(), one.begin() + one.size() / 13),
            std::vector<Real>(one.end() - one.size() / 13, one.end()));
  omp_set_num_threads(threads);
}

}  // namespace
}  // namespace tagloom
